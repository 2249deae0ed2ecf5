import type { NatsSpace } from '../adapters/nats/space.ts';
import { systemClock } from '../adapters/system/clock.ts';
import { systemRandom } from '../adapters/system/random.ts';
import type { Fold } from '../engine/fold.ts';
import { loadFold, type Sources } from '../engine/load.ts';
import { type PendingApproval, pendingApprovalsOf } from '../engine/pending-approvals.ts';
import { Pins } from '../engine/pins.ts';
import { taskRules } from '../engine/rules.ts';
import { executionIdInvalid, executionUnknown, inputInvalid } from '../errors.ts';
import type { Json } from '../json.ts';
import type { TaskSource } from '../task/define.ts';
import { ID_PATTERN, type TaskDefinition } from '../task/definition.ts';
import { checkInput } from '../task/requirements.ts';
import { activeTraceparent } from '../telemetry/load.ts';
import { approvalMeant, type Control, refusalOf, sendControl } from './controls.ts';
import type { DecisionOptions } from './decision-options.ts';
import { type ExecutionResult, failureOf, resultOf } from './execution-result.ts';
import { readOptions, type TaskExecutorOptions } from './executor-options.ts';
import type { NatsAccess } from './nats-access.ts';
import { PreparedTasks } from './prepared-tasks.ts';
import { type RerunRequest, rerunOf } from './rerun.ts';
import { submitExecution } from './submit.ts';
import type { TaskInput } from './task-executor.ts';

export interface TroupeClientOptions
  extends NatsAccess,
    Pick<TaskExecutorOptions, 'tasksDir' | 'agentsDir' | 'agents' | 'logger' | 'groups'> {}

export interface SubmitTaskOptions {
  /**
   * The execution's id, `[A-Za-z0-9_-]{1,64}`; given again, with the same task and input, it is the execution that is there.
   * Default: a new one.
   */
  readonly id?: string | undefined;
  /** W3C trace context of the caller, which agents get theirs from. */
  readonly traceparent?: string | undefined;
}

/** How often it is looked in the log whether an execution has ended whose end was told while nobody heard it. */
const LOOK_AGAIN_MS = 5_000;

type Told = { readonly [name: string]: Json | undefined };

interface Ending {
  /** Resolves when an end was told, with the outputs of one that completed, or when it is time to look. */
  told(): Promise<Told | undefined>;
  stop(): void;
}

const COMPLETE = 'execution-complete';

/** Names of events after which an execution does not go on by itself. */
const ENDS = new Set([
  COMPLETE,
  'execution-error',
  'execution-timeout',
  'execution-aborted',
  'execution-rolledback',
  'execution-suspended',
]);

/**
 * Starts tasks in a namespace on NATS and waits for them; orchestrators (`troupe up`) drive them and agent hosts
 * (`troupe agent`) do the work, wherever they are. Agents given here are only names that tasks may use.
 */
export class TroupeClient implements AsyncDisposable {
  readonly #space: NatsSpace;
  readonly #tasks: PreparedTasks;
  readonly #pins: Pins;

  /** Throws NATS_UNREACHABLE, NATS_REFUSED, NATS_UNSUITABLE, NAMESPACE_INVALID. */
  static async connect(options: TroupeClientOptions): Promise<TroupeClient> {
    const { nats, namespace, credentials, ca, cert, key } = options;
    const { openNatsSpace } = await import('../adapters/nats/space.ts');
    const access = { url: nats, namespace, credentials, ca, cert, key };
    const space = await openNatsSpace({
      ...access,
      role: 'client',
      name: 'troupe client',
      clock: systemClock,
      random: systemRandom,
    });
    return new TroupeClient(space, options);
  }

  private constructor(space: NatsSpace, options: TroupeClientOptions) {
    this.#space = space;
    this.#pins = new Pins(space.artifacts);
    this.#tasks = new PreparedTasks({ ...readOptions(options), kinds: () => [], aggregates: () => [] });
  }

  /**
   * Starts a task; resolves with the execution's id once the start is durable.
   *
   * Rejects with TASK_UNKNOWN, DEFINITION_INVALID, AGENT_UNKNOWN, AGENT_FILE_INVALID, INPUT_INVALID, EXECUTION_ID_INVALID,
   * EXECUTION_EXISTS, and the errors of NATS.
   */
  async submit(
    task: string | TaskSource | TaskDefinition,
    input: TaskInput = {},
    { id, traceparent }: SubmitTaskOptions = {},
  ): Promise<string> {
    const execution = id ?? systemRandom.id();
    if (!ID_PATTERN.test(execution)) throw executionIdInvalid(execution);
    await this.#submit(execution, task, input, { traceparent, isFresh: id === undefined });
    return execution;
  }

