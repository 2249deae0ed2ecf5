import { isReminder } from '../../../machines/approval.ts';
import type { RecordData } from '../../../machines/records.ts';
import type { Rules } from '../../../machines/world.ts';
import type { Applied } from '../../engine/delivery.ts';
import { Fold } from '../../engine/fold.ts';
import { FoldFailure } from '../../engine/fold-failure.ts';
import type { FoldSnapshot } from '../../engine/fold-snapshot.ts';
import type { IndexedPinned } from '../../engine/pinned.ts';
import { sealDigestOf } from '../../engine/seal-digest.ts';
import type { Json } from '../../json.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import { Account } from './account.ts';
import { isAtRest } from './at-rest.ts';
import { BallotAccount } from './ballots.ts';
import { type Deadlines, deadlinesOf, wronglyShifted } from './deadlines.ts';
import { Decisions } from './decisions.ts';
import type { Finding } from './finding.ts';
import { isSameState } from './same-state.ts';
import { Undoing } from './undoing.ts';
import { leftAtWork, wrongBeginning, wrongEnds } from './work-in-order.ts';

export interface WitnessOptions {
  /** `execution.started`. */
  readonly first: LogRecord;
  readonly pinned: IndexedPinned;
  readonly input: Json;
  readonly rules: Rules;
  /** What an execution that is run again keeps. */
  readonly kept?: Json | undefined;
  /** After so many records, again and again, the state is put away and taken up again from its JSON. */
  readonly restoresAfter: number;
}

/** What is to come of an execution without another record from outside. */
export interface Outlook {
  readonly isAtRest: boolean;
  /** Nothing but time: no work, no offer, nothing to be worked out. */
  readonly onlyTime: boolean;
  /** Its next and its last deadline, in ms since 1970; Infinity and 0 without. */
  readonly nextDueAt: number;
  readonly lastDueAt: number;
}

/** One execution as an impartial reader of its log sees it: checks after every record what must never be. */
export class Witness {
  readonly execution: string;
  readonly findings: Finding[] = [];
  readonly fold: Fold;
  readonly #options: WitnessOptions;
  readonly #account: Account;
  readonly #decisions: Decisions;
  readonly #ballots: BallotAccount;
  readonly #undoing: Undoing;
  readonly #records: LogRecord[];
  readonly #ids: Set<string>;
  readonly #begun = new Set<string>();
  readonly #refusedAt: number[] = [];
  /** From snapshots, beside the fold from the beginning. */
  #restored: Fold | undefined;
  /** Log time. */
  #pausedAt = 0;
  /** Log time of the last record that was accepted. */
  #movedAt = 0;
  #accepted = 0;
  /** Positions: of the last record that changed it, and up to where it says that it is sealed. */
  #changedAt = 0;
  #sealedUpTo = 0;
  /** Begun so far. */
  #rollbacks = 0;
  #outlook: (Outlook & { readonly records: number }) | undefined;

  constructor(options: WitnessOptions) {
    const { first, pinned, input, rules, kept } = options;
    this.#options = options;
    this.execution = first.execution;
    this.fold = Fold.begin(first, pinned, input, rules, kept);
    this.#account = new Account((invariant, what) => this.#find(invariant, what));
    this.#decisions = new Decisions(pinned, (invariant, what) => this.#find(invariant, what));
    this.#ballots = new BallotAccount((invariant, what) => this.#find(invariant, what));
    this.#undoing = new Undoing(pinned, (invariant, what) => this.#find(invariant, what));
    this.#records = [first];
    this.#ids = new Set([first.id]);
    this.#movedAt = first.at;
  }

  get accepted(): number {
    return this.#accepted;
  }

  /** Accepted outcomes of attempts. */
  get outcomeCount(): number {
    return this.#account.outcomeCount;
  }

  /** When a record last changed its state, ms since 1970. */
  get movedAt(): number {
    return this.#movedAt;
  }

