import { onTestFinished } from 'vitest';
import type { NatsLink } from '../../../src/adapters/nats/connection.ts';
import { provision } from '../../../src/adapters/nats/provision.ts';
import { NatsWorkQueue } from '../../../src/adapters/nats/work-queue.ts';
import type { Consumption, Offer, OfferConsumer, WorkQueue } from '../../../src/ports/work-queue.ts';

export const PARTITIONS = 2;

/** A queue in a namespace that has been made. */
export async function queueOn(link: NatsLink): Promise<NatsWorkQueue> {
  await provision(link, { partitions: PARTITIONS });
  return new NatsWorkQueue(link, PARTITIONS);
}

/** A host with seats; an offer holds one until `finish`. Stops with the test. */
export class Host implements OfferConsumer {
  readonly role: string;
  readonly received: Offer[] = [];
  readonly #onReceive: (offer: Offer) => void;
  readonly #consumption: Consumption;
  readonly #watchers = new Set<() => void>();
  #free: number;

  constructor(
    queue: WorkQueue,
    {
      seats = 1,
      role = 'analyst',
      onReceive = () => undefined,
    }: { seats?: number; role?: string; onReceive?: (offer: Offer, host: Host) => void } = {},
  ) {
    this.role = role;
    this.#free = seats;
    this.#onReceive = (offer) => onReceive(offer, this);
    this.#consumption = queue.consume(this);
    onTestFinished(() => this.stop());
  }

  get ids(): string[] {
    return this.received.map(({ id }) => id);
  }

  room(): number {
    return this.#free;
  }

  receive(offer: Offer): void {
    if (this.#free <= 0) throw new Error('there is no seat');
    this.#free -= 1;
    this.received.push(offer);
    this.#onReceive(offer);
    for (const watcher of [...this.#watchers]) watcher();
  }

  finish(count = 1): void {
    this.#free += count;
    this.#consumption.roomy();
  }

  stop(): void {
    this.#consumption.stop();
  }

  /** Resolves when so many offers have come. */
  until(count: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.received.length < count) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }
}

export function offerOf(id: string, about: Partial<Offer> = {}): Offer {
  const [execution = '', step = '', attempt = ''] = id.split('/');
  return { id, execution, step, attempt: Number(attempt), role: 'analyst', priority: 0, ...about };
}

/** Resolves when `look` holds; asked again after everything that comes from the server. */
export async function eventually(link: NatsLink, look: () => Promise<boolean>): Promise<void> {
  while (!(await look())) await link.nc.flush();
}

/** How many offers are in the stream. */
export async function stored(link: NatsLink): Promise<number> {
  const { state } = await link.jsm.streams.info(link.subjects.offerStream);
  return state.messages;
}
