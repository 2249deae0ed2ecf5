/** Runs in a worker thread: simulates, so that whoever serves goes on meanwhile. */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../adapters/system/clock.ts';
import { toTroupeError } from '../../errors.ts';
import type { FromThread, RunSummary, ThreadStart } from './job.ts';
import { performCampaign, performRun } from './perform.ts';

if (parentPort === null) throw new Error('thread.ts is started by SimulationThread, as a worker thread');
const port = parentPort;
// Both ends are ours, and of one version.
const start = workerData as ThreadStart;

function send(message: FromThread): void {
  port.postMessage(message);
}

/** So many runs are told at once, but a slow one at once. */
const EVERY_MS = 100;

try {
  if (start.ask === 'run') send({ kind: 'run', ...(await performRun(start.job, start.seed)) });
  else {
    let runs: RunSummary[] = [];
    let toldAt = 0;
    const campaign = await performCampaign(start.job, {
      isStopped: () => Atomics.load(start.stop, 0) !== 0,
      onProgress: (done, total, run) => {
        if (run !== undefined) runs.push(run);
        const now = systemClock.monotonic();
        if (now - toldAt < EVERY_MS && done < total) return;
        toldAt = now;
        send({ kind: 'progress', done, total, runs });
        runs = [];
      },
    });
    if (runs.length > 0) send({ kind: 'progress', done: campaign.runs, total: campaign.runs, runs });
    send({ kind: 'campaign', campaign });
  }
} catch (error) {
  const failure = toTroupeError(error);
  const { code, message, hint } = failure;
  const { problems, diagnostics } = failure as { problems?: unknown; diagnostics?: unknown };
  send({ kind: 'failed', error: { code, message, hint, problems, diagnostics } });
}
