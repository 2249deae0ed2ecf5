import type { AnyActorRef } from 'xstate';
import type { Json } from '../json.ts';
import type { LogRecord, Position } from '../ports/event-log.ts';
import type { Offer } from '../ports/work-queue.ts';
import type { Fold } from './fold.ts';
import type { Standing } from './lifecycle.ts';
import type { IndexedPinned } from './pinned.ts';
import type { Question } from './question.ts';
import { SealDigest } from './seal-digest.ts';
import type { Rendered } from './work.ts';

/** What the record of the start, known by its id, will be folded with. */
export interface Start {
  readonly record: string;
  readonly pinned: IndexedPinned;
  readonly input: Json;
  /** Of an execution that is run again. */
  readonly kept: Json | undefined;
  /** Resolves when it is durable, or could not be written. */
  readonly written: Promise<unknown>;
}

export interface Offered {
  readonly offer: Offer;
  /** What the step's templates came to. */
  readonly rendered: Rendered;
  /** On the monotonic clock. */
  readonly at: number;
}

export interface OpenQuestion extends Question {
  readonly phase: string;
}

/** Executions with more records are read from the log when they wake. */
const KEPT_RECORDS = 16;

/** One execution in the owner's memory. */
export class Resident {
  readonly execution: string;
  /** Undefined while it is being started or read from the log. */
  fold: Fold | undefined;
  /** Of an execution that this process starts. Gone when somebody else started it first. */
  start: Start | undefined;
  /** How often it was begun to be read: only the last reading counts. */
  loads = 0;
  /** What came while it was being read is being folded: nothing is carried out before all of it is. */
  isReading = false;
  /** Records that came while it was being read. */
  readonly buffer: LogRecord[] = [];
  /** All its records so far, as long as they are few; of an execution that is driven from its start. */
  kept: LogRecord[] | undefined;
  /** The digest over its records since the last seal; of an execution that is driven from there on without a break. */
  running: { readonly after: Position; last: Position; readonly digest: SealDigest } | undefined;
  /** A seal is being written. */
  isSealing = false;
  /** Notices that somebody is being told, by effect id. */
  readonly announcing = new Set<string>();
  /** Whoever waited for its end has heard of it. */
  hasToldEnd = false;
  standing: Standing | undefined;
  /** Evaluations at work, by effect id; each is aborted when nobody wants its result any more. */
  readonly evaluating = new Map<string, AbortController>();
  /** Offers that are out and not claimed yet, by effect id. */
  readonly offered = new Map<string, Offered>();
  /** Offers that wait for what the cache says, by effect id. */
  readonly lookedUp = new Set<string>();
  /** What steps asked that the cache could not answer, by their runs: for whoever asks it next. */
  readonly questions = new Map<string, OpenQuestion>();

  /** It could not be read before: what happened meanwhile was told to nobody here. */
  wasUnread = false;

  constructor(execution: string) {
    this.execution = execution;
  }

  keep(record: LogRecord): void {
    if (this.running !== undefined) {
      this.running.digest.take(record);
      this.running.last = record.position;
    }
    if (record.type === 'sealed') this.isSealing = false;
    if (this.kept === undefined) return;
    if (this.kept.length < KEPT_RECORDS) this.kept.push(record);
    else this.kept = undefined;
  }

  /** Its state was begun with these records, all that there are. */
  begin(records: readonly LogRecord[]): void {
    const running = { after: (records[0]?.position ?? 1) - 1, last: 0, digest: new SealDigest() };
    for (const record of records) {
      running.digest.take(record);
      running.last = record.position;
    }
    this.running = running;
  }

  /** The execution ends or leaves this process: ends what is being worked out for it. */
  leave(): void {
    for (const evaluation of this.evaluating.values()) evaluation.abort();
    this.lookedUp.clear();
  }

  /** Nothing to do until a record comes: no work out, nothing being worked out, nobody to offer to. */
  get isIdle(): boolean {
    const { fold } = this;
    if (fold === undefined || fold.hasEnded || this.evaluating.size > 0 || this.buffer.length > 0)
      return false;
    if (fold.status === 'paused' || fold.status === 'suspended') return true;
    const isAtWork = fold.status === 'running' || fold.status === 'rollingBack';
    if (!isAtWork || fold.world.steps.size === 0) return false;
    for (const actor of fold.world.steps.values())
      if (!waitsForOthers(actor) && !fold.isHeld(actor)) return false;
    return true;
  }
}

/** Nothing but a person's record, or time, moves it on. */
function waitsForOthers(actor: AnyActorRef): boolean {
  if (actor.src === 'wait') return true;
  const { value } = actor.getSnapshot();
  // An agent or a vote that asks people stands behind its approval.
  return actor.src === 'approval' ? value === 'pending' : value === 'asking';
}