  /** How it stands, worked out once per record. */
  get outlook(): Outlook {
    if (this.#outlook?.records !== this.#records.length)
      this.#outlook = outlookOf(this.fold, this.#records.length);
    return this.#outlook;
  }

  take(record: LogRecord): Applied | undefined {
    this.#order(record);
    this.#records.push(record);
    this.#ids.add(record.id);
    const before: Before = {
      status: this.fold.status,
      hasEnded: this.fold.hasEnded,
      dueAt: this.#dueAt(record),
      ...(record.type === 'resume.requested' ? { deadlines: deadlinesOf(this.fold) } : {}),
    };
    let applied: Applied;
    let restored: Applied | undefined;
    try {
      applied = this.fold.apply(record);
      restored = this.#restored?.apply(record);
    } catch (failure) {
      if (!(failure instanceof FoldFailure)) throw failure;
      this.#find('I6', `record ${record.position} (${record.type}) cannot be folded: ${failure.reason}`);
      return undefined;
    }
    if (restored !== undefined && restored.accepted !== applied.accepted)
      this.#find(
        'I2',
        `restored, it ${restored.accepted ? 'accepts' : 'refuses'} ${record.type} at ${record.position}`,
      );
    if (applied.accepted) {
      this.#accepted += 1;
      this.#movedAt = this.fold.world.now;
      this.#account.take(record);
      if (record.type === 'sealed') this.#sealedUpTo = Math.max(this.#sealedUpTo, upToOf(record));
      else if (record.type !== 'notification.sent') this.#changedAt = record.position;
      this.#decisions.take(record);
      this.#decisions.remind(this.fold);
      this.#ballots.take(record, this.fold);
      this.#undoing.take(record, this.fold, before.status);
      this.#follow(record, before);
    } else {
      this.#refusedAt.push(record.position);
    }
    this.#account.compare(this.fold);
    if (this.fold.status === 'paused' && this.fold.claims().some(({ ballot }) => ballot !== 'sealed'))
      this.#find('I6', `it is paused at ${record.position} while claims stand`);
    const { restoresAfter } = this.#options;
    if (this.#records.length % restoresAfter === 0) this.#restored = this.#restore();
    if (this.#records.length === FORKS_AFTER * restoresAfter) this.#fork();
    return applied;
  }

  /** A host began to work at an attempt, with this claim. */
  began({ step, attempt }: { readonly step: string; readonly attempt: number }): void {
    const name = `${step}/${attempt}`;
    if (this.#begun.has(name)) this.#find('I3', `${name} was begun twice`);
    if (this.#account.claimOf(name) === undefined) this.#find('I3', `${name} was begun without a claim`);
    this.#begun.add(name);
  }

  /** A host was told that its claim stands. */
  granted(attempt: string, { fence, claimId }: { readonly fence: number; readonly claimId: string }): void {
    const claim = this.#account.claimOf(attempt);
    if (claim?.fence !== fence || claim.claimId !== claimId) {
      this.#find(
        'I3',
        `a host was granted ${attempt} at ${fence}, where the log has ${claim?.fence ?? 'no claim'}`,
      );
    }
  }

  /** A host was told that its report was folded, or that the log has it. */
  acknowledged(reportId: string): void {
    if (!this.#ids.has(reportId)) this.#find('I8', `the report ${reportId} is not in the log`);
  }

  /** A seal must hold for the log as it is, unless that has lost what its owner had seen. */
  sealed({ data }: LogRecord): void {
    const { after, upTo, records, hash } = data as unknown as RecordData<'sealed'>;
    const covered = this.#records.filter(({ position }) => position > after && position <= upTo);
    if (covered.length !== records || sealDigestOf(covered) !== hash)
      this.#find('I4', `the seal over ${after + 1} to ${upTo} does not hold for what the log has there`);
  }

  /**
   * The whole once more, when no record is to come.
   * @param isOver faults have stopped and there was time: it must have ended, or wait for something named
   */
  finish({ isOver }: { readonly isOver: boolean }): void {
    const { fold } = this;
    this.#decisions.finish(fold);
    const refused = new Set(this.#refusedAt);
    const calm = this.#foldAgain((record) => !refused.has(record.position));
    if (!isSameState(calm, fold)) {
      const isOther = !isSameState(
        this.#foldAgain(() => true),
        fold,
      );
      this.#find(
        'I4',
        isOther ? 'folded again it is another state' : 'without what was refused it is another state',
      );
    }
    if (this.#restored !== undefined && !isSameState(this.#restored, fold))
      this.#find('I2', `restored every ${this.#options.restoresAfter} records it is another state`);
    if (isOver && fold.hasEnded && fold.world.foldVersion >= 2 && this.#sealedUpTo < this.#changedAt)
      this.#find('I4', `it has ended, and what it holds up to ${this.#changedAt} is not sealed`);
    if (isOver && !isAtRest(fold))
      this.#find('I6', `it is ${fold.status} and waits for nothing that has a name`);
  }

  #foldAgain(isTaken: (record: LogRecord) => boolean): Fold {
    const { first, pinned, input, rules, kept } = this.#options;
    const fold = Fold.begin(first, pinned, input, rules, kept);
    for (const record of this.#records.slice(1)) if (isTaken(record)) fold.apply(record);
    return fold;
  }

  /** What if it was aborted now: all that lives ends at once, in an order that must not depend on whether the state was restored. */
  #fork(): void {
    const restored = this.#restore();
    const last = this.#records.at(-1);
    if (restored === undefined || last === undefined || this.fold.hasEnded) return;
    const { execution, position, at } = last;
    const abort: LogRecord = {
      ...{ id: 'what if', execution, position: position + 1, at },
      ...{ source: 'control', type: 'abort.requested', data: { reason: 'what if' } },
    };
    const folded = this.#foldAgain(() => true);
    for (const fold of [folded, restored]) fold.apply(abort);
    if (!isSameState(folded, restored))
      this.#find('I2', `restored, an abort after ${position} would lead to another state`);
  }

  #restore(): Fold | undefined {
    const { pinned, rules } = this.#options;
    if (this.fold.status === 'suspended') return undefined;
    const from = this.#restored ?? this.fold;
    const snapshot = JSON.parse(JSON.stringify(from.snapshot())) as FoldSnapshot;
    return Fold.restore(snapshot, pinned, rules);
  }

  #order({ position, at }: LogRecord): void {
    const before = this.#records.at(-1);
    if (before !== undefined && (position <= before.position || at < before.at))
      this.#find('I4', `${position} comes after ${before.position}`);
  }

  /** When the deadline that a record says to have come is due; undefined where the state holds none. */
  #dueAt({ type, data }: LogRecord): number | undefined {
    if (type !== 'timer.fired') return undefined;
    const { timerId } = data as { readonly timerId?: unknown };
    const timer = this.fold.owed().find((effect) => effect.kind === 'timer' && effect.id === timerId);
    return timer?.kind === 'timer' ? timer.dueAt : undefined;
  }

  /** What an accepted record may do to a state, beyond claims and outcomes. */
  #follow(record: LogRecord, before: Before): void {
    const { type, position } = record;
    const { fold } = this;
    if (type === 'timer.fired') this.#timer(record, before);
    if (before.hasEnded && !fold.hasEnded && !REVIVING.has(type))
      this.#find('I2', `${type} at ${position} revived what had ended as ${before.status}`);
    if (type === 'step.succeeded') this.#noteSuccess((record.data as RecordData<'step.succeeded'>).step);
    if (type === 'pause.requested') this.#pausedAt = fold.world.now;
    if (before.deadlines !== undefined) {
      const pausedMs = fold.world.now - this.#pausedAt;
      for (const wrong of wronglyShifted(before.deadlines, deadlinesOf(fold), pausedMs))
        this.#find('I6', wrong);
    }
    for (const wrong of leftAtWork(fold)) this.#find('I6', `${wrong}, at ${position}`);
    if (fold.hasEnded && !before.hasEnded) for (const wrong of wrongEnds(fold)) this.#find('I6', wrong);
    // One with nothing to undo begins and ends in the record that asks for it.
    const { length } = fold.world.ledger.rollbacks;
    const isOver = before.status === 'rollingBack' || length > this.#rollbacks;
    this.#rollbacks = length;
    if (isOver && fold.status !== 'rollingBack') this.#noteUndone();
    if (type === 'step.claimed' && !AT_WORK.has(before.status))
      this.#find('I3', `a claim at ${position} was accepted while it was ${before.status}`);
    const run = begunBy(record);
    if (run !== undefined && !this.#undoing.isCompensation(run))
      for (const wrong of wrongBeginning(fold, run)) this.#find('I6', `${wrong}, at ${position}`);
  }

  /** A pause stops all clocks but those of work and of what people are asked. */
  #timer({ position, data }: LogRecord, { status, dueAt }: Before): void {
    const { timerId } = data as RecordData<'timer.fired'>;
    if (dueAt === undefined || dueAt > this.fold.world.now)
      this.#find('I6', `the timer at ${position} came before its deadline ${dueAt ?? ', which nobody set'}`);
    const [kind, step = ''] = timerId.split('/');
    const goesOn = kind === 'step' && (this.#account.isClaimed(step) || this.#decisions.asks(step));
    const isUndoing = status === 'rollingBack' && kind === 'step' && this.#undoing.isCompensation(step);
    if (status !== 'running' && !isUndoing && !goesOn)
      this.#find('I6', `the timer ${timerId} was accepted at ${position} while it was ${status}`);
  }

  #noteSuccess(step: string): void {
    for (const { results } of this.fold.world.ledger.phases.values())
      if (results.get(step)?.status === 'succeeded') this.#account.succeeded(step);
  }

  #noteUndone(): void {
    for (const { results } of this.fold.world.ledger.phases.values())
      for (const { step, status } of results.values()) if (status === 'undone') this.#account.undone(step);
  }

