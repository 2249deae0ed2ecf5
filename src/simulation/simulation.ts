import { isReminder } from '../../machines/approval.ts';
import { derivedSteps } from '../../machines/derived-steps.ts';
import type { RollbackRequest } from '../../machines/execution-context.ts';
import type { RecordType } from '../../machines/records.ts';
import type { Fold } from '../engine/fold.ts';
import type { LifecycleEvent } from '../engine/lifecycle.ts';
import { type PendingApproval, pendingApprovalsOf } from '../engine/pending-approvals.ts';
import { type ExecutionReport, reportOf } from '../engine/report.ts';
import { simulationNameUnknown, simulationRefused, simulationUnreached } from '../errors.ts';
import type { Attempt, ToldRecord } from '../history/story.ts';
import type { Json } from '../json.ts';
import { type ExecutionResult, resultOf } from '../library/execution-result.ts';
import { type RerunRequest, rerunOf } from '../library/rerun.ts';
import type { AgentRequest } from '../ports/agent-request.ts';
import type { Position, Source } from '../ports/event-log.ts';
import type { TaskDefinition } from '../task/definition.ts';
import { parseDuration } from '../task/duration.ts';
import { nearest } from '../task/nearest.ts';
import { isTemplate } from '../task/template.ts';
import type { Duration } from './agents/script.ts';
import type { CalmStage } from './calm-stage.ts';
import { Chronicle } from './chronicle.ts';
import { People, type ScriptedPeople } from './scripted-people.ts';
import { type ScriptedSignal, SignalSender } from './scripted-signal.ts';
import { standingOf } from './standing.ts';
import { traceOf } from './trace.ts';

/** States of a phase to wait for. */
export type PhaseState = 'running' | 'completed' | 'failed' | 'skipped' | 'cancelled';

/** States of a step to wait for: `running` is `claimed`; `asking`: a person is asked. */
export type StepState =
  | 'running'
  | 'offered'
  | 'claimed'
  | 'draining'
  | 'backingOff'
  | 'evaluating'
  | 'waiting'
  | 'asking'
  | 'verifying'
  | 'succeeded'
  | 'failed'
  | 'cancelled';

export interface InjectedRecord {
  readonly type: RecordType;
  readonly data?: Json | undefined;
  /** Default `control`. */
  readonly source?: Source | undefined;
  /** Default: a fresh one. */
  readonly id?: string | undefined;
}

/** What a person says with a decision. */
export interface Said {
  readonly by?: string | undefined;
  readonly comment?: string | undefined;
  /** Digest of what the person saw. */
  readonly subject?: string | undefined;
}

/** Steps through time without a record: an agent may sleep for ever, a test must not. */
const MOST_IDLE_STEPS = 100_000;

/**
 * One execution in virtual time. Time stands still but in `until…`, `advance` and `toEnd`; whatever needs no time has happened when a
 * method resolves.
 */
export class Simulation implements AsyncDisposable {
  readonly id: string;
  readonly #stage: CalmStage;
  readonly #definition: TaskDefinition;
  readonly #chronicle: Chronicle;
  readonly #sender: SignalSender;
  readonly #people: People;
  readonly #files: Map<string, string>;
  readonly #about: ConstructorParameters<typeof Simulation>[1];
  readonly #events: LifecycleEvent[] = [];
  readonly #requests: readonly AgentRequest[];
  readonly #startedAt: number;
  #readAt: Position = -1;
  #canMove: { readonly at: Position; readonly byItself: boolean } | undefined;

  /** For `simulate`. @param requests what agents are asked, as it grows */
  constructor(
    stage: CalmStage,
    about: {
      readonly id: string;
      readonly definition: TaskDefinition;
      readonly requests: readonly AgentRequest[];
      readonly signals: readonly ScriptedSignal[];
      readonly people: ScriptedPeople;
      readonly files: Map<string, string>;
    },
  ) {
    this.id = about.id;
    this.#about = about;
    this.#stage = stage;
    this.#definition = about.definition;
    this.#requests = about.requests;
    this.#startedAt = stage.now();
    this.#chronicle = new Chronicle(about.id, stage);
    this.#sender = new SignalSender(stage, about.id, about.signals);
    this.#people = new People(stage, about.id, about.people);
    this.#files = about.files;
    stage.listen((event) => this.#events.push(event));
  }

  /** Lets everything happen that happens at once. For `simulate`. */
  async begin(): Promise<void> {
    await this.#sendDue();
  }

  // --- moving ---

  /**
   * Moves until a phase is, or was, in a state.
   * @throws TroupeError `SIMULATION_UNREACHED` when it can no longer get there, `SIMULATION_NAME_UNKNOWN`
   */
  async untilPhase(name: string, state: PhaseState = 'completed'): Promise<void> {
    this.#assertKnown(
      'phase',
      name,
      this.#definition.phases.map((phase) => phase.name),
    );
    const hasReached = (): boolean => this.#chronicle.hasReached('phase', name, state);
    await this.#until(`see phase '${name}' ${state}`, hasReached, () => this.#hasLeftBehind(name, state));
  }

