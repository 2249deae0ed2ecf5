// An agent that does not want to end: it ignores SIGTERM and leaves processes behind, one in its group and one in a session of its own.
import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';

const { step, attempt } = JSON.parse(readFileSync(0, 'utf8'));
const note = (what, pid) =>
  appendFileSync('journal.jsonl', `${JSON.stringify({ what, step, attempt, pid })}\n`);

process.on('SIGTERM', () => undefined);
const program =
  'process.on("SIGTERM", () => undefined); console.log("ready"); setInterval(() => undefined, 1000);';
for (const detached of [false, true]) {
  const child = spawn(process.execPath, ['-e', program], { detached, stdio: ['ignore', 'pipe', 'ignore'] });
  child.stdout.once('data', () => note('child', child.pid));
}
note('start', process.pid);
setInterval(() => undefined, 1000);
