import type { RollbackRequest } from '../../machines/execution-context.ts';
import { systemRandom } from '../adapters/system/random.ts';
import type { LifecycleEvent } from '../engine/lifecycle.ts';
import { type PendingApproval, pendingApprovalsOf } from '../engine/pending-approvals.ts';
import { executionIdInvalid, executionUnknown, executorClosed, inputInvalid } from '../errors.ts';
import type { HistoryEntry } from '../history/entry.ts';
import type { Json } from '../json.ts';
import type { AggregateFunction } from '../task/aggregate.ts';
import type { TaskSource } from '../task/define.ts';
import { ID_PATTERN, type TaskDefinition } from '../task/definition.ts';
import { checkInput } from '../task/requirements.ts';
import type { ActiveExecution } from './active-executions.ts';
import { approvalMeant, type PersonVote } from './controls.ts';
import type { DecisionOptions } from './decision-options.ts';
import { EventListeners, type ExecutorEventName, type ExecutorListener } from './event-listeners.ts';
import type { ExecutionContext } from './execution-context.ts';
import { abort, pause, resume, rollBack } from './execution-control.ts';
import { type ExecutionResult, failureOf, resultOf } from './execution-result.ts';
import { type ExecutorSettings, readOptions, type TaskExecutorOptions } from './executor-options.ts';
import { type ExecutorRuntime, openRuntime } from './executor-runtime.ts';
import { type Commands, liveContext } from './live-context.ts';
import { PreparedTasks } from './prepared-tasks.ts';
import { ProcessHold } from './process-hold.ts';
import { type RerunRequest, rerunOf } from './rerun.ts';
import { StepStrategies, type StepStrategyHandler } from './step-strategies.ts';

/** A task's input. */
export interface TaskInput {
  readonly [field: string]: unknown;
}

export interface ExecuteOptions {
  /**
   * The execution's id, `[A-Za-z0-9_-]{1,64}`. Given again, with the same task and input, it joins the execution that is there:
   * after a crash this goes on with it. Default: a new one.
   */
  readonly id?: string | undefined;
}

/** The result to come, and before it what there is at once. */
export interface ExecutionPromise<Outputs extends object> extends Promise<ExecutionResult<Outputs>> {
  readonly id: string;
  /** Resolves when the execution is recorded: from then on it survives the process. Rejects when it was not begun. */
  readonly started: Promise<void>;
}

/**
 * Runs tasks durably in this process: every step that was accepted survives the process, and an execution goes on where it was,
 * in this process or the next one on the same data folder.
 *
 * The data folder is opened by the first call that needs it. While an execution is awaited or works, the process stays alive;
 * `close()`, or `await using`, lets go of everything. See docs/library.md.
 */
export class TaskExecutor implements AsyncDisposable {
  readonly #settings: ExecutorSettings;
  readonly #listeners: EventListeners;
  readonly #strategies: StepStrategies;
  readonly #aggregates = new Map<string, AggregateFunction>();
  readonly #tasks: PreparedTasks;
  readonly #hold = new ProcessHold();
  /** Executions whose start is not durable yet, by id; settled without an error. */
  readonly #starting = new Map<string, Promise<void>>();
  #opening: Promise<ExecutorRuntime> | undefined;
  /** Once it is open. */
  #runtime: ExecutorRuntime | undefined;
  #closing: Promise<void> | undefined;

