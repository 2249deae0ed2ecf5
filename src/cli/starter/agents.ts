/** The starter's agents. Each is a file that says what it is, and a program without dependencies. */

export const READER = `---
name: reader
description: Counts what a text is made of
troupe:
  command: [node, ./reader.mjs]
  outputSchema:
    type: object
    required: [words, sentences, wordsPerSentence]
---

You measure texts. You do not judge them.
`;

export const READER_PROGRAM = `// Reads one request as JSON from standard input, prints one answer as a line of JSON.
import { text } from 'node:stream/consumers';

const request = JSON.parse(await text(process.stdin));
const words = request.input.text.match(/[\\p{L}\\p{N}'’-]+/gu) ?? [];
const sentences = request.input.text.split(/[.!?]+/).filter((part) => part.trim() !== '');

// News for whoever watches; any number of them.
console.log(JSON.stringify({ progress: \`\${words.length} words\` }));

console.log(
  JSON.stringify({
    output: {
      words: words.length,
      sentences: sentences.length,
      wordsPerSentence: sentences.length === 0 ? 0 : words.length / sentences.length,
      longest: words.reduce((longest, word) => (word.length > longest.length ? word : longest), ''),
    },
  }),
);
`;

export const EDITOR = `---
name: editor
description: Says how to make a text easier to read
troupe:
  command: [node, ./editor.mjs]
  timeout: 30s
---

You give advice in plain words.
`;

export const EDITOR_PROGRAM = `// \`outputs\` holds what the phases before this one gave.
import { text } from 'node:stream/consumers';

const request = JSON.parse(await text(process.stdin));
const { words, wordsPerSentence } = request.outputs.Measure;

// What goes to standard error is the attempt's log: troupe show ID --logs
console.error(\`\${words} words, \${wordsPerSentence.toFixed(1)} a sentence\`);

const advice = [];
if (wordsPerSentence > 20) advice.push('Make the sentences shorter: one idea each.');
if (words > 400) advice.push('Cut what the reader knows already.');
if (advice.length === 0) advice.push('Leave it as it is.');

const score = Math.max(0, Math.min(100, Math.round(120 - 4 * wordsPerSentence)));
console.log(JSON.stringify({ output: { score, advice } }));
`;
