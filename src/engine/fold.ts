import { type AnyActorRef, createActor, type InspectionEvent } from 'xstate';
import { type Effect, owedBy } from '../../machines/effects.ts';
import { executionMachine } from '../../machines/execution.ts';
import type { ExecutionContext } from '../../machines/execution-context.ts';
import { phaseId } from '../../machines/execution-work.ts';
import { keepResults, keptSchema } from '../../machines/kept.ts';
import { type ExecutionError, Ledger } from '../../machines/ledger.ts';
import { excesses, isAsking } from '../../machines/limits.ts';
import { type RecordData, recordSchemas } from '../../machines/records.ts';
import { rollbackId } from '../../machines/rollback.ts';
import type { Rules, World } from '../../machines/world.ts';
import type { Json } from '../json.ts';
import type { LogRecord } from '../ports/event-log.ts';
import { ACCEPTED, type Applied, childrenOf, Delivery } from './delivery.ts';
import { FoldFailure } from './fold-failure.ts';
import type { FoldSnapshot, RerunLink } from './fold-snapshot.ts';
import { Notices } from './notices.ts';
import { digestOf, type IndexedPinned } from './pinned.ts';
import { Seals } from './seals.ts';
import { assertRestorable, persistedTree, type TreeSnapshot, withWorld } from './tree-snapshot.ts';

/**
 * The fold: records in, state out. One instance is one execution's state.
 *
 * 1. Deterministic: no clock, randomness or I/O; time is the record's stamp. Folding a log again gives an equal hash (I4).
 * 2. A record that does not fit, or comes twice, late or from the wrong author, changes nothing but a counter.
 * 3. `apply` throws {@link FoldFailure} when a record cannot be folded; the instance is then spent, and whoever drives it
 *    folds the log again up to the record before and calls {@link Fold.suspend}.
 */

/** The rules that new executions are folded by; the first record of an execution names the version it is folded with. */
export const FOLD_VERSION = 2;

/**
 * The rules that this release has. Version 2 knows more record types (`SINCE_VERSION` in machines/records.ts); an execution of version 1 refuses
 * these, as the release that started it would.
 */
export const FOLD_VERSIONS: readonly number[] = [1, FOLD_VERSION];

type Root = ReturnType<typeof createRoot>;

/** Hears what the actors do, transition by transition, as XState tells it; changes nothing. */
export type Inspect = (event: InspectionEvent) => void;

export class Fold {
  readonly world: World;
  readonly pinned: IndexedPinned;
  readonly inputDigest: string;
  /** W3C trace context of whoever started it; outside the hash. */
  readonly traceparent: string | undefined;
  /** The execution that this one was run again of; outside the hash. */
  readonly rerunOf: RerunLink | undefined;
  /** Refused records by reason; outside the hash. */
  readonly refused: Record<string, number> = {};
  readonly root: Root;
  /** Records folded by this instance, the refused ones included. */
  recordCount = 0;
  /** Id of the last record that was folded. */
  #record = '';
  /** Which of the records are sealed, and what people are to be told; outside the hash. */
  readonly #seals: Seals;
  readonly #notices: Notices;
  readonly #delivery: Delivery;

  private constructor(
    world: World,
    pinned: IndexedPinned,
    { inputDigest, traceparent, rerunOf }: Pick<FoldSnapshot, 'inputDigest' | 'traceparent' | 'rerunOf'>,
    root: Root,
    controls: Iterable<string>,
    { seals, notices }: { readonly seals: Seals; readonly notices: Notices },
  ) {
    this.world = world;
    this.pinned = pinned;
    this.inputDigest = inputDigest;
    this.traceparent = traceparent;
    this.rerunOf = rerunOf;
    this.root = root;
    this.#seals = seals;
    this.#notices = notices;
    this.#delivery = new Delivery(world, root, controls);
  }

