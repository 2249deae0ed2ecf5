import { seededRandom } from '../../adapters/memory/seeded-random.ts';
import { VirtualClock } from '../../adapters/memory/virtual-clock.ts';
import { memoryFiles } from '../../adapters/memory/working-files.ts';
import type { FunctionAgent } from '../../agent/define.ts';
import type { Fold } from '../../engine/fold.ts';
import type { LifecycleEvent } from '../../engine/lifecycle.ts';
import { digestOf } from '../../engine/pinned.ts';
import { Pins } from '../../engine/pins.ts';
import { startData } from '../../engine/start-record.ts';
import { resolved } from '../../engine/values.ts';
import type { Json } from '../../json.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LogRecord, NewRecord } from '../../ports/event-log.ts';
import type { AggregateRegistry } from '../../task/aggregate.ts';
import { chance, choice } from '../chance.ts';
import type { Finding } from '../checker/finding.ts';
import { isSameState } from '../checker/same-state.ts';
import type { Witness } from '../checker/witness.ts';
import type { Stage, StageStart } from '../stage.ts';
import { Evidence } from './evidence.ts';
import {
  type FaultLevel,
  type FaultPlan,
  type FaultScript,
  faultsByChance,
  faultsOf,
  observed,
  type PointFault,
  type TimedFault,
} from './faults.ts';
import { Network } from './network.ts';
import { hostNode, type NodeSurroundings, orchestratorNode, type SimulatedNode } from './nodes.ts';
import { SimulatedProcess } from './process.ts';
import { SimulatedServer } from './server.ts';
import { Trace } from './trace.ts';

export interface ClusterOptions {
  readonly seed: number;
  /** A level strikes by chance, a script as it says. Default `none`. */
  readonly faults?: FaultLevel | FaultScript | undefined;
  /** For how long faults strike, in ms. Default 10,000. Afterwards everything is mended. */
  readonly faultWindowMs?: number | undefined;
  /** Default 2 of each. */
  readonly orchestrators?: number | undefined;
  readonly hosts?: number | undefined;
  /** Default 4. */
  readonly partitions?: number | undefined;
  /** The agents of one start of a host, on that process's clock. */
  readonly agents: (clock: Clock) => readonly FunctionAgent[];
  readonly aggregates?: AggregateRegistry | undefined;
  /** Told of every occasion at which a fault of this kind could have struck. */
  readonly onOccasion?: ((fault: PointFault) => void) | undefined;
  /** Ms since 1970. Default 2020-01-01. */
  readonly startAt?: number | undefined;
}

const FAULT_WINDOW_MS = 10_000;
/** Time after which an execution that could go on must have done so, beyond its own deadlines. */
const PATIENCE_MS = 3 * 60_000;

/**
 * A namespace of orchestrators, hosts and a server, in virtual time, under faults. The code of engine, orchestrator and agent host
 * is the real one; clocks, network, storage and the work of agents are simulated.
 *
 * Every record is checked as it enters a log; `findings` has what must never be. Once faults are over everything is mended, and what
 * can go on has to.
 */
export class Cluster implements Stage {
  readonly trace: Trace;
  /** What the files hold that people approve; one that is not here holds a text of its own. */
  readonly files = new Map<string, string>();
  readonly #clock: VirtualClock;
  readonly #options: ClusterOptions;
  readonly #faults: FaultPlan;
  readonly #network: Network;
  readonly #server: SimulatedServer;
  readonly #nodes: readonly SimulatedNode[];
  readonly #random: ReturnType<typeof seededRandom>;
  readonly #pins: Pins;
  readonly #evidence: Evidence;
  readonly #listeners = new Set<(event: LifecycleEvent) => void>();
  #areFaultsOver = false;
  #mendedAt = 0;
  #isClosed = false;

