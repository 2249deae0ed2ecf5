// Every role of this project: holds still while a file hold/STEP is there, and takes as long as its work says: "… (300 ms)".
import { existsSync, readFileSync } from 'node:fs';

const { step, attempt, agent, instructions, item, input } = JSON.parse(readFileSync(0, 'utf8'));

function say(line) {
  console.log(JSON.stringify(line));
}

function passes(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

say({ progress: `${agent} begins` });
const ms = Number(/\((\d+) ms\)/.exec(instructions)?.[1] ?? 50);
for (let part = 1; part <= 3; part += 1) {
  await passes(ms / 3);
  say({ progress: { part, of: 3, text: `${agent} has done ${part} of 3` } });
}
while (existsSync(`hold/${step}`)) await passes(10);

if (/fails at first/.test(instructions) && attempt === 1) {
  console.error('connect ECONNREFUSED: the archive did not answer');
  say({ error: { message: 'The archive did not answer', class: 'transient' } });
} else if (/fails/.test(instructions) && !/at first/.test(instructions)) {
  say({ error: { message: 'The figures do not add up: 41 in, 40 out', class: 'invalid-output' } });
} else {
  const usage = {
    inputTokens: 900 + instructions.length * 7,
    outputTokens: 320,
    usd: 0.012,
    model: 'house-model',
  };
  say({
    output: { step, finding: `${item ?? input?.topic ?? 'all'}: done by ${agent}`, score: step.length / 10 },
    usage,
  });
}
