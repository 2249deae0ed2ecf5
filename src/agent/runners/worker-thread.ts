import { Worker } from 'node:worker_threads';
import type { AgentRequest } from '../../ports/agent-request.ts';
import type { RunningAttempt, RunOutcome } from '../runner.ts';
import type { FromWorker, ToWorker, WorkerStart } from './worker-messages.ts';

export interface WorkerThreadSettings extends WorkerStart {
  readonly environment: Readonly<Record<string, string>>;
  /** From the abort signal to the end of the thread. */
  readonly graceMs: number;
  /** A thread that needs more memory is ended by Node, and the attempt counts as crashed. */
  readonly heapLimitMb: number;
}

/** A worker thread that holds one agent's module and performs one attempt at a time. */
export class WorkerThread {
  readonly #worker: Worker;
  readonly #graceMs: number;
  #attempt: RunningAttempt | undefined;
  #settle: ((outcome: RunOutcome) => void) | undefined;
  #seen: (() => void) | undefined;
  #ended = false;

  constructor({ file, environment, graceMs, heapLimitMb }: WorkerThreadSettings) {
    this.#graceMs = graceMs;
    const start: WorkerStart = { file };
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: start,
      env: environment,
      // What the module prints belongs to the attempt's log, not among the host's own output.
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: heapLimitMb },
    });
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    this.#worker.on('error', (error) => this.#crash(`the worker thread failed: ${error.message}`));
    this.#worker.on('exit', (code) => this.#crash(`the worker thread ended with exit code ${code}`));
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) {
      stream.on('data', (chunk: Uint8Array) => this.#attempt?.log(chunk));
    }
    this.#worker.unref();
  }

  /** Whether it can take another attempt. */
  get isUsable(): boolean {
    return !this.#ended;
  }

  async perform(request: AgentRequest, attempt: RunningAttempt): Promise<RunOutcome> {
    this.#attempt = attempt;
    this.#worker.ref();
    const cancelAbort = this.#whenAborted(attempt.signal);
    const unwatch = attempt.watch((seen) => {
      this.#seen = seen;
      this.#send({ kind: 'ping' });
    });
    try {
      return await new Promise<RunOutcome>((settle) => {
        this.#settle = settle;
        this.#send({ kind: 'run', request });
      });
    } finally {
      cancelAbort();
      unwatch();
      this.#seen = undefined;
      this.#settle = undefined;
      this.#attempt = undefined;
      this.#worker.unref();
    }
  }

  async terminate(): Promise<void> {
    this.#ended = true;
    await this.#worker.terminate();
  }

  /** Asks the function to stop, then ends the thread under it. Returns how to forget about it. */
  #whenAborted(signal: AbortSignal): () => void {
    let timer: NodeJS.Timeout | undefined;
    const abort = () => {
      const { reason } = signal;
      this.#send({ kind: 'abort', reason: reason instanceof Error ? reason.message : String(reason) });
      timer = setTimeout(() => void this.terminate(), this.#graceMs);
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    return () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'pong':
        this.#seen?.();
        break;
      case 'progress':
        this.#attempt?.progress(message.news);
        break;
      case 'log':
        this.#attempt?.log(message.chunk);
        break;
      case 'answered':
      case 'failed':
        this.#settle?.(message);
    }
  }

  #crash(message: string): void {
    this.#ended = true;
    this.#settle?.({ kind: 'failed', error: { class: 'crash', message } });
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}