  /**
   * Folds the first record.
   * @param input resolved, when the record carries only its digest
   * @param kept of `rerunOf`, as well
   */
  static begin(
    record: LogRecord,
    pinned: IndexedPinned,
    input: Json,
    rules: Rules,
    kept?: Json,
    inspect?: Inspect,
  ): Fold {
    const data = recordSchemas['execution.started'].parse(record.data);
    const world = createWorld(record.execution, data.foldVersion, pinned, input, rules, new Ledger());
    world.now = record.at;
    world.position = record.position;
    const rerunOf = data.foldVersion < 2 ? undefined : data.rerunOf;
    const results = kept ?? rerunOf?.kept;
    // What is no such thing is not kept: the work is then done anew.
    const fitting = rerunOf === undefined ? undefined : keptSchema.safeParse(results).data;
    if (fitting !== undefined) keepResults(world, fitting);
    const root = createRoot(world, undefined, inspect);
    root.start();
    const { foldVersion, inputDigest, traceparent } = data;
    const start = { inputDigest, traceparent, rerunOf: linkOf(rerunOf) };
    const fold = new Fold(world, pinned, start, root, [], {
      seals: new Seals(foldVersion),
      notices: new Notices(foldVersion),
    });
    fold.#record = record.id;
    fold.#seals.begin(record);
    // A task may fail, and have nothing to undo, in the record that starts it.
    fold.#settle('running');
    fold.#notices.take(record, world.notices.splice(0));
    fold.#assertFolded(record);
    return fold;
  }

  /** Throws when the snapshot does not belong to these machines; the caller then folds the log from the start. */
  static restore(snapshot: FoldSnapshot, pinned: IndexedPinned, rules: Rules, inspect?: Inspect): Fold {
    assertRestorable(snapshot.tree, snapshot.foldVersion, FOLD_VERSIONS);
    const ledger = Ledger.fromJSON(snapshot.ledger);
    const { execution, foldVersion, input } = snapshot;
    const world = createWorld(execution, foldVersion, pinned, input, rules, ledger);
    world.now = snapshot.now;
    world.position = snapshot.position;
    const root = createRoot(
      world,
      withWorld(snapshot.tree, () => world),
      inspect,
    );
    root.start();
    const fold = new Fold(world, pinned, snapshot, root, snapshot.controls, {
      seals: new Seals(foldVersion, snapshot.seals),
      notices: new Notices(foldVersion, snapshot.notices),
    });
    fold.#record = snapshot.record;
    world.pausedAt = fold.context.pausedAt;
    Object.assign(fold.refused, snapshot.refused);
    for (const actor of fold.#actors()) {
      const { run } = actor.getSnapshot().context;
      if (run !== undefined && !actor.getSnapshot().hasTag('ended')) world.steps.set(run, actor);
    }
    return fold;
  }

  get status(): string {
    return this.root.getSnapshot().value;
  }

  get context(): ExecutionContext {
    return this.root.getSnapshot().context;
  }

  /** Why the execution failed, with what a failed validation saw; the context leaves that to the ledger. */
  get error(): ExecutionError | undefined {
    const { error } = this.context;
    if (error?.phase === undefined) return error;
    const details = this.world.ledger.phases.get(error.phase)?.summary?.error?.details;
    return details === undefined ? error : { ...error, details };
  }

  get hasEnded(): boolean {
    return this.root.getSnapshot().hasTag('ended');
  }

