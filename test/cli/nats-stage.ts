import { onTestFinished } from 'vitest';
import { type Performance, Stage } from './stage.ts';

let namespaces = 0;

/** A stage whose commands work through a server, in a namespace of their own. What it started is asked to stop after the test. */
export class NatsStage extends Stage {
  readonly namespace: string;
  readonly #url: string;

  constructor(url: string, namespace = `stage-${process.pid}-${++namespaces}`) {
    super();
    this.#url = url;
    this.namespace = namespace;
  }

  get env() {
    return { TROUPE_NATS_URL: this.#url, TROUPE_NAMESPACE: this.namespace, PATH: process.env.PATH };
  }

  override troupe(...args: readonly string[]): Performance {
    return this.troupeWith({ env: this.env }, ...args);
  }

  /** An orchestrator that has joined the others. */
  async up(...args: readonly string[]): Promise<Performance> {
    const up = this.#background('up', ...args);
    await up.says(/Driving the executions in/);
    return up;
  }

  /** A host that offers the stage's worker. */
  async host(...args: readonly string[]): Promise<Performance> {
    const host = this.#background('agent', 'agents/worker.md', ...args);
    await host.says(/ offers /);
    return host;
  }

  #background(...args: readonly string[]): Performance {
    const performance = this.troupe(...args);
    onTestFinished(async () => {
      performance.interrupt();
      await performance.ended;
    });
    return performance;
  }
}
