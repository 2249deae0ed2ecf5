/** Runs in a worker thread: performs one request after another with the function of one module. */
import { parentPort, workerData } from 'node:worker_threads';
import type { AgentRequest } from '../../ports/agent-request.ts';
import { failureOf } from '../agent-error.ts';
import { callFunction } from '../call-function.ts';
import { notJson } from '../failures.ts';
import { NotJson, toPlainJson } from '../plain-json.ts';
import { loadAgentFunction } from './module.ts';
import type { FromWorker, ToWorker, WorkerStart } from './worker-messages.ts';

if (parentPort === null) throw new Error('worker.ts is started by WorkerPool, as a worker thread');
const port = parentPort;
// Both ends are ours, and of one version.
const { file } = workerData as WorkerStart;
const loading = loadAgentFunction(file);
// Reported with the request that needs it.
loading.catch(() => undefined);
let controller = new AbortController();

port.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'run':
      controller = new AbortController();
      void perform(message.request, controller.signal).then(say);
      return;
    case 'abort':
      controller.abort(new DOMException(message.reason, 'AbortError'));
      return;
    case 'ping':
      say({ kind: 'pong' });
  }
});

async function perform(request: AgentRequest, signal: AbortSignal): Promise<FromWorker> {
  try {
    const run = await loading;
    const outcome = await callFunction(run, request, {
      signal,
      progress: (news) => say({ kind: 'progress', news: toPlainJson(news).value }),
      log: (chunk) => say({ kind: 'log', chunk }),
    });
    if (outcome.kind === 'failed') return outcome;
    if (outcome.kind === 'asked') throw new Error('A module in a worker thread cannot ask people.');
    const { usage, attachments, rollback } = outcome;
    return { kind: 'answered', output: toPlainJson(outcome.output).value, usage, attachments, rollback };
  } catch (error) {
    return { kind: 'failed', error: error instanceof NotJson ? notJson(error.message) : failureOf(error) };
  }
}

function say(message: FromWorker): void {
  port.postMessage(message);
}
