import { text } from 'node:stream/consumers';

const { input, outputs } = JSON.parse(await text(process.stdin));
const parts = Object.values(outputs.Translate.translations).map(
  ({ language, translated }) => `${translated} (${language})`,
);
console.log(JSON.stringify({ output: { summary: `${input.text}: ${parts.join(', ')}` } }));
