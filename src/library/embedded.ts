import type { Rules } from '../../machines/world.ts';
import { createMemoryStore } from '../adapters/memory/store.ts';
import { InProcessWorkQueue } from '../adapters/memory/work-queue.ts';
import { openSqliteStore } from '../adapters/sqlite/store.ts';
import { systemClock } from '../adapters/system/clock.ts';
import { systemRandom } from '../adapters/system/random.ts';
import { workingFilesIn } from '../adapters/system/working-files.ts';
import type { AgentProgress } from '../agent/attempt.ts';
import type { FunctionAgent } from '../agent/define.ts';
import type { AgentLogger } from '../agent/logger.ts';
import { Engine } from '../engine/engine.ts';
import type { StepStrategy } from '../engine/evaluate.ts';
import type { Inspect } from '../engine/fold.ts';
import type { LifecycleEvent } from '../engine/lifecycle.ts';
import type { Pinned } from '../engine/pinned.ts';
import type { EngineLogger } from '../engine/surroundings.ts';
import type { Clock } from '../ports/clock.ts';
import type { Notifier } from '../ports/notifier.ts';
import type { Random } from '../ports/random.ts';
import type { Store } from '../ports/store.ts';
import type { WorkingFiles } from '../ports/working-files.ts';
import type { AggregateRegistry } from '../task/aggregate.ts';
import { loadTelemetry, type Telemetry } from '../telemetry/load.ts';
import { PinnedHosts } from './pinned-hosts.ts';

export interface EmbeddedOptions {
  /** Folder of the state; `memory` keeps it in memory, gone with the process. Default `.troupe` in the working directory. */
  readonly data?: string | undefined;
  /** A store that is open already, in place of `data`; closed with the engine. */
  readonly store?: Store | undefined;
  /** Agents that are functions of this process. */
  readonly functions?: Iterable<FunctionAgent> | undefined;
  /** Who performs a role that neither a function nor a program of its file does. */
  readonly fallback?: ((role: string, pinned: Pinned) => FunctionAgent | undefined) | undefined;
  /** Whether the hosts say every few seconds what they offer, for `troupe agents`. Default true. */
  readonly isListed?: boolean | undefined;
  readonly strategies?: ReadonlyMap<string, StepStrategy> | undefined;
  readonly aggregates?: AggregateRegistry | undefined;
  readonly notifier?: Notifier | undefined;
  /** What people approve. Default: the files of the working directory. */
  readonly files?: WorkingFiles | undefined;
  readonly logger?: (EngineLogger & AgentLogger) | undefined;
  readonly leaseMs?: number | undefined;
  /** From asking an attempt to end to making it end, in ms. Default 2,000. */
  readonly cancelGraceMs?: number | undefined;
  /** Take over executions that others start or wake and nobody drives. Default false. */
  readonly adoptsOthers?: boolean | undefined;
  /** Makes traces. Default: with the OpenTelemetry SDK of this process, where there is one. */
  readonly telemetry?: Telemetry | 'none' | undefined;
  /** See `EngineOptions`. */
  readonly inspect?: Inspect | undefined;
  /** Replaces the task language's rules; for tests. */
  readonly rules?: Rules | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** An engine, its store and its agents in this process. */
export class Embedded implements AsyncDisposable {
  readonly store: Store;
  readonly engine: Engine;
  readonly #hosts: PinnedHosts;
  #closing: Promise<void> | undefined;

  private constructor(store: Store, engine: Engine, hosts: PinnedHosts) {
    this.store = store;
    this.engine = engine;
    this.#hosts = hosts;
  }

  /** Opens the store and begins to follow its log. Throws the storage errors of the catalogue. */
  static async open(options: EmbeddedOptions = {}): Promise<Embedded> {
    const { clock = systemClock, random = systemRandom, logger } = options;
    const store = options.store ?? (await openStore(options.data ?? '.troupe', { clock, random }));
    const telemetry =
      options.telemetry === 'none' ? undefined : (options.telemetry ?? (await loadTelemetry()));
    let engine: Engine | undefined;
    const running = (): Engine => {
      if (engine === undefined) throw new Error('The engine is not there yet.');
      return engine;
    };
    const hosts = new PinnedHosts({
      prefix: store.ownership.self.process,
      pinned: (digest) => running().sources.pins.get(digest),
      desk: () => running().desk,
      functions: new Map([...(options.functions ?? [])].map((agent) => [agent.name, agent])),
      fallback: options.fallback,
      createQueue: () => new InProcessWorkQueue(),
      artifacts: store.artifacts,
      clock,
      random,
      processGroups: store.processGroups,
      directory: options.isListed === false ? undefined : store.directory,
      logger,
      processId: store.ownership.self.process,
      dataId: store.dataId,
      cancelGraceMs: options.cancelGraceMs,
      tracing: telemetry?.attempts,
      onProgress: (progress) => engine?.tell(progressEvent(progress)),
    });
    const { strategies, aggregates, notifier, leaseMs, adoptsOthers, rules } = options;
    engine = new Engine({
      store,
      queue: hosts,
      clock,
      random,
      logger,
      strategies,
      aggregates,
      notifier,
      files: options.files ?? workingFilesIn(process.cwd()),
      leaseMs,
      adoptsOthers,
      rules,
      tracing: telemetry?.executions,
      inspect: options.inspect,
    });
    await engine.start();
    return new Embedded(store, engine, hosts);
  }

  /**
   * Ends cleanly. With `drain` the attempts at work may finish first; without it they are stopped and given back. Executions
   * stay as the log has them. Safe to call again: without `drain` it hurries a drain that is under way.
   */
  close({ drain = false }: { readonly drain?: boolean } = {}): Promise<void> {
    const hostsStopped = this.#hosts.stop({ drain });
    this.#closing ??= hostsStopped.then(async () => {
      await this.engine.stop();
      await this.store.close();
    });
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

async function openStore(
  data: string,
  tools: { readonly clock: Clock; readonly random: Random },
): Promise<Store> {
  return data === 'memory' ? createMemoryStore(tools) : openSqliteStore({ dir: data, ...tools });
}

function progressEvent({ execution, step, attempt, agent, progress }: AgentProgress): LifecycleEvent {
  return { type: 'step:progress', id: execution, step, agent, attempt, progress };
}
