import { Worker } from 'node:worker_threads';
import { simulationBroken, TroupeError } from '../../errors.ts';
import type { FromThread, SimulationJob, ThreadError, ThreadStart } from './job.ts';

/** A thread that needs more memory is ended by Node, in MiB. */
const HEAP_LIMIT_MB = 1024;

/** A question to a thread of its own. */
export interface SimulationThread<Answer> {
  readonly answer: Promise<Answer>;
  /** It stops at the next run, and answers with what there is. */
  stop(): void;
  /** Ends it at once. */
  terminate(): Promise<void>;
}

type Ask = { readonly ask: 'campaign' } | { readonly ask: 'run'; readonly seed: number };
type AnswerTo<Question extends Ask> = Extract<FromThread, { readonly kind: Question['ask'] }>;

/** Starts a thread. The answer rejects with what went wrong in it, or with SIMULATION_BROKEN when it ended without one. */
export function startThread<Question extends Ask>(
  job: SimulationJob,
  question: Question,
  onProgress: (progress: Extract<FromThread, { kind: 'progress' }>) => void = () => undefined,
): SimulationThread<AnswerTo<Question>> {
  const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const workerData: ThreadStart = { job, stop, ...question };
  const worker = new Worker(new URL('./thread.ts', import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_LIMIT_MB },
  });
  worker.unref();
  const answer = new Promise<AnswerTo<Question>>((resolve, reject) => {
    worker.on('message', (message: FromThread) => {
      if (message.kind === 'progress') onProgress(message);
      else if (message.kind === 'failed') reject(errorFrom(message.error));
      else resolve(message as AnswerTo<Question>);
    });
    worker.on('error', (error) => reject(broken(`failed: ${error.message}`)));
    worker.on('exit', () => reject(broken('was ended')));
  });
  return {
    answer,
    stop: () => {
      Atomics.store(stop, 0, 1);
    },
    terminate: async () => {
      await worker.terminate();
    },
  };
}

function errorFrom({ problems, diagnostics, ...error }: ThreadError): TroupeError {
  return Object.assign(new TroupeError(error), {
    ...(problems === undefined ? {} : { problems }),
    ...(diagnostics === undefined ? {} : { diagnostics }),
  });
}

function broken(reason: string): TroupeError {
  return simulationBroken(reason, 'Try fewer runs, or a smaller task.');
}