  #find(invariant: Finding['invariant'], what: string): void {
    this.findings.push({ invariant, execution: this.execution, what });
  }
}

/** Types that may take an execution out of an end. */
const REVIVING: ReadonlySet<string> = new Set(['retry.requested', 'rollback.requested']);
const AT_WORK: ReadonlySet<string> = new Set(['running', 'rollingBack']);

/** Restores before it is asked once what would come of an abort. */
const FORKS_AFTER = 3;

/** The step that a record says to be at work, or to have been worked out. */
function begunBy({ type, data }: LogRecord): string | undefined {
  if (type === 'step.claimed') return (data as RecordData<'step.claimed'>).step;
  if (type !== 'evaluation.completed') return undefined;
  const [kind, run] = (data as RecordData<'evaluation.completed'>).evaluationId.split('/');
  return kind === 'step' ? run : undefined;
}

/** How it stood before a record. */
interface Before {
  readonly status: string;
  readonly hasEnded: boolean;
  /** Of the timer that the record says to be due. */
  readonly dueAt: number | undefined;
  /** Before a resume. */
  readonly deadlines?: Deadlines;
}

function outlookOf(fold: Fold, records: number): Outlook & { readonly records: number } {
  const owed = fold.owed().filter(({ id }) => !isReminder(id));
  const due = owed.flatMap((effect) => (effect.kind === 'timer' ? [effect.dueAt] : []));
  return {
    records,
    isAtRest: isAtRest(fold),
    onlyTime: due.length === owed.length && fold.claims().length === 0,
    nextDueAt: Math.min(...due),
    lastDueAt: Math.max(0, ...due),
  };
}

function upToOf({ data, position }: LogRecord): number {
  const { upTo } = data as unknown as RecordData<'sealed'>;
  return upTo < position ? upTo : 0;
}
