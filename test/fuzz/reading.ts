import { Worker } from 'node:worker_threads';

/** Far above what any input takes, also on a busy machine: what takes longer never ends. */
const PATIENCE_MS = 60_000;

/** Lets targets read in a thread of its own, which is ended when one does not come back. */
export class Reading implements AsyncDisposable {
  #worker: Worker | undefined;

  /** What is wrong with how the target reads the input; undefined when nothing is. */
  async faultOf(target: string, input: string): Promise<string | undefined> {
    this.#worker ??= new Worker(new URL('./reading-worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: 1024 },
    });
    const worker = this.#worker;
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const patience = setTimeout(() => resolve('does not end'), PATIENCE_MS);
    const onMessage = (fault: string | null) => resolve(fault ?? undefined);
    const onError = (error: Error) => resolve(`ends the thread: ${error.stack ?? error.message}`);
    worker.once('message', onMessage).once('error', onError);
    worker.postMessage({ target, input });
    const fault = await promise;
    clearTimeout(patience);
    worker.off('message', onMessage).off('error', onError);
    if (fault !== undefined) await this[Symbol.asyncDispose]();
    return fault;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}
