import { simulationsBusy, simulationUnknown, toTroupeError } from '../../errors.ts';
import type { ViewSource } from '../../inspection/documents.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import type { Random } from '../../ports/random.ts';
import { type Feed, type Message, Signal } from '../live/feed.ts';
import type { RunSummary, SimulationJob, ToldCampaign } from './job.ts';
import { type SimulationThread, startThread } from './simulation-thread.ts';

/** One simulation as whoever looks sees it. Instants are ms since 1970. */
export interface SimulationView {
  readonly id: string;
  /** `failed`: `error` says why; `cancelled`: there is what there was until then. */
  readonly status: 'running' | 'completed' | 'cancelled' | 'failed';
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly about: SimulationAbout;
  /** Runs, those that only say what fewer hosts would do included. */
  readonly done: number;
  readonly total: number;
  readonly runs: readonly RunSummary[];
  /** What `troupe simulate --json` tells; null until it has ended. */
  readonly campaign: ToldCampaign | null;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
}

/** What was asked. */
export interface SimulationAbout {
  readonly kind: 'task' | 'fork';
  readonly task: string;
  readonly input: { readonly [field: string]: unknown } | null;
  /** Of a fork: the live execution, the last record that it has of it, and how old it was there. */
  readonly fork: {
    readonly execution: string;
    readonly position: number;
    readonly at: number;
    readonly elapsedMs: number;
  } | null;
  readonly runs: number;
  readonly seed: number;
  readonly hosts: number;
  readonly faults: SimulationJob['faults'];
  readonly agents: string;
  readonly without: readonly string[];
  /** How many past executions say how long steps take. */
  readonly history: number;
}

interface Kept {
  view: SimulationView;
  readonly job: SimulationJob;
  thread: SimulationThread<unknown> | undefined;
  readonly listeners: Set<() => void>;
}

export interface SimulationsOptions {
  readonly clock: Clock;
  readonly random: Pick<Random, 'id'>;
}

/** So many run at once; each has a thread of its own. */
const MOST_AT_ONCE = 2;
/** So many are kept; the oldest that has ended goes first. */
const MOST_KEPT = 20;
/** One takes no longer than this, in ms; then there is what there is. */
const LONGEST_MS = 5 * 60 * 1000;
/** From being asked to stop to being ended, in ms: a single run may take long. */
const GRACE_MS = 15_000;
/** Logs of single runs that are kept ready. */
const MOST_RUNS_KEPT = 4;

/**
 * Simulations that were asked for, in threads of their own: whoever serves goes on meanwhile. They are gone with the process; the same
 * request gives the same result.
 */
export class Simulations {
  readonly #options: SimulationsOptions;
  /** Oldest first. */
  readonly #kept = new Map<string, Kept>();
  /** By `id/seed`. */
  readonly #runs = new Map<string, Promise<SimulatedLog>>();

  constructor(options: SimulationsOptions) {
    this.#options = options;
  }

