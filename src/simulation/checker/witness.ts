import type { RecordData } from '../../../machines/records.ts';
import type { Rules } from '../../../machines/world.ts';
import type { Applied } from '../../engine/delivery.ts';
import { Fold } from '../../engine/fold.ts';
import { FoldFailure } from '../../engine/fold-failure.ts';
import type { FoldSnapshot } from '../../engine/fold-snapshot.ts';
import type { IndexedPinned } from '../../engine/pinned.ts';
import type { Json } from '../../json.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import { Account } from './account.ts';
import { isAtRest } from './at-rest.ts';
import type { Finding } from './finding.ts';

export interface WitnessOptions {
  /** `execution.started`. */
  readonly first: LogRecord;
  readonly pinned: IndexedPinned;
  readonly input: Json;
  readonly rules: Rules;
  /** After how many records the state is put away and taken up again from its JSON. */
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
  readonly #records: LogRecord[];
  readonly #ids: Set<string>;
  readonly #begun = new Set<string>();
  readonly #refusedAt: number[] = [];
  /** From the snapshot, beside the fold from the beginning. */
  #restored: Fold | undefined;
  #accepted = 0;
  #outlook: (Outlook & { readonly records: number }) | undefined;

  constructor(options: WitnessOptions) {
    const { first, pinned, input, rules } = options;
    this.#options = options;
    this.execution = first.execution;
    this.fold = Fold.begin(first, pinned, input, rules);
    this.#account = new Account((invariant, what) => this.#find(invariant, what));
    this.#records = [first];
    this.#ids = new Set([first.id]);
  }

  get accepted(): number {
    return this.#accepted;
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
    const before = { status: this.fold.status, hasEnded: this.fold.hasEnded };
    const dueAt = this.#dueAt(record);
    let applied: Applied;
    try {
      applied = this.fold.apply(record);
      this.#restored?.apply(record);
    } catch (failure) {
      if (!(failure instanceof FoldFailure)) throw failure;
      this.#find('I6', `record ${record.position} (${record.type}) cannot be folded: ${failure.reason}`);
      return undefined;
    }
    if (applied.accepted) {
      this.#accepted += 1;
      this.#account.take(record);
      this.#follow(record, before, dueAt);
    } else {
      this.#refusedAt.push(record.position);
    }
    this.#account.compare(this.fold);
    if (this.fold.status === 'paused' && this.fold.claims().length > 0)
      this.#find('I6', `it is paused at ${record.position} while claims stand`);
    if (this.#records.length === this.#options.restoresAfter) this.#restored = this.#restore();
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

  /**
   * The whole once more, when no record is to come.
   * @param isOver faults have stopped and there was time: it must have ended, or wait for something named
   */
  finish({ isOver }: { readonly isOver: boolean }): void {
    const { first, pinned, input, rules } = this.#options;
    const again = Fold.begin(first, pinned, input, rules);
    const refused = new Set(this.#refusedAt);
    const calm = Fold.begin(first, pinned, input, rules);
    for (const record of this.#records.slice(1)) {
      again.apply(record);
      if (!refused.has(record.position)) calm.apply(record);
    }
    const hash = this.fold.hash();
    if (again.hash() !== hash) this.#find('I4', 'folded again it is another state');
    if (this.#restored !== undefined && this.#restored.hash() !== hash)
      this.#find('I2', `restored after ${this.#options.restoresAfter} records it is another state`);
    if (calm.hash() !== hash) this.#find('I4', 'without what was refused it is another state');
    if (isOver && !isAtRest(this.fold))
      this.#find('I6', `it is ${this.fold.status} and waits for nothing that has a name`);
  }

  #restore(): Fold | undefined {
    const { pinned, rules } = this.#options;
    if (this.fold.status === 'suspended') return undefined;
    const snapshot = JSON.parse(JSON.stringify(this.fold.snapshot())) as FoldSnapshot;
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
  #follow(
    record: LogRecord,
    before: { readonly status: string; readonly hasEnded: boolean },
    dueAt: number | undefined,
  ): void {
    const { type, position } = record;
    if (type === 'timer.fired' && !(dueAt !== undefined && dueAt <= this.fold.world.now))
      this.#find('I6', `the timer at ${position} came before its deadline ${dueAt ?? ', which nobody set'}`);
    if (before.hasEnded && !this.fold.hasEnded && type !== 'retry.requested')
      this.#find('I2', `${type} at ${position} revived what had ended as ${before.status}`);
    if (type === 'step.succeeded') this.#noteSuccess((record.data as RecordData<'step.succeeded'>).step);
    if (type !== 'step.claimed') return;
    if (before.status !== 'running')
      this.#find('I3', `a claim at ${position} was accepted while it was ${before.status}`);
    this.#dependencies(record.data as RecordData<'step.claimed'>, position);
  }

  #noteSuccess(step: string): void {
    for (const { results } of this.fold.world.ledger.phases.values())
      if (results.get(step)?.status === 'succeeded') this.#account.succeeded(step);
  }

  /** Work begins when the phases before it are over. */
  #dependencies({ step }: RecordData<'step.claimed'>, position: number): void {
    const { pinned, context } = this.fold;
    const name = pinned.phaseOfStep.get(step) ?? pinned.phaseOfStep.get(step.replace(/_\d+$/, ''));
    for (const needed of (name === undefined ? undefined : pinned.phases.get(name))?.dependsOn ?? []) {
      const standing = context.phases[needed];
      if (standing === undefined || standing === 'waiting' || standing === 'admitted')
        this.#find('I6', `${step} was claimed at ${position} before the phase ${needed} was over`);
    }
  }

  #find(invariant: Finding['invariant'], what: string): void {
    this.findings.push({ invariant, execution: this.execution, what });
  }
}

function outlookOf(fold: Fold, records: number): Outlook & { readonly records: number } {
  const owed = fold.owed();
  const due = owed.flatMap((effect) => (effect.kind === 'timer' ? [effect.dueAt] : []));
  return {
    records,
    isAtRest: isAtRest(fold),
    onlyTime: due.length === owed.length && fold.claims().length === 0,
    nextDueAt: Math.min(...due),
    lastDueAt: Math.max(0, ...due),
  };
}