  constructor(options: ClusterOptions) {
    const { seed, faults = 'none', faultWindowMs = FAULT_WINDOW_MS } = options;
    const { orchestrators = 2, hosts = 2, partitions = 4, startAt } = options;
    this.#options = options;
    this.#clock = new VirtualClock(startAt);
    this.trace = new Trace(() => this.#clock.monotonic());
    const names = [...named('o', orchestrators), ...named('h', hosts)];
    const plan =
      typeof faults === 'string'
        ? faultsByChance(seed, faults, { nodes: names, windowMs: faultWindowMs })
        : faultsOf(faults);
    this.#faults = options.onOccasion === undefined ? plan : observed(plan, options.onOccasion);
    const clock = this.#clock;
    const trace = this.trace;
    this.#network = new Network({ clock, faults: this.#faults, trace, seed });
    this.#server = new SimulatedServer(partitions, { clock, network: this.#network });
    const isCalm = (): boolean => this.#areFaultsOver && this.now() >= this.#mendedAt + CALM_MS;
    this.#evidence = new Evidence({ seed, trace, isCalm });
    this.#random = seededRandom(seed);
    this.#pins = new Pins(this.#server.artifacts);
    const surroundings: NodeSurroundings = {
      server: this.#server,
      network: this.#network,
      faults: this.#faults,
      trace,
      aggregates: options.aggregates,
      files: memoryFiles(this.files, (path) => `simulated ${path}`),
      agentsOf: (process) =>
        options.agents(process.clock).map((agent) => this.#evidence.watched(agent, process)),
      onEvent: (event) => this.#told(event),
      onGranted: ({ execution, step, attempt, claimId }, { fence }) =>
        this.#evidence.certainOf(execution)?.granted(`${step}/${attempt}`, { fence, claimId }),
      onConfirmed: ({ execution, reportId }) => this.#evidence.certainOf(execution)?.acknowledged(reportId),
    };
    this.#nodes = names.map((name) =>
      (name.startsWith('o') ? orchestratorNode : hostNode)(name, surroundings),
    );
    for (const log of this.#server.logs) {
      let seen = 0;
      log.watch({
        appended: () => {
          for (const record of log.readAfter(seen)) this.#evidence.see(record);
          seen = log.head;
        },
        truncated: (position) => {
          seen = Math.min(seen, position);
        },
      });
    }
    for (const node of this.#nodes) this.#startNode(node);
    for (const fault of this.#faults.timed) clock.schedule(fault.at, () => this.strike(fault));
    clock.schedule(faultWindowMs, () => this.#mend());
  }

  /** What must never be and was, until now. */
  get findings(): readonly Finding[] {
    return this.#evidence.findings;
  }

  get hasFindings(): boolean {
    return this.#evidence.hasFindings;
  }

  /** The faults that struck until now: run with it on the same seed, the same happens. */
  get script(): FaultScript {
    return this.#faults.script;
  }

  /** Records in all logs, refused ones included. */
  get recordCount(): number {
    return this.#server.logs.reduce((sum, { head }) => sum + head, 0);
  }

  /** Accepted records of all executions. */
  get acceptedCount(): number {
    return [...this.#evidence.witnesses].reduce((sum, { accepted }) => sum + accepted, 0);
  }

  /** Accepted outcomes of attempts, of all executions. */
  get outcomeCount(): number {
    return [...this.#evidence.witnesses].reduce((sum, { outcomeCount }) => sum + outcomeCount, 0);
  }

  now(): number {
    return this.#clock.now();
  }

  async start({ execution, pinned, input, rerunOf }: StageStart): Promise<void> {
    const indexed = await this.#pins.pin(pinned);
    const { artifacts } = this.#server;
    const data = await startData(indexed, { input, inputDigest: digestOf(input), rerunOf }, artifacts);
    const kept = rerunOf?.kept as unknown as Json | undefined;
    this.#evidence.expect(execution, indexed, await resolved(data.input, artifacts), kept);
    await this.append({
      id: this.#random.id(),
      execution,
      source: 'control',
      type: 'execution.started',
      data: data as unknown as Json,
    });
  }

  async append(record: NewRecord): Promise<LogRecord> {
    const partition = this.#server.partitionOf(record.execution);
    const log = this.#server.logOf(partition);
    const json = JSON.stringify(record.data);
    const stored = log.append(record, json);
    this.#noteClient(partition, stored);
    // Its client did not hear that it was written, and wrote it again.
    if (this.#faults.strikes('control-twice', this.#network.count(`client ${record.type}`)))
      this.#noteClient(partition, log.append(record, json));
    await this.#clock.advance(0);
    return stored;
  }

  /** A control, in the client's name. */
  control(execution: string, type: string, data: Json = {}): Promise<LogRecord> {
    return this.append({ id: this.#random.id(), execution, source: 'control', type, data });
  }

  async records(execution: string): Promise<readonly LogRecord[]> {
    return this.#server.logOf(this.#server.partitionOf(execution)).read(execution);
  }

  async fold(execution: string): Promise<Fold | undefined> {
    return this.#evidence.witnessOf(execution)?.fold;
  }

  listen(listener: (event: LifecycleEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Orchestrators beat for ever: nothing is due any more when faults are over and every execution is at rest. */
  async step(until = Number.POSITIVE_INFINITY): Promise<boolean> {
    if (this.#areFaultsOver && this.#evidence.isAtRest) return false;
    this.#leap(until);
    const { nextAt } = this.#clock;
    const now = this.#clock.now();
    if (nextAt === undefined || nextAt > until) {
      if (until !== Number.POSITIVE_INFINITY && until > now) await this.#clock.advance(until - now);
      return false;
    }
    return this.#clock.next();
  }

  /**
   * Until nothing more comes by itself, at most until what could go on had its time, or something is found. Faults that have not
   * struck by then do not strike any more: when all is over they prove nothing.
   */
  async rest(): Promise<void> {
    for (;;) {
      if (!this.#areFaultsOver && this.#evidence.isAtRest) this.#mend();
      if (this.hasFindings) return;
      if (!(await this.step(this.#mustRestBy()))) break;
      if (this.recordCount > MOST_RECORDS) this.#evidence.find('', 'I6', 'records come for ever');
    }
    for (const { outlook, fold, execution } of this.#evidence.witnesses)
      if (!outlook.isAtRest)
        this.#evidence.find(execution, 'I6', `it is ${fold.status}, and what it owes is not done`);
  }

  /** The last checks, when no record is to come. Returns all that was found. */
  finish(): readonly Finding[] {
    // What was found stopped the run half-way.
    if (this.hasFindings) return this.findings;
    this.#evidence.finish();
    for (const witness of this.#evidence.witnesses) this.#compareOwners(witness);
    return this.findings;
  }

  /** Makes a fault happen now, beside those of the plan. */
  strike({ kind, node: name, forMs, records = 1 }: Omit<TimedFault, 'at'>): void {
    if (this.#areFaultsOver) return;
    const node = this.#nodes.find((other) => other.name === name);
    this.trace.note(`fault: ${kind} ${name ?? 'server'} for ${forMs} ms`);
    switch (kind) {
      case 'crash':
        node?.process?.crash();
        return;
      case 'stop': {
        const process = node?.process;
        process?.stop();
        this.#clock.schedule(forMs, () => process?.continue());
        return;
      }
      case 'deaf':
      case 'mute':
        if (node === undefined) return;
        this.#network.cut(node.name, kind === 'deaf' ? 'in' : 'out');
        this.#clock.schedule(forMs, () => this.#heal(node));
        return;
      case 'server-down':
      case 'lose-tail':
        this.#network.serverDown();
        this.#clock.schedule(forMs, () => this.#serverUp(kind === 'lose-tail' ? records : 0));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const { process } of this.#nodes) process?.crash();
  }

  #noteClient(partition: number, { position, execution, source, type }: LogRecord): void {
    this.trace.note(`client ${partition}@${position} ${execution} ${source} ${type}`);
  }

  #startNode(node: SimulatedNode): void {
    if (this.#isClosed) return;
    const { seed } = this.#options;
    node.incarnations += 1;
    const process = new SimulatedProcess({
      node: node.name,
      incarnation: node.incarnations,
      clock: this.#clock,
      seed,
      ...this.#clockOf(node.name),
    });
    node.process = process;
    node.orchestrator = undefined;
    process.onEnd(() => {
      node.orchestrator = undefined;
      this.trace.note(`${process.id} is gone`);
      if (this.#isClosed) return;
      const restartMs = this.#areFaultsOver ? 100 : 100 + choice(seed, `restart ${process.id}`, 3_000);
      this.#clock.schedule(restartMs, () => {
        if (node.process === process) this.#startNode(node);
      });
    });
    this.trace.note(`${process.id} begins`);
    node.start(process);
  }

  /** Under faults clocks differ: by up to two seconds, and by up to two per cent in how fast they go. */
  #clockOf(node: string): { readonly aheadMs: number; readonly rate: number } {
    const { seed, faults = 'none' } = this.#options;
    if (faults === 'none') return { aheadMs: 0, rate: 1 };
    return {
      aheadMs: choice(seed, `ahead ${node}`, 4_000) - 2_000,
      rate: 0.98 + 0.04 * chance(seed, `rate ${node}`),
    };
  }

  #heal(node: SimulatedNode): void {
    this.#network.heal(node.name, 'in');
    this.#network.heal(node.name, 'out');
    if (node.process !== undefined) this.#server.reconnect(node.process);
    this.#server.offers.roomy();
  }

  #serverUp(lost: number): void {
    if (this.#areFaultsOver) return;
    this.trace.note('the server is up');
    if (lost > 0) this.#loseTail(lost);
    this.#network.serverUp();
    for (const { process } of this.#nodes) if (process !== undefined) this.#server.reconnect(process);
    this.#server.offers.roomy();
  }

  #loseTail(most: number): void {
    for (const [partition, log] of this.#server.logs.entries()) {
      const count = choice(
        this.#options.seed,
        `lost of ${partition} at ${this.#clock.monotonic()}`,
        most + 1,
      );
      const gone = log.truncate(Math.max(0, log.head - count));
      for (const { execution } of gone) {
        this.#evidence.seeLoss(execution, log.read(execution));
      }
      if (gone.length > 0) this.trace.note(`partition ${partition} lost its last ${gone.length} records`);
    }
  }

  #mend(): void {
    if (this.#areFaultsOver) return;
    this.#faults.end();
    this.#areFaultsOver = true;
    this.#mendedAt = this.now();
    this.#network.serverUp();
    this.trace.note('faults are over');
    for (const node of this.#nodes) {
      node.process?.continue();
      this.#heal(node);
    }
  }

  #told(event: LifecycleEvent): void {
    this.#evidence.hear(event);
    for (const listener of this.#listeners) listener(event);
  }

  /** While nobody works and all that is owed lies far ahead, time need not be lived through. */
  #leap(until: number): void {
    if (!this.#areFaultsOver) return;
    const next = Math.min(until, this.#evidence.onlyWaitsUntil ?? 0);
    const ahead = next - LEAP_MARGIN_MS - this.#clock.now();
    if (next === Number.POSITIVE_INFINITY || ahead < LEAP_MARGIN_MS) return;
    this.trace.note(`nothing happens for ${ahead} ms`);
    this.#clock.leap(ahead);
  }

  /** Ms since 1970. */
  #mustRestBy(): number {
    if (!this.#areFaultsOver) return Number.POSITIVE_INFINITY;
    return Math.max(this.#evidence.lastMoveAt, this.#mendedAt) + PATIENCE_MS;
  }

  /** Who drives it has the same state in memory. */
  #compareOwners({ execution, fold }: Witness): void {
    const partition = this.#server.partitionOf(execution);
    for (const { process, orchestrator } of this.#nodes) {
      const present = orchestrator?.ownerOf(partition)?.engine?.present(execution);
      if (process?.isDead !== false || present === undefined) continue;
      if (present.world.position === fold.world.position && !isSameState(present, fold))
        this.#evidence.find(execution, 'I4', `${process.id} has another state of it in memory`);
    }
  }
}

/** After the last fault: until then what it broke is mended. */
const CALM_MS = 8_000;

/** No workload makes so many: what does is going in a circle. */
const MOST_RECORDS = 20_000;

/** Before the moment that is leapt to: time for orchestrators to find themselves again. */
const LEAP_MARGIN_MS = 60_000;

function named(letter: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
}