  /** Throws EXECUTOR_OPTION_INVALID, DURATION_INVALID, AGENT_OFFERED_TWICE, AGENT_NAME_INVALID. */
  constructor(options: TaskExecutorOptions = {}) {
    this.#settings = readOptions(options);
    this.#listeners = new EventListeners(this.#settings.logger);
    this.#strategies = new StepStrategies(({ execution, signal }) => {
      const fold = this.#runtime?.embedded.engine.present(execution);
      if (this.#runtime === undefined || fold === undefined) throw executionUnknown(execution);
      return { fold, context: liveContext(this.#runtime, fold, this.#commandsFor(execution), signal) };
    });
    this.#tasks = new PreparedTasks({
      ...this.#settings,
      kinds: () => this.#strategies.byKind.keys(),
      aggregates: () => this.#aggregates.keys(),
    });
  }

  /**
   * Runs a task to its end and resolves with the result.
   *
   * Rejects with EXECUTION_FAILED, EXECUTION_ABORTED, EXECUTION_TIMED_OUT or EXECUTION_SUSPENDED, each with `result`: what there
   * is of it. Before it starts: TASK_UNKNOWN, DEFINITION_INVALID, AGENT_UNKNOWN, AGENT_FILE_INVALID, INPUT_INVALID,
   * EXECUTION_ID_INVALID, EXECUTION_EXISTS (another task or input has the id), and the storage errors.
   *
   * @param task name of a task, path of a task file, or what `defineTask` or `TaskParser` gave
   */
  execute<Outputs extends object = { readonly [name: string]: unknown }>(
    task: string | TaskSource | TaskDefinition,
    input: TaskInput = {},
    { id }: ExecuteOptions = {},
  ): ExecutionPromise<Outputs> {
    const execution = id ?? systemRandom.id();
    const started = this.#enqueueStart(execution, () =>
      this.#start(execution, task, input, id === undefined),
    );
    return this.#promised<Outputs>(execution, started);
  }

  /**
   * Asks an execution to stand still, and resolves when it does: no agent works for it any more. Attempts at work end first,
   * or lose their lease. Deadlines of the task and its phases stand still too.
   *
   * Rejects with EXECUTION_UNKNOWN, NOT_POSSIBLE_NOW.
   */
  async pauseExecution(id: string, reason?: string): Promise<void> {
    const { executions } = await this.#knowing(id);
    await this.#hold.during(pause(executions, id, reason));
  }

  /**
   * Goes on with an execution that is paused, or that a process which is gone has left; resolves when it runs. One that runs
   * already is left alone.
   *
   * Rejects with EXECUTION_UNKNOWN, NOT_POSSIBLE_NOW.
   */
  async resumeExecution(id: string): Promise<void> {
    const { executions } = await this.#knowing(id);
    await resume(executions, id);
  }

  /**
   * Ends an execution for good, and resolves when nothing of it runs any more: its agents were told to stop, and made to.
   * One that is aborted already is left as it is.
   *
   * Rejects with EXECUTION_UNKNOWN, NOT_POSSIBLE_NOW.
   */
  async abortExecution(id: string, reason?: string): Promise<void> {
    const { executions } = await this.#knowing(id);
    await this.#hold.during(abort(executions, id, reason));
  }

  /**
   * Undoes what an execution did: up to a checkpoint, the runs of one step, or everything. Resolves when that is done; what could
   * not be undone, and whether the artifacts are those of the checkpoint, is in the report's `rollback`.
   *
   * Rejects with EXECUTION_UNKNOWN, NOT_POSSIBLE_NOW, NOT_UNDOABLE, CHECKPOINT_UNKNOWN, STEP_UNKNOWN.
   */
  async rollbackExecution(id: string, request: RollbackRequest = {}): Promise<void> {
    const { executions } = await this.#knowing(id);
    await this.#hold.during(rollBack(executions, id, request));
  }

  /**
   * Sends a signal that a `wait:` step of the execution waits for, or will. Resolves when it is recorded.
   *
   * Rejects with EXECUTION_UNKNOWN, NOT_POSSIBLE_NOW, SIGNAL_MISFIT.
   */
  async signalExecution(id: string, name: string, payload: Json = null): Promise<void> {
    const { executions } = await this.#knowing(id);
    await executions.control(id, { kind: 'signal', name, payload });
  }

  /**
   * What the executions of the data folder ask people, oldest first; of one execution where its id is given.
   *
   * Rejects with EXECUTION_UNKNOWN.
   */
  async pendingApprovals(id?: string): Promise<readonly PendingApproval[]> {
    if (id !== undefined) return pendingApprovalsOf(await (await this.#knowing(id)).executions.state(id));
    const { history, executions } = await this.#open();
    const live = await history.list({ status: ['running', 'pausing', 'paused'] });
    const pending = await Promise.all(
      live.map(async (entry) => pendingApprovalsOf(await executions.state(entry.id))),
    );
    return pending.flat().sort((a, b) => a.since - b.since);
  }

  /**
   * Grants what an execution asks, in the name of `by`. Resolves when that is recorded and taken; where it is bound to a subject,
   * the owner then looks whether it is unchanged.
   *
   * Rejects with EXECUTION_UNKNOWN, NOT_POSSIBLE_NOW, NOTHING_TO_APPROVE, APPROVAL_AMBIGUOUS (several are asked and no step is
   * named), NOT_ENTITLED, SUBJECT_CHANGED, DECISION_REFUSED (somebody was faster).
   */
  async approve(id: string, decision: DecisionOptions): Promise<void> {
    await this.#decide(id, 'approve', decision);
  }

  /** Says no; resolves and rejects as `approve`. */
  async reject(id: string, decision: DecisionOptions): Promise<void> {
    await this.#decide(id, 'reject', decision);
  }

  /** Lets somebody else decide as well; as `approve`. */
  async delegate(
    id: string,
    { subject: _, ...said }: DecisionOptions & { readonly to: string },
  ): Promise<void> {
    const { executions } = await this.#knowing(id);
    const { step } = approvalMeant(await executions.state(id), said.step);
    await executions.control(id, { kind: 'delegate', ...said, step });
  }

  /**
   * Finishes a step by hand: its output is what a person gives. An agent at work on it is stopped first.
   *
   * Rejects with EXECUTION_UNKNOWN, NOT_POSSIBLE_NOW, STEP_NOT_LIVE, OUTPUT_MISFIT, DECISION_REFUSED.
   */
  async completeStep(id: string, step: string, output: Json, { by }: { readonly by: string }): Promise<void> {
    const { executions } = await this.#knowing(id);
    await executions.control(id, { kind: 'complete', step, output, by });
  }

  /**
   * Votes for a person in a `consensus` step of the execution. Resolves when it is recorded.
   *
   * Rejects with EXECUTION_UNKNOWN, NOT_POSSIBLE_NOW, BALLOT_REFUSED.
   */
  async voteExecution(id: string, vote: Omit<PersonVote, 'kind'>): Promise<void> {
    const { executions } = await this.#knowing(id);
    await executions.control(id, { ...vote, kind: 'vote' });
  }

  /**
   * Tries what failed in an execution again; steps that succeeded are kept. Resolves and rejects as `execute`.
   *
   * Rejects with EXECUTION_UNKNOWN, NOT_POSSIBLE_NOW unless it has failed or timed out.
   */
  retryExecution<Outputs extends object = { readonly [name: string]: unknown }>(
    id: string,
  ): ExecutionPromise<Outputs> {
    const retried = this.#knowing(id).then(({ executions }) => executions.control(id, { kind: 'retry' }));
    return this.#promised<Outputs>(id, retried);
  }

  /**
   * Runs an execution of the data folder again, as a new one with the same definition and agents: from a step on, keeping what comes
   * before it, or with another input. Resolves and rejects as `execute`, and rejects with EXECUTION_UNKNOWN, STEP_UNKNOWN,
   * RERUN_NOT_POSSIBLE.
   */
  rerunExecution<Outputs extends object = { readonly [name: string]: unknown }>(
    of: string,
    { id, ...request }: RerunRequest & ExecuteOptions = {},
  ): ExecutionPromise<Outputs> {
    const execution = id ?? systemRandom.id();
    const started = this.#enqueueStart(execution, async () => {
      if (!ID_PATTERN.test(execution)) throw executionIdInvalid(execution);
      const { executions } = await this.#knowing(of);
      const start = rerunOf(await executions.state(of), request, execution);
      await executions.start({ ...start, isFresh: id === undefined });
    });
    return this.#promised<Outputs>(execution, started);
  }

  /**
   * Goes on with every execution in the data folder that nobody alive drives, as `troupe up` does when it starts; resolves with
   * their ids. Those that are paused stay so.
   */
  async adoptExecutions(): Promise<readonly string[]> {
    const { embedded, executions } = await this.#open();
    const adopted = await embedded.engine.adoptOrphans();
    await Promise.all(adopted.map((id) => executions.drive(id)));
    return adopted;
  }

  /** A view of one execution, whoever drives it. Rejects with EXECUTION_UNKNOWN. */
  async getExecutionContext(id: string): Promise<ExecutionContext> {
    const runtime = await this.#knowing(id);
    return liveContext(runtime, await runtime.executions.state(id), this.#commandsFor(id));
  }

  /** The executions that this executor drives and that have not ended. */
  getActiveExecutions(): ActiveExecution[] {
    return this.#runtime?.active.list() ?? [];
  }

  /** The executions of the data folder, whoever drove them, newest first. */
  async getExecutionHistory(limit = 100): Promise<readonly HistoryEntry[]> {
    const { history } = await this.#open();
    return history.list({ limit });
  }

  /**
   * Adds a kind of step: `- TYPE: text` in a task file calls the handler. Register before a task with such steps is executed or
   * resumed: a step whose kind is not registered fails. Throws EXECUTOR_OPTION_INVALID.
   */
  registerStepStrategy(type: string, handler: StepStrategyHandler): this {
    this.#strategies.register(type, handler);
    return this;
  }

  /** Adds a kind of aggregate: `- aggregate: KIND`. It cannot replace one that ships. */
  registerAggregate(kind: string, fold: AggregateFunction): this {
    this.#aggregates.set(kind, fold);
    return this;
  }

  /**
   * Calls the listener with every event of that name, of all executions that this executor drives or awaits, in order. Events
   * come when what they tell is durable; after a crash the last may come again.
   */
  on<Name extends ExecutorEventName>(name: Name, listener: ExecutorListener<Name>): this {
    this.#listeners.add(name, listener);
    return this;
  }

  /** As `on`, for the next event only. */
  once<Name extends ExecutorEventName>(name: Name, listener: ExecutorListener<Name>): this {
    this.#listeners.add(name, listener, { once: true });
    return this;
  }

  /** Undoes one `on` or `once` of the listener. */
  off<Name extends ExecutorEventName>(name: Name, listener: ExecutorListener<Name>): this {
    this.#listeners.remove(name, listener);
    return this;
  }

  /**
   * Stops the agents and lets go of the data folder. Executions that have not ended stay as they are, for any executor to go on
   * with; their promises reject with EXECUTOR_CLOSED. With `drain`, attempts at work may finish first. May be called twice:
   * without `drain` it hurries one that drains.
   */
  close({ drain = false }: { readonly drain?: boolean | undefined } = {}): Promise<void> {
    const closing = this.#hold.during(this.#close(drain));
    this.#closing ??= closing;
    return closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(drain: boolean): Promise<void> {
    const runtime = await this.#opening?.catch(() => undefined);
    await runtime?.close({ drain });
  }

  async #open(): Promise<ExecutorRuntime> {
    if (this.#closing !== undefined) throw executorClosed();
    this.#opening ??= this.#openRuntime();
    return this.#opening;
  }

  async #openRuntime(): Promise<ExecutorRuntime> {
    try {
      this.#runtime = await openRuntime({
        ...this.#settings,
        strategies: this.#strategies.byKind,
        aggregates: this.#aggregates,
        tell: (event) => this.#tell(event),
        hold: this.#hold,
      });
      return this.#runtime;
    } catch (error) {
      // What is wrong with the folder may be mended: the next call tries again.
      this.#opening = undefined;
      throw error;
    }
  }

  /** For a call about one execution: one that is being started here comes first. */
  async #knowing(id: string): Promise<ExecutorRuntime> {
    const runtime = await this.#open();
    await this.#starting.get(id);
    return runtime;
  }

  /** Starts with the same id come one after the other: the second joins what the first has begun. */
  #enqueueStart(id: string, start: () => Promise<void>): Promise<void> {
    const before = this.#starting.get(id);
    const started = before === undefined ? start() : before.then(start);
    const settled = started
      .catch(() => undefined)
      .then(() => {
        if (this.#starting.get(id) === settled) this.#starting.delete(id);
      });
    this.#starting.set(id, settled);
    return started;
  }

  async #start(
    execution: string,
    task: string | TaskSource | TaskDefinition,
    given: TaskInput,
    isFresh: boolean,
  ): Promise<void> {
    if (!ID_PATTERN.test(execution)) throw executionIdInvalid(execution);
    const { executions } = await this.#open();
    const pinned = await this.#tasks.prepare(task);
    const { input, problems } = checkInput(pinned.definition, given);
    if (problems.length > 0) throw inputInvalid(pinned.definition.name, problems);
    await executions.start({ execution, pinned, input, isFresh });
  }

  #promised<Outputs extends object>(id: string, begun: Promise<unknown>): ExecutionPromise<Outputs> {
    const started = begun.then(() => undefined);
    // Whoever awaits the result hears of a failure there.
    started.catch(() => undefined);
    // The task says what its outputs are; the caller says so to the compiler.
    const result = this.#hold.during(this.#result(id, begun)) as Promise<ExecutionResult<Outputs>>;
    return Object.assign(result, { id, started });
  }

  async #result(id: string, begun: Promise<unknown>): Promise<ExecutionResult> {
    await begun;
    const { executions, embedded } = await this.#open();
    const result = await resultOf(await executions.over(id), embedded.store.artifacts);
    const failure = failureOf(result);
    if (failure !== undefined) throw failure;
    return result;
  }

  async #decide(id: string, kind: 'approve' | 'reject', said: DecisionOptions): Promise<void> {
    const { executions } = await this.#knowing(id);
    const { step } = approvalMeant(await executions.state(id), said.step);
    await executions.control(id, { kind, ...said, step });
  }

  #commandsFor(id: string): Commands {
    return {
      pause: (reason) => this.pauseExecution(id, reason),
      resume: () => this.resumeExecution(id),
      abort: (reason) => this.abortExecution(id, reason),
      rollBack: (request) => this.rollbackExecution(id, request),
    };
  }

  #tell(event: LifecycleEvent): void {
    this.#listeners.emit(event);
    // What agents and inputs say stays out of logs.
    const { type, id, phase, step, agent, attempt, duration, error } = event as Partial<AnyEvent> &
      LifecycleEvent;
    const level = type.startsWith('execution:') ? 'info' : 'debug';
    this.#settings.logger[level]({ id, phase, step, agent, attempt, duration, error }, type);
  }
}

/** The fields of events that are logged. */
interface AnyEvent {
  readonly phase: string;
  readonly step: string;
  readonly agent: string;
  readonly attempt: number;
  readonly duration: number;
  readonly error: unknown;
}
