import { text } from 'node:stream/consumers';

// `outputs` has what the phases before gave, by their names.
const { input, outputs } = JSON.parse(await text(process.stdin));
console.log(JSON.stringify({ output: { said: `${outputs.Choose.greeting}, ${input.name}!` } }));
