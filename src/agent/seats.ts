import type { RolePresence } from '../ports/agent-directory.ts';
import type { Consumption, Offer, WorkQueue } from '../ports/work-queue.ts';
import type { OfferedAgent } from './offered-agent.ts';

/** The places at which a host works: a number of them per role. */
export class Seats {
  readonly #roles: ReadonlyMap<string, Role>;
  readonly #queue: WorkQueue;
  readonly #receive: (agent: OfferedAgent, offer: Offer) => void;
  #open = false;

  constructor(
    agents: readonly OfferedAgent[],
    queue: WorkQueue,
    receive: (agent: OfferedAgent, offer: Offer) => void,
  ) {
    this.#roles = new Map(agents.map((agent) => [agent.name, { agent, busy: 0, consumption: undefined }]));
    this.#queue = queue;
    this.#receive = receive;
  }

  open(): void {
    this.#open = true;
    for (const role of this.#roles.values()) {
      const { agent } = role;
      role.consumption = this.#queue.consume({
        role: agent.name,
        room: () => (this.#open ? agent.concurrency - role.busy : 0),
        receive: (offer) => this.#receive(agent, offer),
      });
    }
  }

  close(): void {
    this.#open = false;
    for (const { consumption } of this.#roles.values()) consumption?.stop();
  }

  take(name: string): void {
    const role = this.#roles.get(name);
    if (role) role.busy += 1;
  }

  /** Tells the queue, which may hand over the next offer in this turn. */
  leave(name: string): void {
    const role = this.#roles.get(name);
    if (role === undefined) return;
    role.busy -= 1;
    if (this.#open) role.consumption?.roomy();
  }

  /** Whether nothing waits for a host of the role: whoever goes on with what comes next overtakes nobody. */
  isQueueEmpty(name: string): boolean {
    return this.#open && this.#roles.get(name)?.consumption?.isEmpty === true;
  }

  presence(): RolePresence[] {
    return Array.from(this.#roles.values(), ({ agent, busy }) => {
      return { role: agent.name, concurrency: agent.concurrency, busy };
    });
  }
}

interface Role {
  readonly agent: OfferedAgent;
  /** Attempts being claimed or at work. */
  busy: number;
  consumption: Consumption | undefined;
}
