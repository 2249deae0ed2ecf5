import { seededRandom } from '../adapters/memory/seeded-random.ts';
import { createMemoryStore } from '../adapters/memory/store.ts';
import { VirtualClock } from '../adapters/memory/virtual-clock.ts';
import { memoryFiles } from '../adapters/memory/working-files.ts';
import { MemoryWorld } from '../adapters/memory/world.ts';
import type { AgentDefinition } from '../agent/definition.ts';
import type { StepStrategy } from '../engine/evaluate.ts';
import type { Fold } from '../engine/fold.ts';
import type { LifecycleEvent } from '../engine/lifecycle.ts';
import type { Sources } from '../engine/load.ts';
import type { Pinned } from '../engine/pinned.ts';
import { Embedded } from '../library/embedded.ts';
import type { AgentRequest } from '../ports/agent-request.ts';
import type { LogRecord, NewRecord, Position } from '../ports/event-log.ts';
import type { Random } from '../ports/random.ts';
import type { AggregateRegistry } from '../task/aggregate.ts';
import { defaultScript } from './agents/default-script.ts';
import { performAs } from './agents/perform-as.ts';
import type { AgentScript } from './agents/script.ts';
import { LifeClock } from './life-clock.ts';
import { type Past, recordsOnto } from './past.ts';
import type { Stage, StageStart } from './stage.ts';

export interface CalmStageOptions {
  /** Who performs which role; a role without a script behaves as `defaultScript` says. */
  readonly agents?: ReadonlyMap<string, AgentScript> | { readonly [role: string]: AgentScript } | undefined;
  /** Roles that no host offers. */
  readonly without?: readonly string[] | undefined;
  /** Default 1. */
  readonly seed?: number | undefined;
  /** When time begins, in ms since 1970. Default 2020-01-01. */
  readonly startAt?: number | undefined;
  /** Attempts of a role at once, where its script names no number. Default: as many as there are, but 10,000. */
  readonly concurrency?: number | undefined;
  /** How long a claim holds without a heartbeat, in ms. Default 1 hour: no heartbeat is ever lost here. */
  readonly leaseMs?: number | undefined;
  readonly strategies?: ReadonlyMap<string, StepStrategy> | undefined;
  readonly aggregates?: AggregateRegistry | undefined;
  /** What the files hold that people approve, as it changes; a file that is not there holds a text of its own. */
  readonly files?: ReadonlyMap<string, string> | undefined;
  /** Hears what agents are asked. */
  readonly onRequest?: ((request: AgentRequest) => void) | undefined;
}

/** How many states are kept beside those at work. */
const MOST_SEEN = 64;

const LEASE_MS = 60 * 60 * 1000;

/**
 * One process on a machine where all is well: the real engine and agent host on one store in memory and virtual time. Any number
 * of executions. Only `restart` does it any harm.
 */
export class CalmStage implements Stage {
  readonly #options: CalmStageOptions;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #world = new MemoryWorld('simulation');
  readonly #scripts: ReadonlyMap<string, AgentScript>;
  readonly #listeners = new Set<(event: LifecycleEvent) => void>();
  /** What an execution pins here, by what it was started with: nobody starts the programs of agents' files. */
  readonly #pinned = new WeakMap<Pinned, Pinned>();
  /** States that were looked at last: to read a whole log costs as much as to run it. */
  readonly #seen = new Map<string, Fold>();
  #living: Living | undefined;

  private constructor(options: CalmStageOptions) {
    const { agents = {}, seed = 1, startAt } = options;
    this.#options = options;
    this.#scripts = agents instanceof Map ? agents : new Map(Object.entries(agents));
    this.#clock = new VirtualClock(startAt);
    this.#random = seededRandom(seed);
  }

  static async open(options: CalmStageOptions = {}): Promise<CalmStage> {
    const stage = new CalmStage(options);
    await stage.#openProcess();
    return stage;
  }

  now(): number {
    return this.#clock.now();
  }

  /** When the next thing is due; undefined when nothing is. */
  get nextAt(): number | undefined {
    return this.#clock.nextAt;
  }

  /** The last record of the log. While it is the same, no state has changed. */
  get position(): Position {
    return this.#world.records.head().position;
  }

  /** How many agents wait for time to pass. One at work that does not waits for something that will never come. */
  get sleeping(): number {
    return this.#process.agentsTime.waiting;
  }

  /** Where states are read from. */
  get sources(): Sources {
    return this.#process.embedded.engine.sources;
  }

  async start({ pinned, ...request }: StageStart): Promise<void> {
    await this.#process.embedded.engine.begin({ ...request, pinned: this.#performed(pinned) });
    await this.#settle();
  }