  /**
   * Begins one. Resolves when its first run was made, so what is wrong with the request is thrown: TASK_UNKNOWN, INPUT_INVALID,
   * AGENT_SCRIPTS_INVALID, …, SIMULATIONS_BUSY.
   */
  async start(job: SimulationJob, about: SimulationAbout): Promise<SimulationView> {
    const running = [...this.#kept.values()].filter(({ view }) => view.status === 'running');
    if (running.length >= MOST_AT_ONCE) throw simulationsBusy(MOST_AT_ONCE);
    const { clock, random } = this.#options;
    const view: SimulationView = {
      id: random.id(),
      status: 'running',
      startedAt: clock.now(),
      endedAt: null,
      about,
      done: 0,
      total: job.runs,
      runs: [],
      campaign: null,
      error: null,
    };
    const kept: Kept = { view, job, thread: undefined, listeners: new Set() };
    this.#kept.set(view.id, kept);
    const begun = this.#run(kept);
    try {
      await begun;
    } catch (error) {
      this.#kept.delete(view.id);
      throw error;
    }
    this.#forgetOldest();
    return kept.view;
  }

  /** The newest first, without their single runs. */
  list(): readonly SimulationView[] {
    return [...this.#kept.values()].map(({ view }) => ({ ...view, runs: [], campaign: null })).reverse();
  }

  /** Throws SIMULATION_UNKNOWN. */
  get(id: string): SimulationView {
    return this.#find(id).view;
  }

  /** Stops one that runs; forgets one that has ended. Throws SIMULATION_UNKNOWN. */
  remove(id: string): void {
    const { view, thread } = this.#find(id);
    if (view.status === 'running') this.#stop(thread);
    else this.#kept.delete(id);
  }

  /** One run with its log, made again. Throws SIMULATION_UNKNOWN, SIMULATION_BROKEN. */
  run(id: string, seed: number): Promise<SimulatedLog> {
    const { job } = this.#find(id);
    const key = `${id}/${seed}`;
    let run = this.#runs.get(key);
    if (run === undefined) {
      run = startThread(job, { ask: 'run', seed }).answer;
      run.catch(() => this.#runs.delete(key));
      this.#runs.set(key, run);
      const [oldest] = this.#runs.keys();
      if (this.#runs.size > MOST_RUNS_KEPT && oldest !== undefined) this.#runs.delete(oldest);
    }
    return run;
  }

  /**
   * `simulation`: the whole of it, at the beginning and at the end; between them `progress`: `{done, total, runs}`, the runs that are new.
   * Throws SIMULATION_UNKNOWN.
   */
  feed(id: string): Feed {
    const kept = this.#find(id);
    const signal = new Signal();
    const tell = (): void => signal.set();
    kept.listeners.add(tell);
    let told: SimulationView | undefined;
    let isClosed = false;
    return {
      next: async () => {
        if (told !== undefined && told.status !== 'running') return undefined;
        if (told === kept.view) await signal.wait();
        if (isClosed) return undefined;
        const message = newsOf(kept.view, told);
        told = kept.view;
        return [message];
      },
      close: async () => {
        isClosed = true;
        kept.listeners.delete(tell);
        signal.set();
      },
    };
  }

  /** Ends all of them at once. */
  async close(): Promise<void> {
    await Promise.all([...this.#kept.values()].map(({ thread }) => thread?.terminate()));
  }

  /** Resolves with the first run. */
  #run(kept: Kept): Promise<void> {
    const { clock } = this.#options;
    const { promise: begun, resolve } = Promise.withResolvers<void>();
    const thread = startThread(kept.job, { ask: 'campaign' }, ({ done, total, runs }) => {
      this.#change(kept, { done, total, runs: [...kept.view.runs, ...runs] });
      resolve();
    });
    kept.thread = thread;
    const cancelLimit = clock.schedule(LONGEST_MS, () => this.#stop(thread));
    const ended = thread.answer.then(
      ({ campaign }) => {
        const status = campaign.isInterrupted ? 'cancelled' : 'completed';
        this.#change(kept, { status, campaign, endedAt: clock.now() });
      },
      (error: unknown) => {
        const { code, message, hint = null } = toTroupeError(error);
        this.#change(kept, { status: 'failed', error: { code, message, hint }, endedAt: clock.now() });
        throw error;
      },
    );
    const done = ended.finally(() => {
      cancelLimit();
      kept.thread = undefined;
    });
    // Once it has begun, what goes wrong is told by the view.
    done.catch(() => undefined);
    return Promise.race([begun, done]);
  }

  #stop(thread: SimulationThread<unknown> | undefined): void {
    if (thread === undefined) return;
    thread.stop();
    const cancel = this.#options.clock.schedule(GRACE_MS, () => void thread.terminate());
    thread.answer.then(cancel, cancel);
  }

  #change(kept: Kept, change: Partial<SimulationView>): void {
    kept.view = { ...kept.view, ...change };
    for (const tell of kept.listeners) tell();
  }

  #find(id: string): Kept {
    const kept = this.#kept.get(id);
    if (kept === undefined) throw simulationUnknown(id);
    return kept;
  }

  #forgetOldest(): void {
    for (const [id, { view }] of this.#kept) {
      if (this.#kept.size <= MOST_KEPT) return;
      if (view.status !== 'running') this.#kept.delete(id);
    }
  }
}

export interface SimulatedLog {
  readonly source: ViewSource;
  readonly records: readonly LogRecord[];
}

function newsOf(view: SimulationView, told: SimulationView | undefined): Message {
  if (told === undefined || view.status !== 'running') return { event: 'simulation', data: view };
  const { done, total, runs } = view;
  return { event: 'progress', data: { done, total, runs: runs.slice(told.runs.length) } };
}
