import { hash } from 'node:crypto';
import type { Effect } from '../../machines/effects.ts';
import type { RecordType } from '../../machines/records.ts';
import type { Rules } from '../../machines/world.ts';
import { executionExists, executionMovedOn, executionUnknown, notTheOwner } from '../errors.ts';
import type { Json } from '../json.ts';
import type { AttemptReport } from '../ports/agent-request.ts';
import type {
  ClaimAnswer,
  ClaimDesk,
  ClaimRequest,
  Heartbeat,
  HeartbeatAnswer,
} from '../ports/claim-desk.ts';
import type { LogFollower, LogRecord, NewRecord, Position, Subscription } from '../ports/event-log.ts';
import type { AggregateRegistry } from '../task/aggregate.ts';
import { evaluateSubject, type StepStrategy } from './evaluate.ts';
import { toStepError } from './evaluation-failure.ts';
import { type Applied, FOLD_VERSION, Fold } from './fold.ts';
import { FoldFailure } from './fold-failure.ts';
import { Leases } from './leases.ts';
import { changesSince, type LifecycleEvent, standingOf, stepEventOf } from './lifecycle.ts';
import { loadFold, type Sources } from './load.ts';
import { digestOf, type Pinned } from './pinned.ts';
import { Pins } from './pins.ts';
import { Resident } from './resident.ts';
import { taskRules } from './rules.ts';
import type { EngineSurroundings } from './surroundings.ts';
import { Timers } from './timers.ts';
import { inlineOrStored } from './values.ts';
import { agentStepOf, buildRequest, type Rendered, renderWork } from './work.ts';

export interface EngineOptions extends EngineSurroundings {
  /** Replaces the task language's rules; for tests. */
  readonly rules?: Rules | undefined;
  /** Step kinds by name, see `registerStepStrategy`. */
  readonly strategies?: ReadonlyMap<string, StepStrategy> | undefined;
  readonly aggregates?: AggregateRegistry | undefined;
  /** How long a claim holds without a heartbeat, in ms. Default 30,000. */
  readonly leaseMs?: number | undefined;
  /** Agents run in the owner's own process, so a claim that a gone process left behind is void at once. Default true. */
  readonly hostsDieWithOwner?: boolean | undefined;
  /** Take over executions that other processes start or wake and nobody drives. Default false. */
  readonly adoptsOthers?: boolean | undefined;
}

export interface StartRequest {
  readonly execution: string;
  readonly pinned: Pinned;
  readonly input: Json;
}

/** A running execution's first effects may not have been carried out when {@link Engine.begin} returns. */
export interface Begun {
  readonly execution: string;
  /** False when an execution of this id, task and input was there already. */
  readonly isNew: boolean;
}

const DEFAULT_LEASE_MS = 30_000;

/**
 * The loop: reads the log in order, folds each record into its execution, and carries out what the state owes.
 *
 * 1. The log speaks first: what this process appends is folded only when the log hands it back, so its order is the log's.
 * 2. Nothing leaves the process before the records that caused it are durable. Only offers go out while a commit is open, since
 *    a claim they lead to is itself a record of that same commit, and work starts after it.
 * 3. Every effect may be carried out again: after a crash, a restore or a resume the state says what is owed.
 */
