import { text } from 'node:stream/consumers';

const { input } = JSON.parse(await text(process.stdin));
console.log(JSON.stringify({ output: { greeting: input.name.length > 8 ? 'Good day' : 'Hello' } }));
