import { text } from 'node:stream/consumers';

const { outputs } = JSON.parse(await text(process.stdin));
const published = `${outputs.Prepare.draft} (approved by ${outputs.Approve.by})`;
console.log(JSON.stringify({ output: { published } }));