export class Engine implements LogFollower, ClaimDesk {
  readonly #options: EngineOptions;
  readonly #sources: Sources;
  readonly #leaseMs: number;
  readonly #residents = new Map<string, Resident>();
  /** Owned executions that wait for a record and are not in memory. */
  readonly #parked = new Set<string>();
  readonly #timers: Timers;
  readonly #leases: Leases;
  readonly #claims = new Map<string, ClaimInFlight>();
  readonly #controls = new Map<string, (applied: Applied) => void>();
  readonly #cancelListeners = new Map<string, (beat: Heartbeat, reason: string) => void>();
  readonly #listeners = new Set<(event: LifecycleEvent) => void>();
  readonly #endings = new Map<string, Ending>();
  #subscription: Subscription | undefined;
  /** Work to do once the open commit is durable, in order. */
  #afterCommit: (() => void)[] = [];
  readonly #touched = new Set<Resident>();
  #stopped = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#leaseMs = options.leaseMs ?? DEFAULT_LEASE_MS;
    const { log, snapshots, artifacts } = options.store;
    this.#sources = {
      log,
      snapshots,
      artifacts,
      pins: new Pins(artifacts),
      rules: options.rules ?? taskRules,
    };
    this.#timers = new Timers(options.clock, (execution, timerId) => this.#timerDue(execution, timerId));
    this.#leases = new Leases(options.clock, this.#leaseMs, ({ execution, step, attempt, fence }) =>
      this.#appendEngine(execution, 'claim.expired', {
        step,
        attempt,
        fence,
        reason: 'The host sent no heartbeat in time.',
      }),
    );
  }

  /** Where states are read from; for viewers that only look. */
  get sources(): Sources {
    return this.#sources;
  }

  get isIdle(): boolean {
    return this.#residents.size === 0 && this.#parked.size === 0;
  }

  /** Owned executions: in memory, and parked. */
  get owned(): { readonly resident: number; readonly parked: number } {
    return { resident: this.#residents.size, parked: this.#parked.size };
  }

  async start(): Promise<void> {
    if (this.#subscription !== undefined) return;
    const head = await this.#options.store.log.head();
    this.#subscription = this.#options.store.log.follow(this, head);
  }

  /** Stops folding and carrying out; executions stay as the log has them. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#timers.stop();
    this.#leases.stop();
    await this.#subscription?.stop();
    for (const resident of this.#residents.values()) resident.abort.abort();
    const owned = [...this.#residents.keys(), ...this.#parked];
    this.#residents.clear();
    this.#parked.clear();
    await Promise.all(owned.map((execution) => this.#options.store.ownership.release(execution)));
    for (const [execution, ending] of this.#endings) ending.reject(executionMovedOn(execution));
    this.#endings.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** @returns how to stop listening */
  listen(listener: (event: LifecycleEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tellAll(events: readonly LifecycleEvent[]): void {
    for (const event of events) this.tell(event);
  }

  /** Tells listeners of something that never enters the log, such as an agent's progress. */
  tell(event: LifecycleEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#options.logger?.error({ err: error, event: event.type }, 'a listener failed');
      }
    }
  }

  /**
   * Starts an execution and owns it. Idempotent: the same id with the same task and input is attached to, adopting it when its
   * owner is gone.
   * @throws EXECUTION_EXISTS when the id belongs to another task or input
   */
  async begin({ execution, pinned, input }: StartRequest): Promise<Begun> {
    const { store } = this.#options;
    const indexed = await this.#sources.pins.pin(pinned);
    const inputDigest = digestOf(input);
    const known = this.#residents.has(execution) || this.#parked.has(execution);
    if (known || (await store.log.read(execution, { limit: 1 })).length > 0) {
      await this.#assertSame(execution, indexed.definition, inputDigest);
      if (!known) await this.adopt(execution);
      return { execution, isNew: false };
    }
    const resident = new Resident(execution, { pinned: indexed, input });
    this.#residents.set(execution, resident);
    const stored = await inlineOrStored(input, store.artifacts);
    const { definition } = indexed;
    const taking = store.ownership.take(execution);
    const appending = store.log.append({
      id: this.#options.random.id(),
      execution,
      source: 'control',
      type: 'execution.started',
      data: {
        foldVersion: FOLD_VERSION,
        pinned: indexed.digest,
        task: { name: definition.name, version: definition.version },
        inputDigest,
        input: stored,
      },
    });
    try {
      const [taken] = await Promise.all([taking, appending]);
      if (!taken.taken) throw notTheOwner(execution, taken.by);
    } catch (error) {
      this.#residents.delete(execution);
      throw error;
    }
    return { execution, isNew: true };
  }

  /**
   * Takes an execution that no living process owns, reads it from the log and goes on with it.
   * @throws EXECUTION_UNKNOWN, NOT_THE_OWNER
   */
  async adopt(execution: string): Promise<void> {
    if (this.#residents.has(execution) || this.#parked.has(execution)) return;
    const taken = await this.#options.store.ownership.take(execution);
    if (!taken.taken) throw notTheOwner(execution, taken.by);
    await this.#options.store.ownership.markLive(execution);
    const resident = new Resident(execution);
    this.#residents.set(execution, resident);
    await this.#options.store.processGroups.killLeftovers(execution);
    await this.#load(resident);
    if (this.#residents.get(execution) !== resident) return;
    if (resident.fold === undefined) {
      this.#residents.delete(execution);
      await this.#options.store.ownership.markEnded(execution);
      throw executionUnknown(execution);
    }
  }

  /** Adopts every execution that nobody alive drives; returns those that were taken. */
  async adoptOrphans(): Promise<readonly string[]> {
    const taken: string[] = [];
    for (const execution of await this.#options.store.ownership.orphans()) {
      if (this.#residents.has(execution) || this.#parked.has(execution)) continue;
      try {
        await this.adopt(execution);
        taken.push(execution);
      } catch (error) {
        this.#options.logger?.warn({ execution, err: error }, 'could not adopt the execution');
      }
    }
    return taken;
  }

  /** Resolves with the folded state once the execution has ended and nothing of it runs any more. */
  ended(execution: string): Promise<Fold> {
    const known = this.#endings.get(execution);
    if (known !== undefined) return known.promise;
    const ending = createEnding();
    this.#endings.set(execution, ending);
    if (!this.#residents.has(execution) && !this.#parked.has(execution)) {
      this.#endings.delete(execution);
      void this.state(execution).then((fold) => {
        if (fold?.hasEnded) ending.resolve(fold);
        else ending.reject(executionMovedOn(execution));
      }, ending.reject);
    }
    return ending.promise;
  }

  /** The present state, read from memory when it is owned and awake, else from the log. */
  async state(execution: string): Promise<Fold | undefined> {
    return this.#residents.get(execution)?.fold ?? loadFold(execution, this.#sources);
  }

  /** The state in memory, when the execution is owned and awake; for listeners, in the turn in which they are told. */
  present(execution: string): Fold | undefined {
    return this.#residents.get(execution)?.fold;
  }

  /** Appends a control record; for an owned execution the answer says whether the fold took it. */
  async control(execution: string, type: RecordType, data: Json): Promise<Applied | undefined> {
    const record = this.#newRecord(execution, 'control', type, data);
    const isOwned = this.#residents.has(execution) || this.#parked.has(execution);
    const answer = isOwned
      ? new Promise<Applied>((resolve) => this.#controls.set(record.id, resolve))
      : Promise.resolve(undefined);
    try {
      await this.#options.store.log.append(record);
    } catch (error) {
      this.#controls.delete(record.id);
      throw error;
    }
    return answer;
  }

  // --- the log's side -------------------------------------------------------------------------------------------------

  fold(records: readonly LogRecord[]): void {
    for (const record of records) {
      const resident = this.#residents.get(record.execution);
      if (resident !== undefined) this.#take(resident, record);
      else if (this.#parked.has(record.execution)) this.#wake(record);
      else if (this.#options.adoptsOthers === true && record.source === 'control')
        this.#consider(record.execution);
    }
  }

  durable(_position: Position): void {
    const work = this.#afterCommit;
    this.#afterCommit = [];
    for (const act of work) act();
    for (const resident of this.#touched) {
      resident.touched = false;
      this.#settle(resident);
    }
    this.#touched.clear();
  }

  retracted(_position: Position, cause: unknown): void {
    this.#options.logger?.warn({ err: cause }, 'a commit failed; reading the executions again');
    this.#afterCommit = [];
    for (const resident of this.#touched) {
      resident.touched = false;
      void this.#load(resident);
    }
    this.#touched.clear();
  }

  #take(resident: Resident, record: LogRecord): void {
    if (resident.fold === undefined) {
      if (!this.#beginHere(resident, record)) resident.buffer.push(record);
      return;
    }
    this.#apply(resident, resident.fold, record);
  }

  /** Folds the start of an execution that this process started; false when it must be read from the log. */
  #beginHere(resident: Resident, record: LogRecord): boolean {
    const { start } = resident;
    if (start === undefined || record.type !== 'execution.started') return false;
    if ((record.data as { pinned?: string }).pinned !== start.pinned.digest) {
      // Somebody else started this id with another definition; `begin` will say so.
      void this.#load(resident);
      return false;
    }
    const fold = Fold.begin(record, start.pinned, start.input, this.#sources.rules);
    resident.fold = fold;
    this.#observe(resident, fold, record);
    this.#carryOut(resident, fold, fold.drain());
    this.#touch(resident);
    return true;
  }

  #apply(resident: Resident, fold: Fold, record: LogRecord): void {
    let applied: Applied;
    try {
      applied = fold.apply(record);
    } catch (failure) {
      if (!(failure instanceof FoldFailure)) throw failure;
      this.#options.logger?.error(
        { err: failure, execution: resident.execution },
        'a record cannot be folded',
      );
      this.#afterCommit.push(() => void this.#load(resident));
      resident.fold = undefined;
      return;
    }
    this.#touch(resident);
    this.#follow(resident, fold, record, applied);
    if (applied.accepted) this.#observe(resident, fold, record);
    this.#carryOut(resident, fold, fold.drain());
  }

  /** What the engine itself was waiting to hear. */
  #follow(resident: Resident, fold: Fold, record: LogRecord, applied: Applied): void {
    switch (record.type) {
      case 'step.claimed': {
        const { claimId, step, attempt } = record.data as { claimId: string; step: string; attempt: number };
        if (applied.accepted) {
          this.#leases.grant({
            execution: record.execution,
            step,
            attempt,
            fence: record.position,
            leaseMs: this.#leaseMs,
          });
        }
        const claim = this.#claims.get(claimId);
        if (claim !== undefined)
          this.#afterCommit.push(() => this.#answerClaim(resident, fold, claim, record, applied));
        return;
      }
      case 'step.succeeded':
      case 'step.failed':
      case 'claim.released':
        if (applied.accepted) this.#leases.drop((record.data as { fence: number }).fence);
        return;
      default: {
        const answer = this.#controls.get(record.id);
        if (answer === undefined) return;
        this.#controls.delete(record.id);
        this.#afterCommit.push(() => answer(applied));
      }
    }
  }

  #observe(resident: Resident, fold: Fold, record: LogRecord): void {
    const before = resident.standing;
    if (this.#listeners.size > 0) {
      const step = stepEventOf(fold, record);
      if (step !== undefined) this.#afterCommit.push(() => this.tell(step));
      const events = changesSince(before, fold, record);
      if (events.length > 0) this.#afterCommit.push(() => this.#tellAll(events));
    }
    if (before === undefined || before.status !== fold.status || before.phases !== fold.context.phases) {
      resident.standing = standingOf(fold);
    }
  }

  #touch(resident: Resident): void {
    if (resident.touched) return;
    resident.touched = true;
    this.#touched.add(resident);
  }

  // --- effects --------------------------------------------------------------------------------------------------------

  #carryOut(resident: Resident, fold: Fold, effects: readonly Effect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'offer':
          this.#offer(resident, fold, effect);
          break;
        case 'timer':
          this.#timers.arm(resident.execution, effect.id, effect.dueAt);
          break;
        case 'cancel':
          this.#afterCommit.push(() => this.#cancel(resident, effect));
          break;
        case 'evaluate':
          this.#afterCommit.push(() => void this.#evaluate(resident, effect));
          break;
      }
    }
  }

  #offer(resident: Resident, fold: Fold, effect: Extract<Effect, { kind: 'offer' }>): void {
    const { execution } = resident;
    if (!fold.pinned.agentsByRole.has(effect.role)) {
      const known = [...fold.pinned.agentsByRole.keys()].join(', ');
      const message = `No agent is named "${effect.role}". The execution knows: ${known}.`;
      this.#offerFailed(execution, effect, new Error(message));
      return;
    }
    let rendered: Rendered | Promise<Rendered>;
    try {
      rendered = renderWork(fold, effect.step, this.#options.store.artifacts);
    } catch (error) {
      this.#offerFailed(execution, effect, error);
      return;
    }
    const offer = (work: Rendered): void => {
      resident.rendered.set(effect.id, work);
      const { id, step, attempt, role, priority } = effect;
      this.#options.queue.offer({ id, execution, step, attempt, role, priority, pinned: fold.pinned.digest });
    };
    if (rendered instanceof Promise)
      rendered.then(offer, (error: unknown) => this.#offerFailed(execution, effect, error));
    else offer(rendered);
  }

  #offerFailed(
    execution: string,
    { step, attempt }: { step: string; attempt: number },
    cause: unknown,
  ): void {
    this.#appendEngine(execution, 'offer.failed', { step, attempt, error: { ...toStepError(cause) } });
  }

  #cancel(
    resident: Resident,
    { step, attempt, fence, host, reason }: Extract<Effect, { kind: 'cancel' }>,
  ): void {
    const listener = this.#cancelListeners.get(host);
    listener?.({ execution: resident.execution, step, attempt, fence }, reason);
  }

  async #evaluate(resident: Resident, effect: Extract<Effect, { kind: 'evaluate' }>): Promise<void> {
    const { fold, execution } = resident;
    if (fold === undefined || resident.evaluating.has(effect.id)) return;
    resident.evaluating.add(effect.id);
    const { artifacts } = this.#options.store;
    const tools = {
      artifacts,
      strategies: this.#options.strategies ?? new Map(),
      aggregates: this.#options.aggregates,
      signal: resident.abort.signal,
    };
    try {
      const value = await evaluateSubject(fold, effect.subject, tools);
      const output = await storeLarge(effect, value, artifacts);
      this.#appendEngine(execution, 'evaluation.completed', { evaluationId: effect.id, output });
    } catch (error) {
      this.#appendEngine(execution, 'evaluation.failed', {
        evaluationId: effect.id,
        error: { ...toStepError(error) },
      });
    } finally {
      resident.evaluating.delete(effect.id);
    }
  }

  #timerDue(execution: string, timerId: string): void {
    const fold = this.#residents.get(execution)?.fold;
    if (fold === undefined && !this.#residents.has(execution) && !this.#parked.has(execution)) return;
    // A deadline that the state no longer holds is nobody's business any more.
    if (fold !== undefined && !fold.owes(timerId)) return;
    this.#appendEngine(execution, 'timer.fired', { timerId });
  }

  // --- claims ---------------------------------------------------------------------------------------------------------

  claim(request: ClaimRequest): Promise<ClaimAnswer> {
    const asked = this.#claims.get(request.claimId);
    if (asked !== undefined) return asked.answer;
    const token = this.#options.random.token();
    const claim = createClaim(request, token);
    this.#claims.set(request.claimId, claim);
    const { execution, step, attempt, claimId, host, role } = request;
    const tokenDigest = hash('sha256', token);
    const data = { step, attempt, claimId, host, role, tokenDigest, leaseMs: this.#leaseMs };
    this.#options.store.log
      .append(this.#newRecord(execution, 'engine', 'step.claimed', data))
      .catch((error: unknown) => {
        this.#claims.delete(claimId);
        claim.resolve({ kind: 'refused', reason: `The claim could not be written: ${String(error)}` });
      });
    return claim.answer;
  }

  /** From folded, durable state only: the claim may have been cancelled in the very commit that took it. */
  #answerClaim(
    resident: Resident,
    fold: Fold,
    claim: ClaimInFlight,
    record: LogRecord,
    applied: Applied,
  ): void {
    const { claimId, step, attempt } = claim.request;
    this.#claims.delete(claimId);
    if (!applied.accepted) {
      claim.resolve({ kind: 'refused', reason: applied.reason });
      return;
    }
    const snapshot = fold.world.steps.get(step)?.getSnapshot();
    const effectId = `${record.execution}/${step}/${attempt}`;
    const rendered = resident.rendered.get(effectId);
    if (snapshot?.context.claim?.claimId !== claimId || rendered === undefined) {
      claim.resolve({ kind: 'refused', reason: 'The claim did not last.' });
      return;
    }
    resident.rendered.delete(effectId);
    const request = buildRequest(fold, step, rendered);
    claim.resolve({
      kind: 'granted',
      fence: record.position,
      leaseMs: this.#leaseMs,
      token: claim.token,
      request,
    });
  }

  async heartbeat(beats: readonly Heartbeat[]): Promise<readonly HeartbeatAnswer[]> {
    return beats.map((beat) => this.#answerBeat(beat));
  }

  #answerBeat({ execution, step, fence }: Heartbeat): HeartbeatAnswer {
    const fold = this.#residents.get(execution)?.fold;
    if (fold === undefined) return 'unknown';
    const snapshot = fold.world.steps.get(step)?.getSnapshot();
    if (snapshot?.context.claim?.fence !== fence) return fold.world.position >= fence ? 'cancel' : 'unknown';
    this.#leases.refresh(fence);
    return snapshot.value === 'draining' ? 'cancel' : 'ok';
  }

  async report({
    reportId,
    execution,
    step,
    attempt,
    role,
    fence,
    token,
    result,
    logs,
  }: AttemptReport): Promise<void> {
    const proof = { step, attempt, fence, token, ...(logs === undefined ? {} : { logs: { ...logs } }) };
    const { type, data } = reportRecord(result, proof);
    const record: NewRecord = { id: reportId, execution, source: `agent.${role}`, type, data };
    await this.#options.store.log.append(record);
  }

  onCancel(host: string, listener: (beat: Heartbeat, reason: string) => void): () => void {
    this.#cancelListeners.set(host, listener);
    return () => this.#cancelListeners.delete(host);
  }

  // --- memory ---------------------------------------------------------------------------------------------------------

  /** After a commit: an execution that has ended and owes nothing leaves, one that only waits is parked. */
  #settle(resident: Resident): void {
    const { fold, execution } = resident;
    if (fold === undefined || this.#residents.get(execution) !== resident) return;
    if (fold.hasEnded) {
      if (fold.owed().length === 0) this.#finish(resident, fold);
    } else if (resident.isIdle) {
      this.#park(resident, fold);
    }
  }

  #finish(resident: Resident, fold: Fold): void {
    const { execution } = resident;
    this.#residents.delete(execution);
    resident.abort.abort();
    const released = this.#options.store.ownership.markEnded(execution);
    const ending = this.#endings.get(execution);
    this.#endings.delete(execution);
    released.then(
      () => ending?.resolve(fold),
      (error: unknown) => ending?.reject(error),
    );
  }

  #park(resident: Resident, fold: Fold): void {
    this.#residents.delete(resident.execution);
    this.#parked.add(resident.execution);
    if (fold.recordCount > SNAPSHOT_AFTER_RECORDS) void this.#keepSnapshot(fold);
  }

  async #keepSnapshot(fold: Fold): Promise<void> {
    const snapshot = {
      execution: fold.world.execution,
      position: fold.world.position,
      body: JSON.stringify(fold.snapshot()),
    };
    try {
      await this.#options.store.snapshots.put(snapshot);
    } catch (error) {
      this.#options.logger?.warn({ err: error, execution: snapshot.execution }, 'the snapshot was not kept');
    }
  }

  #wake(record: LogRecord): void {
    const resident = new Resident(record.execution);
    this.#parked.delete(record.execution);
    this.#residents.set(record.execution, resident);
    resident.buffer.push(record);
    this.#afterCommit.push(() => void this.#load(resident));
  }

  /** Reads the state from the log, then folds what came meanwhile. Everything the state owes is owed again. */
  async #load(resident: Resident): Promise<void> {
    resident.fold = undefined;
    let fold: Fold | undefined;
    try {
      fold = await loadFold(resident.execution, this.#sources);
    } catch (error) {
      this.#options.logger?.error(
        { err: error, execution: resident.execution },
        'the execution cannot be read',
      );
      this.#residents.delete(resident.execution);
      this.#endings.get(resident.execution)?.reject(error);
      this.#endings.delete(resident.execution);
      await this.#options.store.ownership.release(resident.execution);
      return;
    }
    if (fold === undefined || this.#stopped || this.#residents.get(resident.execution) !== resident) return;
    this.#hearAgain(resident, fold);
    resident.fold = fold;
    resident.standing ??= standingOf(fold);
    this.#voidLostClaims(fold);
    this.#carryOut(resident, fold, fold.drain());
    const missed = resident.buffer.splice(0).filter((record) => record.position > fold.world.position);
    for (const record of missed) this.#take(resident, record);
    this.#touch(resident);
    this.durable(fold.world.position);
  }

  /** Answers that were waited for and lay in what was just read. */
  #hearAgain(resident: Resident, fold: Fold): void {
    for (const record of resident.buffer) {
      if (record.position > fold.world.position) continue;
      const answer = this.#controls.get(record.id);
      if (answer === undefined) continue;
      this.#controls.delete(record.id);
      answer(
        fold.hasControl(record.id) ? { accepted: true } : { accepted: false, reason: 'not-accepted-now' },
      );
    }
  }

  /** Claims of hosts that are not in this process: with agents inside the owner they died with it. */
  #voidLostClaims(fold: Fold): void {
    for (const { step, attempt, fence, host, leaseMs } of fold.claims()) {
      const { execution } = fold.world;
      if (this.#options.hostsDieWithOwner !== false && !this.#cancelListeners.has(host)) {
        const reason = 'The process that ran the agent is gone.';
        this.#appendEngine(execution, 'claim.expired', { step, attempt, fence, reason });
      } else {
        this.#leases.grant({ execution, step, attempt, fence, leaseMs });
      }
    }
  }

  #consider(execution: string): void {
    this.#afterCommit.push(() => {
      this.adopt(execution).catch((error: unknown) => {
        this.#options.logger?.debug({ execution, err: error }, 'left to its owner');
      });
    });
  }

  async #assertSame(
    execution: string,
    definition: { name: string; version: string },
    inputDigest: string,
  ): Promise<void> {
    const fold = await this.state(execution);
    if (fold === undefined) return;
    const { name } = fold.pinned.definition;
    if (name !== definition.name) throw executionExists(execution, `it runs the task ${name}`);
    if (fold.inputDigest !== inputDigest)
      throw executionExists(execution, 'it was started with another input');
  }

  #appendEngine(execution: string, type: RecordType, data: Json): void {
    if (this.#stopped) return;
    this.#options.store.log
      .append(this.#newRecord(execution, 'engine', type, data))
      .catch((error: unknown) => {
        this.#options.logger?.error({ err: error, execution, type }, 'a record could not be written');
      });
  }

  #newRecord(execution: string, source: NewRecord['source'], type: RecordType, data: Json): NewRecord {
    return { id: this.#options.random.id(), execution, source, type, data };
  }
}

