import type { Checkpoint, RollbackRequest } from '../../machines/execution-context.ts';
import type { ExecutionError } from '../../machines/ledger.ts';
import type { ExecutionReport, PhaseReport } from '../engine/report.ts';
import { contextReadOnly } from '../errors.ts';
import type { Json } from '../json.ts';
import { type ExecutionResult, failureOf } from './execution-result.ts';

/** How a context learns of its execution and acts on it. Without `handle` it only shows. */
export interface ContextSource {
  /** The state as far as it is known here. */
  report(): ExecutionReport;
  readonly handle?: ExecutionHandle | undefined;
}

/** What an executor does for a context; each as the executor's method of that name. */
export interface ExecutionHandle {
  pause(reason: string | undefined): Promise<void>;
  resume(): Promise<void>;
  abort(reason: string | undefined): Promise<void>;
  rollBack(request: RollbackRequest): Promise<void>;
  checkpoint(label: string): Promise<Checkpoint>;
  refresh(): Promise<void>;
  started(): Promise<void>;
  completed(): Promise<ExecutionResult>;
  phaseStarted(name: string): Promise<void>;
  phaseCompleted(name: string): Promise<PhaseReport['outputs']>;
  signal(): AbortSignal;
}

/** What {@link ExecutionContext.toJSON} gives. */
export type ExecutionContextJson = ExecutionReport;

/** What templates and expressions of the whole task may name. */
export interface TemplateContext {
  readonly input: Json;
  readonly phases: { readonly [phase: string]: { readonly status: string; readonly outputs: Json } };
  readonly outputs: { readonly [phase: string]: Json };
  readonly execution: { readonly id: string; readonly task: string; readonly version: string };
}

/**
 * One execution, seen and steered from a program. The state is a fold over the log, so nobody sets it: what the engine does by
 * itself (begin, complete, time out, run phases) can be waited for here, and what a program may ask (pause, resume, abort,
 * checkpoint) is asked here.
 *
 * What it shows is live while the executor that gave it has the execution in memory. When another process drives it, or when it
 * waited out of memory, it is as of the last method that was awaited; `refresh()` reads anew.
 *
 * From `executor.getExecutionContext(id)`, from a step strategy, or, to look only, from `ExecutionContext.fromJSON`.
 */
export class ExecutionContext {
  readonly #source: ContextSource;

  /** For the executor; see the class for how to get one. */
  constructor(source: ContextSource) {
    this.#source = source;
  }

  /** A view of what {@link ExecutionContext.toJSON} gave. It shows the same; all that acts or waits throws CONTEXT_READ_ONLY. */
  static fromJSON(json: ExecutionContextJson | string): ExecutionContext {
    // Text is of our own making, and so is an object; a copy, so that the view stands still.
    const report = (typeof json === 'string' ? JSON.parse(json) : structuredClone(json)) as ExecutionReport;
    return new ExecutionContext({ report: () => report });
  }

  /** Everything that `troupe show --json` tells, worked out anew at each call. */
  get report(): ExecutionReport {
    return this.#source.report();
  }

  /** The execution's id. */
  get id(): string {
    return this.report.execution;
  }

  /** The task's name. */
  get task(): string {
    return this.report.task;
  }

  /** `running`, `pausing`, `paused`, `suspended`, `completed`, `failed`, `aborted`, `timedOut`, `rollingBack`, `rolledBack`. */
  get status(): string {
    return this.report.status;
  }

  /** As the task's requirements made it: with defaults, and texts read as what they stand for. */
  get input(): Json {
    return this.report.input;
  }

  /** In file order, with their steps. */
  get phases(): readonly PhaseReport[] {
    return this.report.phases;
  }

  /** Why it failed; null unless it did. */
  get error(): ExecutionError | null {
    return this.report.error;
  }

  /** In the order in which they were marked. */
  get checkpoints(): readonly Checkpoint[] {
    return this.report.checkpoints;
  }

  /** Reads the state anew. */
  async refresh(): Promise<void> {
    await this.#handle.refresh();
  }