  /**
   * Goes on with an execution from what happened to it elsewhere, as after the death of whoever drove it: what its agents were at work on
   * counts as lost, and is offered again. Its time must not lie before `past.at`.
   */
  async adopt(past: Past): Promise<void> {
    const { embedded } = this.#process;
    for (const { digest, content } of past.artifacts) this.#world.artifacts.set(digest, content);
    const pinned = await embedded.engine.sources.pins.pin(this.#performed(past.pinned));
    const { records } = this.#world;
    records.begin();
    for (const record of recordsOnto(past, pinned.digest))
      records.insert(record, JSON.stringify(record.data));
    records.commit();
    // The engine reads on to there first: what it owns it follows from then on.
    await this.#settle();
    await embedded.engine.adopt(past.execution);
    await this.#settle();
  }

  async append(record: NewRecord): Promise<LogRecord> {
    const written = await this.#process.embedded.store.log.append(record);
    await this.#settle();
    return written;
  }

  /** A fresh id for a record that is to be appended. */
  newId(): string {
    return this.#random.id();
  }

  /** @param after only those after this position; default all */
  records(execution: string, after: Position = 0): Promise<readonly LogRecord[]> {
    return this.#process.embedded.store.log.read(execution, { after });
  }

  async fold(execution: string): Promise<Fold | undefined> {
    const known = this.present(execution) ?? (await this.#ended(execution));
    const fold = known ?? (await this.#process.embedded.engine.state(execution));
    if (fold !== undefined) this.#remember(execution, fold);
    return fold;
  }

  /** The engine's state while it has the execution in memory. */
  present(execution: string): Fold | undefined {
    return this.#process.embedded.engine.present(execution);
  }

  listen(listener: (event: LifecycleEvent) => void): () => void {
    // Whoever listens twice is told twice.
    const own = (event: LifecycleEvent): void => listener(event);
    this.#listeners.add(own);
    const stop = this.#process.embedded.engine.listen(own);
    return () => {
      this.#listeners.delete(own);
      stop();
    };
  }

  async step(until = Number.POSITIVE_INFINITY): Promise<boolean> {
    const at = this.#clock.nextAt;
    if (at !== undefined && at <= until) {
      await this.#clock.advance(Math.max(0, at - this.#clock.now()));
      return true;
    }
    if (Number.isFinite(until) && until > this.#clock.now())
      await this.#clock.advance(until - this.#clock.now());
    return false;
  }

  /**
   * The process dies without warning, with all that its agents were doing, and another one adopts the executions that it left:
   * what is in the log is there, all else is gone.
   */
  async restart(): Promise<void> {
    await this.#die();
    await this.#openProcess();
    await this.#process.embedded.engine.adoptOrphans();
    await this.#settle();
  }

  get #process(): Living {
    // `open` alone makes stages, and begins one.
    return this.#living as Living;
  }

  /** All of it is in memory: it just stops. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#die();
  }

  async #die(): Promise<void> {
    const { embedded, life } = this.#process;
    await embedded.store.close();
    life.end();
  }

  async #openProcess(): Promise<void> {
    const life = new LifeClock(this.#clock);
    const agentsTime = new LifeClock(life);
    const store = createMemoryStore({ clock: life, random: this.#random, world: this.#world });
    const { leaseMs = LEASE_MS, strategies, aggregates, files = new Map() } = this.#options;
    const embedded = await Embedded.open({
      store,
      clock: life,
      random: this.#random,
      // Every role; its script may depend on the task.
      fallback: (role, pinned) => this.#agentFor(role, pinned, agentsTime),
      isListed: false,
      // A retry wakes one that has ended and belongs to nobody.
      adoptsOthers: true,
      // What is only tried is nothing that happened.
      telemetry: 'none',
      leaseMs,
      strategies,
      aggregates,
      files: memoryFiles(files, (path) => `simulated ${path}`),
    });
    this.#living = { embedded, life, agentsTime };
    for (const listener of this.#listeners) embedded.engine.listen(listener);
  }

  /** An execution that has ended leaves the engine's memory; unless something came after that, it is as it was. */
  async #ended(execution: string): Promise<Fold | undefined> {
    const fold = this.#seen.get(execution);
    if (fold?.hasEnded !== true) return undefined;
    return (await this.records(execution, fold.world.position)).length === 0 ? fold : undefined;
  }

  #remember(execution: string, fold: Fold): void {
    this.#seen.set(execution, fold);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > MOST_SEEN && oldest !== undefined) this.#seen.delete(oldest);
  }

  #agentFor(role: string, pinned: Pinned, clock: LifeClock) {
    const { seed = 1, concurrency, onRequest, without = [] } = this.#options;
    if (without.includes(role)) return undefined;
    const otherwise = defaultScript(pinned.definition);
    const file = pinned.agents[role] as Partial<AgentDefinition> | undefined;
    return performAs(role, this.#scripts.get(role) ?? otherwise, {
      clock,
      seed,
      concurrency: concurrency ?? file?.concurrency,
      liveness: file?.liveness,
      otherwise,
      onRequest,
    });
  }

  #performed(given: Pinned): Pinned {
    let pinned = this.#pinned.get(given);
    if (pinned === undefined) {
      pinned = withoutPrograms(given);
      this.#pinned.set(given, pinned);
    }
    return pinned;
  }

  /** Lets everything happen that needs no time to pass. */
  async #settle(): Promise<void> {
    await this.#clock.advance(0);
  }
}

/** One process, from its start to its death. */
interface Living {
  readonly embedded: Embedded;
  readonly life: LifeClock;
  /** Where its agents wait. */
  readonly agentsTime: LifeClock;
}

/** A host starts what a file names; here every role is performed by its script. */
function withoutPrograms({ agents, ...pinned }: Pinned): Pinned {
  const performed = Object.entries(agents).map(([role, agent]) => {
    const { runner: _, command: __, module: ___, worker: ____, ...rest } = agent as Partial<AgentDefinition>;
    return [role, { ...rest, name: role }] as const;
  });
  return { ...pinned, agents: Object.fromEntries(performed) };
}
