import { parentPort } from 'node:worker_threads';
import { findFault } from './check.ts';
import { TARGETS } from './targets.ts';

/** Reads what it is given, one after the other, and says of each whether there was a fault. Ended from outside when it hangs. */
parentPort?.on('message', async ({ target: name, input }: { target: string; input: string }) => {
  const target = TARGETS.find((candidate) => candidate.name === name);
  if (target === undefined) throw new Error(`there is no target ${name}`);
  parentPort?.postMessage((await findFault(target, input)) ?? null);
});
