import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { ServerAccess } from '../access.ts';
import { allApprovals } from '../approvals.ts';
import type { States } from '../live/states.ts';
import { BoundedLabel } from './bounded-labels.ts';
import { EngineMetrics } from './engine-metrics.ts';

/**
 * What Prometheus reads at `/metrics`. Counters and histograms are of this process and of what it drives; gauges are looked up at each
 * scrape, and are of the whole data folder or namespace.
 */
export class ServerMetrics {
  readonly #registry = new Registry();
  readonly #access: ServerAccess;
  readonly #states: States;
  readonly #roles = new BoundedLabel();
  readonly #gauges: ReturnType<typeof gaugesIn>;
  readonly #stopWatching: () => void;

  constructor(access: ServerAccess, states: States) {
    this.#access = access;
    this.#states = states;
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    new Gauge({ name: 'troupe_info', help: 'Always 1.', labelNames: ['version', 'place'], registers }).set(
      { version: access.about.version, place: access.about.place },
      1,
    );
    this.#gauges = gaugesIn(this.#registry);
    this.#stopWatching = access.watch(new EngineMetrics(this.#registry, access.clock));
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** In Prometheus' text form. What cannot be looked up now is left out. */
  async text(): Promise<string> {
    await Promise.all(
      [this.#lookUpExecutions(), this.#lookUpHosts(), this.#lookUpApprovals()].map(orNothing),
    );
    return this.#registry.metrics();
  }

  close(): void {
    this.#stopWatching();
    this.#registry.clear();
  }

  async #lookUpExecutions(): Promise<void> {
    const { executions } = this.#gauges;
    executions.reset();
    // A list has the history look for what is new; a summary is of what it has seen.
    await this.#access.history.list({ limit: 1 });
    const { byStatus } = await this.#access.history.summarise({ status: LIVE });
    for (const status of LIVE) executions.set({ status }, byStatus[status] ?? 0);
  }

  async #lookUpHosts(): Promise<void> {
    const { hosts, seats, busy } = this.#gauges;
    for (const gauge of [hosts, seats, busy]) gauge.reset();
    const present = await this.#access.hosts();
    hosts.set(present.length);
    for (const { roles } of present) {
      for (const { role, concurrency, busy: taken } of roles) {
        const agent = this.#roles.of(role);
        seats.inc({ agent }, concurrency);
        busy.inc({ agent }, taken);
      }
    }
  }

  async #lookUpApprovals(): Promise<void> {
    this.#gauges.approvals.reset();
    this.#gauges.approvals.set((await allApprovals(this.#access, this.#states)).length);
  }
}

/** States of executions that have not ended. */
const LIVE = ['running', 'pausing', 'paused', 'suspended', 'rollingBack', 'unreadable'] as const;

function gaugesIn(registry: Registry) {
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Gauge({ name: `troupe_${name}`, help, labelNames, registers: [registry] });
  return {
    executions: gauge('executions', 'Executions that have not ended.', ['status']),
    approvals: gauge('approvals_waiting', 'Questions that wait for a person.'),
    hosts: gauge('agent_hosts', 'Agent hosts that say that they are there.'),
    seats: gauge('agent_seats', 'Attempts that hosts take at once.', ['agent']),
    busy: gauge('agent_seats_busy', 'Attempts at work.', ['agent']),
  };
}

/** A place that does not answer must not hide what this process knows itself. */
function orNothing(looking: Promise<void>): Promise<void> {
  return looking.catch(() => undefined);
}