  apply(record: LogRecord): Applied {
    if (record.position <= this.world.position) return ACCEPTED;
    this.recordCount += 1;
    this.#record = record.id;
    this.world.position = record.position;
    this.world.now = Math.max(this.world.now, record.at);
    const before = this.status;
    this.world.notes.length = 0;
    let applied: Applied;
    try {
      applied = this.#delivery.deliver(record);
    } catch (cause) {
      throw new FoldFailure(record, cause);
    }
    if (applied.accepted && record.type === 'notification.sent') {
      applied = this.#notices.discharge(record.data as RecordData<'notification.sent'>) ? applied : STALE;
    }
    this.#seals.take(record, applied.accepted);
    if (applied.accepted) this.#settle(before);
    this.#notices.take(record, this.world.notices.splice(0));
    // Nobody has asked yet what is owed: all of it will be told, and a list of what changed would only grow.
    if (this.#delivery.mustResync) this.world.dirty.length = 0;
    this.#assertFolded(record);
    if (!applied.accepted) this.refused[applied.reason] = (this.refused[applied.reason] ?? 0) + 1;
    return applied;
  }

  /** Marks that the record could not be folded; nothing is owed from here on. */
  suspend(failure: FoldFailure): void {
    this.#record = failure.record.id;
    this.world.position = failure.record.position;
    this.world.now = Math.max(this.world.now, failure.record.at);
    const { position, type } = failure.record;
    const message = `Record ${position} (${type}) cannot be folded: ${failure.reason}`;
    this.root.send({
      type: 'unfoldable',
      error: { code: 'RECORD_UNFOLDABLE', message, details: { position, type } },
    });
    this.#delivery.mustResync = true;
    this.#notices.take(failure.record, [{ kind: 'failure', status: 'suspended', message }]);
  }

  /** What became owed since the last call. After a restore, a pause or a resume: everything. */
  drain(): readonly Effect[] {
    const { dirty } = this.world;
    if (this.#delivery.mustResync) {
      this.#delivery.mustResync = false;
      dirty.length = 0;
      return this.owed();
    }
    const effects = dirty.length === 0 ? [] : [...new Set(dirty)].flatMap((actor) => this.#owedNow(actor));
    dirty.length = 0;
    const notices = this.#notices.owed();
    const isOver = this.hasEnded && effects.length === 0 && notices.length === 0;
    const seal = this.#seals.owed(isOver && this.claims().length === 0);
    return notices.length + seal.length === 0 ? effects : [...effects, ...notices, ...seal];
  }

  /** All that the present state owes. */
  owed(): readonly Effect[] {
    const effects = this.#actors().flatMap((actor) => this.#owedNow(actor));
    const beside = [...effects, ...this.#notices.owed()];
    return [...beside, ...this.#seals.owed(this.hasEnded && beside.length === 0)];
  }

  /** How many records no seal covers yet. */
  get unsealed(): number {
    return this.#seals.unsealed;
  }

  /** The seal that is owed now that the state is kept for long. */
  seal(): Extract<Effect, { kind: 'seal' }> {
    return this.#seals.next();
  }

  /** Whether the state still holds the deadline. */
  owes(timerId: string): boolean {
    const actor = this.#delivery.addressee(timerId);
    return actor !== undefined && this.#owedNow(actor).some((effect) => effect.id === timerId);
  }

  /** Whether the state waits for the evaluation, also while the execution is paused. */
  awaits(evaluationId: string): boolean {
    const actor = this.#delivery.addressee(evaluationId);
    return actor !== undefined && owedBy(actor).some((effect) => effect.id === evaluationId);
  }

  /** Whether the step has to wait until people say whether its phase goes on. */
  isHeld(actor: AnyActorRef): boolean {
    return this.#delivery.isHeld(actor);
  }

  /** Whether the control record was taken. */
  hasControl(recordId: string): boolean {
    return this.#delivery.controls.has(recordId);
  }

  /** The live claims, for heartbeats, leases, and to say who is outstanding. */
  claims(): readonly LiveClaim[] {
    const claims: LiveClaim[] = [];
    for (const [step, actor] of this.world.steps) {
      if (actor.src !== 'agent') continue;
      const { context, value } = actor.getSnapshot();
      if (context.claim !== undefined && HOLDING.has(value)) {
        claims.push({
          step,
          attempt: context.attempt,
          role: context.role,
          draining: value === 'draining',
          ...(value === 'sealed' || value === 'revealing' ? { ballot: value } : {}),
          ...context.claim,
        });
      }
    }
    return claims;
  }

  snapshot(): FoldSnapshot {
    return {
      foldVersion: this.world.foldVersion,
      execution: this.world.execution,
      pinned: this.pinned.digest,
      position: this.world.position,
      record: this.#record,
      now: this.world.now,
      input: this.world.input,
      inputDigest: this.inputDigest,
      ...(this.traceparent === undefined ? {} : { traceparent: this.traceparent }),
      ...(this.rerunOf === undefined ? {} : { rerunOf: this.rerunOf }),
      tree: persistedTree(this.root),
      ledger: this.world.ledger.toJSON(),
      controls: [...this.#delivery.controls],
      refused: { ...this.refused },
      seals: this.#seals.toJSON(),
      notices: this.#notices.toJSON(),
    };
  }

  /** sha256 of the state in RFC 8785 JSON (I4). Position, time and counters are outside: a refused record changes no state. */
  hash(): string {
    const { tree, ledger, controls, pinned, inputDigest } = this.snapshot();
    return digestOf(JSON.parse(JSON.stringify({ tree, ledger, controls, pinned, inputDigest })));
  }

  /** Consequences that follow from the state after any accepted record and not from the record alone. */
  #settle(before: string): void {
    const { budget } = this.world.definition;
    if (budget !== undefined && !this.hasEnded && this.context.error === undefined) {
      const excess = overBudget(this.world.ledger.usage, budget);
      if (excess !== undefined)
        this.root.send({ type: 'budget.exceeded', error: { code: 'BUDGET_EXCEEDED', message: excess } });
    }
    if (this.pinned.limited.length > 0 && this.status === 'running') this.#checkLimits();
    // What goes on after a rollback may fail at once, and lead to the next; the task bounds how often.
    while (this.#isRollbackDraining() && this.claims().length === 0) {
      this.root.send({ type: 'rollback.drained' });
      this.#delivery.mustResync = true;
    }
    // A sealed vote is done; its host only keeps it.
    if (this.status === 'pausing' && this.claims().every(({ ballot }) => ballot === 'sealed')) {
      this.root.send({ type: 'drained' });
      this.#delivery.mustResync = true;
    }
    if (this.status !== before && FAILURES.has(this.status)) {
      const message = this.error?.message ?? `The execution ${this.status}.`;
      this.world.notices.push({ kind: 'failure', status: this.status, message });
    }
  }

  /** Control points: what every record may have changed of the phases that are watched. */
  #checkLimits(): void {
    const phases = childrenOf(this.root);
    for (const index of this.pinned.limited) {
      const phase = phases[phaseId(index)];
      const snapshot = phase?.getSnapshot();
      if (phase === undefined || snapshot.value !== 'running') continue;
      for (const excess of excesses(snapshot.context)) {
        phase.send({ type: 'deviated', excess });
        // Offers are held back from now on.
        if (isAsking(excess.limit.reaction)) this.#delivery.mustResync = true;
        if (excess.limit.reaction !== 'pause') continue;
        this.root.send({ type: 'pause', reason: deviationOf(this.world, snapshot.context.name) });
        this.#delivery.mustResync = true;
      }
    }
  }

  #isRollbackDraining(): boolean {
    const { rollback } = this.context;
    if (rollback === undefined || this.hasEnded) return false;
    return childrenOf(this.root)[rollbackId(rollback)]?.getSnapshot().value === 'draining';
  }

  /** While it is being paused nothing new is offered or worked out, and the clocks of waiting stand still. */
  #owedNow(actor: AnyActorRef): readonly Effect[] {
    const owed = owedBy(actor);
    switch (this.status) {
      case 'running':
        if (owed.length > 0 && this.isHeld(actor))
          return owed.filter(({ kind }) => kind !== 'offer' && kind !== 'timer');
        return owed.filter((effect) => effect.kind !== 'offer' || !this.#delivery.asks(effect.role));
      case 'rollingBack':
        return owed;
      case 'suspended':
        return [];
      case 'pausing':
      case 'paused':
        return owed.filter(
          (effect) =>
            effect.kind === 'cancel' || (effect.kind === 'timer' && !this.#delivery.isFrozen(actor)),
        );
      default:
        return owed.filter((effect) => effect.kind === 'cancel');
    }
  }

  #actors(): readonly AnyActorRef[] {
    return withDescendants(this.root);
  }

  #assertFolded(record: LogRecord): void {
    const snapshot = this.root.getSnapshot() as { status: string; error?: unknown };
    if (snapshot.status === 'error') throw new FoldFailure(record, snapshot.error);
  }
}

/** States of an agent step in which a host holds it. */
const HOLDING: ReadonlySet<unknown> = new Set(['claimed', 'draining', 'sealed', 'revealing']);

export interface LiveClaim {
  readonly step: string;
  readonly attempt: number;
  readonly role: string;
  readonly claimId: string;
  readonly host: string;
  readonly fence: number;
  readonly leaseMs: number;
  readonly tokenDigest: string;
  readonly at: number;
  /** Cancelled or overdue; stands until the host says that the work is gone. */
  readonly draining: boolean;
  /** The host holds a sealed vote, or was asked to open it. */
  readonly ballot?: 'sealed' | 'revealing';
}

/** Layer by layer: the root, its phases, their steps, and the parts of these. */
function withDescendants(root: AnyActorRef): readonly AnyActorRef[] {
  const all: AnyActorRef[] = [];
  for (let layer = [root]; layer.length > 0; ) {
    all.push(...layer);
    layer = layer.flatMap((actor) => Object.values(childrenOf(actor)));
  }
  return all;
}

function createRoot(world: World, tree?: TreeSnapshot, inspect?: Inspect) {
  const root = createActor(executionMachine, {
    input: { world: () => world },
    ...(tree === undefined ? {} : { snapshot: tree as never }),
    ...(inspect === undefined ? {} : { inspect }),
  });
  // Without an error observer a throwing action ends the whole process (DESIGN section 2); `apply` looks at the status.
  root.subscribe({ error: () => undefined });
  return root;
}

function createWorld(
  execution: string,
  foldVersion: number,
  pinned: IndexedPinned,
  input: Json,
  rules: Rules,
  ledger: Ledger,
): World {
  return {
    execution,
    foldVersion,
    definition: pinned.definition,
    phases: pinned.phases,
    stepsById: pinned.stepsById,
    agents: pinned.agentsByRole,
    groups: pinned.membersOfGroup,
    input: (input ?? {}) as World['input'],
    rules,
    ledger,
    now: 0,
    position: 0,
    pausedAt: undefined,
    dirty: [],
    begins: [],
    admits: [],
    notices: [],
    steps: new Map(),
    notes: [],
  };
}

/** What a person sees as the reason of the pause. */
function deviationOf(world: World, phase: string): string | undefined {
  return world.ledger.phases.get(phase)?.deviations?.at(-1)?.message;
}

const FAILURES: ReadonlySet<string> = new Set(['failed', 'timedOut', 'rolledBack']);

const STALE: Applied = { accepted: false, reason: 'stale' };

function overBudget(
  usage: Ledger['usage'],
  budget: { usd?: number | undefined; tokens?: number | undefined; timeMs?: number | undefined },
): string | undefined {
  if (budget.usd !== undefined && usage.usd > budget.usd)
    return `Agents spent ${usage.usd} USD; the budget is ${budget.usd}.`;
  if (budget.tokens !== undefined && usage.tokens > budget.tokens) {
    return `Agents used ${usage.tokens} tokens; the budget is ${budget.tokens}.`;
  }
  if (budget.timeMs !== undefined && usage.timeMs > budget.timeMs) {
    return `Agents worked ${usage.timeMs} ms; the budget is ${budget.timeMs} ms.`;
  }
  return undefined;
}

function linkOf(rerunOf: RecordData<'execution.started'>['rerunOf']): RerunLink | undefined {
  if (rerunOf === undefined) return undefined;
  const { execution, from, position } = rerunOf;
  return { execution, ...(from === undefined ? {} : { from }), position };
}
