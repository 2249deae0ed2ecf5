// An agent for tests: writes into the journal what it does, holds still while it is held, fails when it is told to.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

const { step, attempt, input } = JSON.parse(readFileSync(0, 'utf8'));

function note(what) {
  appendFileSync('journal.jsonl', `${JSON.stringify({ what, step, attempt, pid: process.pid })}\n`);
}

note('start');
console.log(JSON.stringify({ progress: `at ${step}` }));
while (existsSync(`hold/${step}`)) await new Promise((resolve) => setTimeout(resolve, 5));
if (existsSync(`fail/${step}`)) {
  console.error(`${step} was told to fail`);
  console.log(JSON.stringify({ error: { message: `${step} did not work`, class: 'crash' } }));
} else {
  note('end');
  console.log(JSON.stringify({ output: { step, answer: 42, input } }));
}
