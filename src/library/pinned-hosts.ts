import type { AgentProgress } from '../agent/attempt.ts';
import type { FunctionAgent } from '../agent/define.ts';
import { type AgentDefinition, agentDefinitionSchema } from '../agent/definition.ts';
import { AgentHost, type AgentHostOptions, type StopOptions } from '../agent/host.ts';
import type { Pinned } from '../engine/pinned.ts';
import type { ClaimDesk } from '../ports/claim-desk.ts';
import type { Consumption, Offer, OfferConsumer, WorkQueue } from '../ports/work-queue.ts';

export interface PinnedHostsOptions extends Omit<AgentHostOptions, 'agents' | 'queue' | 'desk' | 'host'> {
  /** Ids of the hosts begin with it. */
  readonly prefix: string;
  /** Reads what an execution pinned. */
  readonly pinned: (digest: string) => Promise<Pinned>;
  readonly desk: () => ClaimDesk;
  /** Agents that are functions of this process: they cannot be written down, so the ones at hand are used. */
  readonly functions: ReadonlyMap<string, FunctionAgent>;
  /** Who performs a role that neither a function nor a program of its file does. */
  readonly fallback?: ((role: string, pinned: Pinned) => FunctionAgent | undefined) | undefined;
  readonly createQueue: () => WorkQueue;
  readonly onProgress?: ((progress: AgentProgress) => void) | undefined;
}

/**
 * Runs agents beside the engine, each execution's from the files it pinned: for every pinned set there is a queue and a host,
 * made when the first offer comes. To the engine all of them are one work queue.
 */
export class PinnedHosts implements WorkQueue {
  readonly #options: PinnedHostsOptions;
  readonly #sets = new Map<
    string,
    { readonly queue: WorkQueue; readonly ready: Promise<AgentHost | undefined> }
  >();
  #stopping: Promise<void> | undefined;

  constructor(options: PinnedHostsOptions) {
    this.#options = options;
  }

  offer(offer: Offer): void {
    if (this.#stopping !== undefined) return;
    this.#setOf(offer.pinned ?? '').queue.offer(offer);
  }

  withdraw(offerId: string): void {
    for (const { queue } of this.#sets.values()) queue.withdraw(offerId);
  }

  /** Others may take part as well, whatever the set. */
  consume(_consumer: OfferConsumer): Consumption {
    throw new Error('The hosts of an embedded engine are made by the engine itself.');
  }

  /** Stops all hosts; see {@link AgentHost.stop}. */
  stop(options: StopOptions = {}): Promise<void> {
    const all = [...this.#sets.values()].map(async ({ ready }) => (await ready)?.stop(options));
    this.#stopping = Promise.all(all).then(() => undefined);
    return this.#stopping;
  }

  #setOf(digest: string) {
    let set = this.#sets.get(digest);
    if (set === undefined) {
      const queue = this.#options.createQueue();
      set = { queue, ready: this.#createHost(digest, queue, this.#sets.size + 1) };
      this.#sets.set(digest, set);
    }
    return set;
  }

  async #createHost(digest: string, queue: WorkQueue, number: number): Promise<AgentHost | undefined> {
    try {
      const agents = agentsOf(await this.#options.pinned(digest), this.#options);
      if (this.#stopping !== undefined) return undefined;
      const host = new AgentHost({
        ...this.#options,
        host: `${this.#options.prefix}-${number}`,
        desk: this.#options.desk(),
        queue,
        agents,
      });
      host.start();
      return host;
    } catch (error) {
      this.#options.logger?.error(
        { error: String(error), pinned: digest },
        'the agents of an execution cannot be run here',
      );
      return undefined;
    }
  }
}

function agentsOf(
  pinned: Pinned,
  { functions, fallback }: Pick<PinnedHostsOptions, 'functions' | 'fallback'>,
): (FunctionAgent | AgentDefinition)[] {
  return Object.keys(pinned.agents).flatMap((role): (FunctionAgent | AgentDefinition)[] => {
    const parsed = agentDefinitionSchema.safeParse(pinned.agents[role]);
    const program = parsed.data?.runner === undefined ? undefined : parsed.data;
    const agent = functions.get(role) ?? program ?? fallback?.(role, pinned);
    return agent === undefined ? [] : [agent];
  });
}