  async #submit(
    execution: string,
    task: string | TaskSource | TaskDefinition,
    input: TaskInput,
    { traceparent, isFresh }: { readonly traceparent: string | undefined; readonly isFresh: boolean },
  ): Promise<void> {
    const pinned = await this.#tasks.prepare(task);
    const { input: checked, problems } = checkInput(
      pinned.definition,
      input as { readonly [field: string]: Json },
    );
    if (problems.length > 0) throw inputInvalid(pinned.definition.name, problems);
    const { log, artifacts } = this.#space.storeOf(execution);
    const started = { traceparent: traceparent ?? (await activeTraceparent()), isFresh };
    await submitExecution(
      { execution, pinned, input: checked, ...started },
      { log, artifacts, random: systemRandom, pins: this.#pins },
    );
  }

  /**
   * Resolves with the result once the execution has completed.
   *
   * Rejects with EXECUTION_FAILED, EXECUTION_ABORTED, EXECUTION_TIMED_OUT or EXECUTION_SUSPENDED, each with `result`; with
   * EXECUTION_UNKNOWN, and the errors of NATS.
   */
  async result<Outputs extends object = { readonly [name: string]: unknown }>(
    execution: string,
  ): Promise<ExecutionResult<Outputs>> {
    const ending = this.#listenForEnd(execution);
    try {
      return await this.#resultOf<Outputs>(execution, ending, { isNew: false });
    } finally {
      ending.stop();
    }
  }

  /** Starts a task and waits for its result; see {@link submit} and {@link result}. */
  async execute<Outputs extends object = { readonly [name: string]: unknown }>(
    task: string | TaskSource | TaskDefinition,
    input: TaskInput = {},
    { id, traceparent }: SubmitTaskOptions = {},
  ): Promise<ExecutionResult<Outputs>> {
    const execution = id ?? systemRandom.id();
    if (!ID_PATTERN.test(execution)) throw executionIdInvalid(execution);
    // Listening begins before the start, so the end cannot be missed.
    const ending = this.#listenForEnd(execution);
    try {
      await this.#submit(execution, task, input, { traceparent, isFresh: id === undefined });
      return await this.#resultOf<Outputs>(execution, ending, { isNew: id === undefined });
    } finally {
      ending.stop();
    }
  }

  /**
   * Starts a task and waits for its outputs alone, as the orchestrator tells them: nothing is read from the log unless they were
   * told in vain. Values above 64 KiB are references. Rejects as {@link result} does.
   */
  async outputsOf(
    task: string | TaskSource | TaskDefinition,
    input: TaskInput = {},
    { traceparent }: Pick<SubmitTaskOptions, 'traceparent'> = {},
  ): Promise<{ readonly [name: string]: Json | undefined }> {
    const execution = systemRandom.id();
    const ending = this.#listenForEnd(execution);
    try {
      await this.#submit(execution, task, input, { traceparent, isFresh: true });
      const told = await ending.told();
      return told ?? (await this.#resultOf(execution, ending, { isNew: false })).outputs;
    } finally {
      ending.stop();
    }
  }

  /**
   * Asks something of an execution: pause, resume, abort, retry, a checkpoint, a signal. Resolves when that is recorded.
   *
   * Rejects with EXECUTION_UNKNOWN, NOT_POSSIBLE_NOW, SIGNAL_MISFIT.
   */
  async control(execution: string, control: Control): Promise<void> {
    const { log } = this.#space.storeOf(execution);
    await sendControl(execution, control, { sources: this.#sourcesOf(execution), log, random: systemRandom });
  }

  /**
   * Sends a signal without looking at the execution first: resolves when it is recorded, whether or not anything waits for it.
   * {@link control} says so, and costs a reading of the execution's log.
   */
  async signal(execution: string, name: string, payload: Json = null): Promise<void> {
    const { log } = this.#space.storeOf(execution);
    const data = { name, payload };
    const id = systemRandom.id();
    await log.append({ id, execution, source: 'control', type: 'signal.sent', data });
  }

  /**
   * Runs an execution again, as a new one with the same definition and agents: from a step on, keeping what comes before it, or with
   * another input. Resolves with its id once the start is durable.
   *
   * Rejects with EXECUTION_UNKNOWN, STEP_UNKNOWN, RERUN_NOT_POSSIBLE, INPUT_INVALID, EXECUTION_ID_INVALID, EXECUTION_EXISTS.
   */
  async rerun(
    of: string,
    { id, traceparent, ...request }: RerunRequest & SubmitTaskOptions = {},
  ): Promise<string> {
    const execution = id ?? systemRandom.id();
    if (!ID_PATTERN.test(execution)) throw executionIdInvalid(execution);
    const start = rerunOf(await this.#state(of), request, execution);
    const { log, artifacts } = this.#space.storeOf(execution);
    await submitExecution(
      { ...start, traceparent, isFresh: id === undefined },
      { log, artifacts, random: systemRandom, pins: this.#pins },
    );
    return execution;
  }

  /** What an execution asks people, oldest first. Rejects with EXECUTION_UNKNOWN. */
  async pendingApprovals(execution: string): Promise<readonly PendingApproval[]> {
    return pendingApprovalsOf(await this.#state(execution));
  }

  /**
   * Grants what an execution asks, in the name of `by`; see {@link DecisionOptions}. Resolves when that is recorded and taken.
   *
   * Rejects with EXECUTION_UNKNOWN, NOT_POSSIBLE_NOW, NOTHING_TO_APPROVE, APPROVAL_AMBIGUOUS, NOT_ENTITLED, SUBJECT_CHANGED,
   * DECISION_REFUSED.
   */
  async approve(execution: string, decision: DecisionOptions): Promise<void> {
    await this.#decide(execution, 'approve', decision);
  }

  /** Says no; as {@link approve}. */
  async reject(execution: string, decision: DecisionOptions): Promise<void> {
    await this.#decide(execution, 'reject', decision);
  }

  /** Finishes a step by hand. Rejects as {@link approve}, and with STEP_NOT_LIVE, OUTPUT_MISFIT. */
  async completeStep(
    execution: string,
    step: string,
    output: Json,
    { by }: { readonly by: string },
  ): Promise<void> {
    await this.#take(execution, { kind: 'complete', step, output, by });
  }

  async #decide(
    execution: string,
    kind: 'approve' | 'reject',
    { step, ...said }: DecisionOptions,
  ): Promise<void> {
    const meant = approvalMeant(await this.#state(execution), step);
    await this.#take(execution, { kind, step: meant.step, ...said });
  }

  async #take(execution: string, control: Control): Promise<void> {
    const { log } = this.#space.storeOf(execution);
    const tools = { sources: this.#sourcesOf(execution), log, random: systemRandom };
    const { applied, fold } = await sendControl(execution, control, tools);
    if (!applied.accepted) throw refusalOf(execution, control, applied.reason, fold.status);
  }

  async #state(execution: string): Promise<Fold> {
    const fold = await loadFold(execution, this.#sourcesOf(execution));
    if (fold === undefined) throw executionUnknown(execution);
    return fold;
  }

  /** Hears when executions have ended, all of the namespace, by their ids; ends that were told while nobody heard are not told again. */
  onEnd(listener: (execution: string) => void): () => void {
    return this.#space.listen(undefined, (name, data) => {
      const { id } = data as { readonly id?: unknown };
      if (ENDS.has(name) && typeof id === 'string') listener(id);
    });
  }

  async close(): Promise<void> {
    await this.#space.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #resultOf<Outputs extends object>(
    execution: string,
    ending: Ending,
    { isNew }: { readonly isNew: boolean },
  ): Promise<ExecutionResult<Outputs>> {
    if (isNew) await ending.told();
    for (;;) {
      const fold = await loadFold(execution, this.#sourcesOf(execution));
      if (fold === undefined) throw executionUnknown(execution);
      if (fold.hasEnded || fold.status === 'suspended') {
        const result = await resultOf(fold, this.#space.artifacts);
        const failure = failureOf(result);
        if (failure !== undefined) throw failure;
        return result as ExecutionResult<Outputs>;
      }
      await ending.told();
    }
  }

  /** What is told is a hint to look into the log; what was told while nobody was connected is looked for from time to time. */
  #listenForEnd(execution: string): Ending {
    let said: { readonly outputs: Told | undefined } | undefined;
    let wake: () => void = () => undefined;
    const stopListening = this.#space.listen(execution, (name, data) => {
      if (!ENDS.has(name)) return;
      said = { outputs: name === COMPLETE ? (data as { readonly outputs?: Told }).outputs : undefined };
      wake();
    });
    const stopWatching = this.#space.onReconnect(() => {
      said ??= { outputs: undefined };
      wake();
    });
    const stop = (): void => {
      stopListening();
      stopWatching();
    };
    const told = async (): Promise<Told | undefined> => {
      if (said === undefined) {
        await new Promise<void>((resolve) => {
          const cancel = systemClock.schedule(LOOK_AGAIN_MS, resolve);
          wake = () => {
            cancel();
            resolve();
          };
        });
      }
      const { outputs } = said ?? {};
      said = undefined;
      return outputs;
    };
    return { told, stop };
  }

  #sourcesOf(execution: string): Sources {
    const { log, snapshots, artifacts } = this.#space.storeOf(execution);
    return { log, snapshots, artifacts, pins: this.#pins, rules: taskRules };
  }
}