/** Executions with fewer records are folded again from the log when they wake: cheaper than writing a snapshot for each. */
const SNAPSHOT_AFTER_RECORDS = 64;

interface ClaimInFlight {
  readonly request: ClaimRequest;
  readonly token: string;
  readonly answer: Promise<ClaimAnswer>;
  readonly resolve: (answer: ClaimAnswer) => void;
}

function createClaim(request: ClaimRequest, token: string): ClaimInFlight {
  const { promise, resolve } = Promise.withResolvers<ClaimAnswer>();
  return { request, token, answer: promise, resolve };
}

interface Ending {
  readonly promise: Promise<Fold>;
  readonly resolve: (fold: Fold) => void;
  readonly reject: (error: unknown) => void;
}

function createEnding(): Ending {
  const ending = Promise.withResolvers<Fold>();
  // Whoever asked hears of it; nobody may have.
  ending.promise.catch(() => undefined);
  return ending;
}

function reportRecord(
  result: AttemptReport['result'],
  proof: { readonly [key: string]: Json },
): { type: RecordType; data: Json } {
  switch (result.kind) {
    case 'succeeded': {
      const { output, usage, artifacts } = result;
      const extra = {
        ...(usage === undefined ? {} : { usage: { ...usage } }),
        ...(artifacts === undefined ? {} : { artifacts }),
      };
      return { type: 'step.succeeded', data: { ...proof, output, ...extra } as unknown as Json };
    }
    case 'failed': {
      const { error, usage } = result;
      return {
        type: 'step.failed',
        data: { ...proof, error, ...(usage === undefined ? {} : { usage }) } as unknown as Json,
      };
    }
    case 'released':
      return { type: 'claim.released', data: proof };
  }
}

/** Named outputs are stored one by one, so that a small one beside a large one stays inline. */
async function storeLarge(
  effect: Extract<Effect, { kind: 'evaluate' }>,
  value: Json,
  artifacts: EngineSurroundings['store']['artifacts'],
): Promise<Json> {
  if (effect.subject.kind === 'step') return inlineOrStored(value, artifacts);
  if (effect.subject.kind === 'items') return value;
  const entries = Object.entries(value as { readonly [name: string]: Json }).map(
    async ([name, output]) =>
      [name, output === undefined ? undefined : await inlineOrStored(output, artifacts)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

export { agentStepOf };
