import { appendFileSync } from 'node:fs';
import { startAgentHost } from '../../src/agent.ts';
import { workers } from '../tasks.ts';

/** The agent host's process of a benchmark: url, how long a step takes in ms, and where it writes down what begins and ends. */
const [nats = '', stepMs = '0', marks = ''] = process.argv.slice(2);
const mark = (kind: 'S' | 'E', execution: string, step: string): void =>
  appendFileSync(marks, `${kind} ${execution} ${step}\n`);
const host = await startAgentHost({
  nats,
  agents: workers({ stepMs: Number(stepMs), ...(marks === '' ? {} : { mark }) }),
});
process.send?.('ready');
process.on('message', (message) => {
  if (message === 'cpu') process.send?.(process.cpuUsage());
});
process.once('SIGTERM', () => void host.stop().then(() => process.exit(0)));