  /**
   * Moves until a step is, or was, in a state. In a `forEach` phase the run of item n is `ID_n`.
   * @throws TroupeError `SIMULATION_UNREACHED`, `SIMULATION_NAME_UNKNOWN`
   */
  async untilStep(id: string, state: StepState = 'succeeded'): Promise<void> {
    this.#assertStep(id);
    const wanted = state === 'running' ? 'claimed' : state === 'asking' ? 'pending' : state;
    await this.#until(`see step '${id}' ${state}`, () => this.#chronicle.hasReached('step', id, wanted));
  }

  /**
   * Moves until the execution is in a state: `running`, `pausing`, `paused`, `completed`, `failed`, `aborted`, `timedOut`, `suspended`, `rollingBack`, `rolledBack`.
   * @throws TroupeError `SIMULATION_UNREACHED`
   */
  async untilStatus(status: string): Promise<void> {
    this.#assertKnown('status', status, STATUSES);
    await this.#until(`be ${status}`, () => this.status === status);
  }

  /**
   * Moves until a step waits for the signal; `'approval'`, where no signal has that name: until a person is asked.
   * @throws TroupeError `SIMULATION_UNREACHED`, `SIMULATION_NAME_UNKNOWN`
   */
  async untilWaitingFor(signal: string): Promise<void> {
    const waits = this.#definition.phases.flatMap(({ steps }) =>
      steps.flatMap((step) => (step.kind === 'wait' ? [step.signal] : [])),
    );
    if (signal === 'approval' && !waits.includes(signal)) {
      await this.#until('ask a person', () => this.approvals.length > 0);
      return;
    }
    if (!waits.some(isTemplate)) this.#assertKnown('signal', signal, waits);
    await this.#until(`wait for the signal '${signal}'`, () => this.waitingFor.includes(signal));
  }

  /** Moves time by so much, ms or a duration such as `'3 days'`, and lets everything happen that is due meanwhile. */
  async advance(duration: Duration): Promise<void> {
    const until = this.now + (typeof duration === 'number' ? duration : parseDuration(duration));
    for (;;) {
      const planned = this.#nextAt;
      const target = Math.min(until, planned ?? until);
      while (await this.#stage.step(target));
      await this.#sendDue();
      if (this.now >= until && (this.#nextAt ?? Number.POSITIVE_INFINITY) > until) return;
    }
  }

  /**
   * Moves until the execution has ended, however.
   * @throws TroupeError `SIMULATION_UNREACHED` when it waits for something that will not come
   */
  async toEnd(): Promise<ExecutionReport> {
    await this.#until('come to its end', () => this.#fold.hasEnded);
    return this.report();
  }

  // --- acting ---

  /** Sends a signal. One that nobody waits for yet is kept. */
  async signal(name: string, payload: Json = null): Promise<void> {
    await this.#control('signal.sent', { name, payload }, `take the signal '${name}'`);
  }

  /** Grants what a step asks. `by`: default the first who may; `step` may be left out where one is asked. */
  async approve(step?: string, said: Said = {}): Promise<void> {
    await this.#decide('approval.granted', step, said, 'take the grant');
  }

  async reject(step?: string, said: Said = {}): Promise<void> {
    await this.#decide('approval.rejected', step, said, 'take the rejection');
  }

  /** Lets somebody else decide as well. */
  async delegate(step: string, to: string, said: Said = {}): Promise<void> {
    await this.#decide('approval.delegated', step, { ...said, to }, 'take the delegation');
  }

  /** A person finishes a step by hand. */
  async complete(
    step: string,
    output: Json,
    { by = 'somebody' }: { readonly by?: string } = {},
  ): Promise<void> {
    await this.#control('step.completed', { step, output, by }, `have step '${step}' completed`);
  }

  /** Changes a file that people approve. */
  write(path: string, text: string): void {
    this.#files.set(path, text);
  }

  /** A person votes in a consensus step: `{choice, reason}`, or as docs/consensus.md says. */
  async vote(step: string, by: string, vote: Json): Promise<void> {
    await this.#control('ballot.cast', { step, by, vote }, `take the vote of '${by}' on ${step}`);
  }

  /** Lets attempts at work come to their end and holds all else; `untilStatus('paused')` goes there. */
  async pause(reason?: string): Promise<void> {
    await this.#control('pause.requested', reason === undefined ? {} : { reason }, 'pause');
  }

  async resume(): Promise<void> {
    await this.#control('resume.requested', {}, 'resume');
  }

  /** Undoes what was done: up to a checkpoint, the runs of one step, or everything; `untilStatus('rolledBack')` goes to its end. */
  async rollBack(request: RollbackRequest = {}): Promise<void> {
    await this.#control('rollback.requested', { ...request } as Json, 'roll back');
  }

  async abort(reason?: string): Promise<void> {
    await this.#control('abort.requested', reason === undefined ? {} : { reason }, 'abort');
  }

  /** Tries again what failed. */
  async retry(): Promise<void> {
    await this.#control('retry.requested', {}, 'retry');
  }

  /** Appends any record, such as a forged or late report, and says what became of it: `refusal` is why it changed nothing. */
  async append({
    type,
    data = {},
    source = 'control',
    id = this.#stage.newId(),
  }: InjectedRecord): Promise<ToldRecord> {
    const record = await this.#stage.append({ id, execution: this.id, source, type, data });
    await this.#sendDue();
    return this.#chronicle.records.find((told) => told.record.position === record.position) ?? { record };
  }

  /**
   * Runs it again as another execution of the same world, as `troupe rerun` does; its agents are asked what is not kept. Signals and people
   * behave as they do here.
   *
   * @throws TroupeError `STEP_UNKNOWN`, `RERUN_NOT_POSSIBLE`, `INPUT_INVALID`
   * @param id of the new execution. Default: this one's and `-again`
   */
  async rerun(request: RerunRequest = {}, id = `${this.id}-again`): Promise<Simulation> {
    const start = rerunOf(this.#fold, request, id);
    const again = new Simulation(this.#stage, { ...this.#about, id });
    await this.#stage.start(start);
    await again.begin();
    return again;
  }

  /** The process dies without warning, with all that its agents were doing, and another one goes on from the log. */
  async restart(): Promise<void> {
    await this.#stage.restart();
    await this.#sendDue();
  }

  // --- looking ---

  /** Virtual time, in ms since 1970. */
  get now(): number {
    return this.#stage.now();
  }

  /** Since the start, up to now or to its end. */
  get elapsedMs(): number {
    return (this.#fold.context.endedAt ?? this.now) - this.#startedAt;
  }

  get status(): string {
    return this.#fold.status;
  }

  /** How it stands and what it waits for, in words. */
  get standing(): string {
    return standingOf(this.#fold, this.now).inWords;
  }

  /** As `troupe show --json` prints it. */
  report(): ExecutionReport {
    return reportOf(this.#fold, this.#fold.hasEnded ? 0 : this.now);
  }

  /** By name, once it has completed; those above 64 KiB are references. */
  get outputs(): ExecutionReport['outputs'] {
    return this.#fold.world.ledger.outputs ?? {};
  }

  /** What `TaskExecutor.execute` resolves with: the report, with every output in full, and each by its name. */
  result(): Promise<ExecutionResult> {
    return resultOf(this.#fold, this.#stage.sources.artifacts);
  }

  /** What a listener was told. */
  get events(): readonly LifecycleEvent[] {
    return this.#events;
  }

  /** The log, each record with what became of it. */
  records(): readonly ToldRecord[] {
    return this.#chronicle.records;
  }

  /** The log as one line a record, the same for the same seed; for snapshots. */
  trace(): string {
    return traceOf(this.#chronicle.records);
  }

  /** The attempts at a step, in order; without one, at all steps. */
  attempts(step?: string): readonly Attempt[] {
    if (step !== undefined) this.#assertStep(step);
    return this.#chronicle.attempts.filter((attempt) => step === undefined || attempt.step === step);
  }

  /** Ids of steps in the order in which they succeeded. */
  get order(): readonly string[] {
    return this.#chronicle.order;
  }

  /** What agents were asked, in order; of one role where it is named. */
  requests(role?: string): readonly AgentRequest[] {
    return this.#requests.filter(({ agent }) => role === undefined || agent === role);
  }

  /** Names of the signals that steps wait for now. */
  get waitingFor(): readonly string[] {
    const names: string[] = [];
    for (const actor of this.#fold.world.steps.values()) {
      const { value, context } = actor.getSnapshot() as { value: unknown; context: { signal?: string } };
      if (value === 'waiting' && context.signal !== undefined) names.push(context.signal);
    }
    return names;
  }

  /** What is asked of people now. */
  get approvals(): readonly PendingApproval[] {
    return pendingApprovalsOf(this.#fold);
  }

  /** Whether step `first` had succeeded before step `second` began. */
  ranBefore(first: string, second: string): boolean {
    this.#assertStep(first);
    this.#assertStep(second);
    const ended = this.#chronicle.succeededAt(first);
    const began = this.#chronicle.beganAt(second);
    return ended !== undefined && began !== undefined && ended < began;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sender.stop();
    await this.#stage[Symbol.asyncDispose]();
  }

  /** When the next signal is sent, or the next person speaks. */
  get #nextAt(): number | undefined {
    const times = [this.#sender.nextAt, this.#people.nextAt].filter((at) => at !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  async #decide(
    type: RecordType,
    step: string | undefined,
    said: Said & { to?: string },
    act: string,
  ): Promise<void> {
    const asked =
      step === undefined ? this.approvals[0] : this.approvals.find((approval) => approval.step === step);
    const by = said.by ?? asked?.people?.[0] ?? 'somebody';
    await this.#control(type, { ...said, step: step ?? asked?.step ?? '', by } as Json, act);
  }

  get #fold(): Fold {
    return this.#chronicle.fold;
  }

  async #until(goal: string, isMet: () => boolean, isLost: () => boolean = () => false): Promise<void> {
    let idle = 0;
    while (!isMet()) {
      const before = this.#readAt;
      if (this.#fold.hasEnded || isLost() || idle > MOST_IDLE_STEPS || !(await this.#move())) {
        const { inWords, hint } = standingOf(this.#fold, this.now);
        throw simulationUnreached(this.id, goal, inWords, hint);
      }
      idle = this.#readAt === before ? idle + 1 : 0;
    }
  }

  /** To the next moment at which something is due. False when nothing is that could concern the execution. */
  async #move(): Promise<boolean> {
    const planned = this.#nextAt;
    if (planned === undefined && !this.#movesByItself()) return false;
    if (planned !== undefined && planned <= (this.#stage.nextAt ?? planned))
      while (await this.#stage.step(planned));
    else await this.#stage.step(planned);
    await this.#sendDue();
    return true;
  }

  /** Whether time alone brings it on: an agent that sleeps, a deadline. Heartbeats and leases are no news. */
  #movesByItself(): boolean {
    if (this.#stage.nextAt === undefined) return false;
    if (this.#stage.sleeping > 0) return true;
    if (this.#canMove?.at !== this.#readAt) {
      const byItself = this.#fold.owed().some(({ kind, id }) => kind === 'timer' && !isReminder(id));
      this.#canMove = { at: this.#readAt, byItself };
    }
    return this.#canMove?.byItself === true;
  }

  /** Sends the signals whose time has come, and reads what the log has now. */
  async #sendDue(): Promise<void> {
    for (;;) {
      await this.#sender.sendDue();
      await this.#people.sendDue();
      const { position } = this.#stage;
      if (position === this.#readAt) return;
      await this.#chronicle.catchUp();
      this.#readAt = position;
      this.#people.see(this.#fold);
    }
  }

  async #control(type: RecordType, data: Json, act: string): Promise<void> {
    const { refusal } = await this.append({ type, data });
    if (refusal === undefined) return;
    const { inWords } = standingOf(this.#fold, this.now);
    throw simulationRefused(
      this.id,
      act,
      refusal === 'signal-misfit' ? 'its payload does not fit the schema.' : inWords,
    );
  }

  /** A phase that has ended otherwise comes back with `retry` only. */
  #hasLeftBehind(name: string, state: PhaseState): boolean {
    const standing = this.#fold.context.phases[name];
    return standing !== undefined && standing !== 'waiting' && standing !== 'admitted' && standing !== state;
  }

  #assertStep(id: string): void {
    const steps = this.#definition.phases.flatMap(({ steps: all }) =>
      all.flatMap((step) => [step.id, ...derivedSteps(step).map(({ id: own }) => own)]),
    );
    const base = id.replace(/_\d+$/, '');
    if (!steps.includes(id) && !steps.includes(base)) this.#assertKnown('step', id, steps);
  }

  #assertKnown(kind: string, name: string, known: readonly string[]): void {
    if (known.includes(name)) return;
    throw simulationNameUnknown(this.#definition.name, kind, name, known, nearest(name, known));
  }
}

const STATUSES = [
  ...['running', 'pausing', 'paused', 'completed', 'failed', 'aborted', 'timedOut', 'suspended'],
  ...['rollingBack', 'rolledBack'],
];