  /** Resolves when the execution is running. Rejects with NOT_POSSIBLE_NOW when it has ended or is suspended. */
  async start(): Promise<void> {
    await this.#handle.started();
  }

  /**
   * Resolves with the execution's outputs when it has completed. Rejects as `execute` does when it ends otherwise. In a step
   * strategy it would wait for itself.
   */
  async complete(): Promise<ExecutionReport['outputs']> {
    return (await this.#handle.completed()).outputs;
  }

  /** Ends the execution: aborts it with the error's message as the reason. Its status is then `aborted`. */
  async fail(error: unknown): Promise<void> {
    await this.abort(error instanceof Error ? error.message : String(error));
  }

  /** See `executor.abortExecution`. */
  async abort(reason?: string): Promise<void> {
    await this.#handle.abort(reason);
  }

  /**
   * Ends the execution for a deadline of the caller's own: aborts it with the reason `timed out`. Its status is then `aborted`;
   * `timedOut` comes from the task's `maxExecutionTime`, which the engine keeps by itself.
   */
  async timeout(): Promise<void> {
    await this.abort('timed out');
  }

  /** See `executor.pauseExecution`: resolves when it is paused. */
  async pause(reason?: string): Promise<void> {
    await this.#handle.pause(reason);
  }

  /** See `executor.resumeExecution`. */
  async resume(): Promise<void> {
    await this.#handle.resume();
  }

  /**
   * Resolves when the phase has begun; phases begin by themselves, when those they depend on are done. Rejects with
   * PHASE_NOT_COMPLETED when it is skipped or cancelled, or the execution ends without it; PHASE_UNKNOWN.
   */
  async startPhase(name: string): Promise<void> {
    await this.#handle.phaseStarted(name);
  }

  /**
   * Resolves with the phase's outputs when it has completed, and with none when it was skipped. Rejects with
   * PHASE_NOT_COMPLETED when it failed or was cancelled, or the execution ends without it; PHASE_UNKNOWN. Outputs come from its
   * steps, so none can be given.
   */
  async completePhase(name: string): Promise<PhaseReport['outputs']> {
    return this.#handle.phaseCompleted(name);
  }

  /** Marks the present place in the log. `label`: 1 to 128 characters. */
  async createCheckpoint(label: string): Promise<Checkpoint> {
    return this.#handle.checkpoint(label);
  }

  /**
   * Undoes what was done after the checkpoint of that name (`start`: everything), and goes on from there, or with
   * `afterwards: 'stop'` ends as rolled back. Resolves when all is undone. After a crash nothing need be restored.
   */
  async restoreCheckpoint(
    name: string,
    { afterwards = 'continue', ...about }: Omit<RollbackRequest, 'to' | 'step'> = {},
  ): Promise<void> {
    await this.#handle.rollBack({ to: name, afterwards, ...about });
  }

  /**
   * Aborted when the execution ends other than by completing, or when the executor is closed. In a step strategy, the signal of
   * the step.
   */
  getAbortSignal(): AbortSignal {
    const { handle } = this.#source;
    if (handle !== undefined) return handle.signal();
    const { report } = this;
    return report.finishedAt === null || report.status === 'completed'
      ? new AbortController().signal
      : AbortSignal.abort(failureOf(report));
  }

  /** What expressions and templates of the task may name, as it stands now. */
  getTemplateContext(): TemplateContext {
    const { execution: id, task, version, input, phases } = this.report;
    const begun = phases.filter(({ status }) => status !== 'pending');
    return {
      input,
      phases: Object.fromEntries(begun.map(({ name, status, outputs }) => [name, { status, outputs }])),
      outputs: Object.fromEntries(begun.map(({ name, outputs }) => [name, outputs])),
      execution: { id, task, version },
    };
  }

  /** A plain snapshot: the report. `JSON.stringify(context)` uses it. */
  toJSON(): ExecutionContextJson {
    return this.report;
  }

  get #handle(): ExecutionHandle {
    const { handle } = this.#source;
    if (handle === undefined) throw contextReadOnly(this.id);
    return handle;
  }
}
