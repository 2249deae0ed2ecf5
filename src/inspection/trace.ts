import type { AnyActorRef, AnyTransitionDefinition, InspectionEvent } from 'xstate';
import { transitionId } from './chart.ts';
import { floats, ints, Names } from './column.ts';

/**
 * What the actors did, record by record, as XState tells it while the log is folded: which transitions they took, and through which
 * states each step went. Kept in columns, so that it can be asked about any position of a long log.
 *
 * 1. Records come in order and are begun one by one; {@link Trace.retract} takes back what the last one did when it could not be folded.
 * 2. Records are counted from 1, as the log's slider counts them.
 */
export class Trace {
  /** A fold that is brought back to where it was does what was noted before: it is not noted again. */
  isOn = true;
  readonly #actors = new Names();
  readonly #transitions = new Names();
  readonly #runs = new Names();
  readonly #states = new Names();
  readonly #numbers = new WeakMap<AnyActorRef, number>();
  /** Of record n at n - 1: how many moves and stretches there were before it. */
  readonly #movesBefore = ints();
  readonly #stretchesBefore = ints();
  readonly #moveActor = ints();
  readonly #moveTransition = ints();
  readonly #stretchRun = ints();
  readonly #stretchState = ints();
  readonly #stretchAttempt = ints();
  readonly #stretchKind = ints();
  readonly #stretchRecord = ints();
  readonly #stretchAt = floats();
  /** The stretch of the same run before it; -1: there was none. */
  readonly #stretchBefore = ints();
  /** By the number of the run. */
  readonly #newest: number[] = [];
  #at = 0;

  /** Hand it to the fold. */
  readonly inspect = (event: InspectionEvent): void => {
    if (!this.isOn) return;
    switch (event.type) {
      case '@xstate.microstep':
        this.#move(event.actorRef as AnyActorRef, event._transitions);
        break;
      case '@xstate.snapshot':
        this.#stretch(event.actorRef as AnyActorRef);
        break;
      case '@xstate.actor':
        this.#push(event.actorRef as AnyActorRef, CREATED);
        break;
      default:
        // What was sent, and what actions did, shows in where they led.
        break;
    }
  };

  /** The next record is going to be folded. @param at its time */
  begin(at: number): void {
    this.#at = at;
    this.#movesBefore.push(this.#moveActor.length);
    this.#stretchesBefore.push(this.#stretchRun.length);
  }

  /** What the last record did is taken back, and the record is begun anew. */
  retract(): void {
    const record = this.#movesBefore.length - 1;
    const moves = this.#movesBefore.at(record);
    this.#moveActor.truncate(moves);
    this.#moveTransition.truncate(moves);
    const stretches = this.#stretchesBefore.at(record);
    for (let at = this.#stretchRun.length - 1; at >= stretches; at -= 1)
      this.#newest[this.#stretchRun.at(at)] = this.#stretchBefore.at(at);
    for (const column of this.#stretchColumns) column.truncate(stretches);
  }

  /**
   * The transitions that the last record which reached the actor made it take, in their order; undefined when none did.
   * @param upTo only records up to this one
   */
  lastOf(
    actor: string,
    upTo: number,
  ): { readonly record: number; readonly transitions: readonly string[] } | undefined {
    const number = this.#actors.find(actor);
    if (number === undefined) return undefined;
    for (let at = this.#movesUpTo(upTo) - 1; at >= 0; at -= 1) {
      if (this.#moveActor.at(at) !== number) continue;
      if (this.#moveTransition.at(at) === CREATED) return undefined;
      const record = this.#recordOf(at);
      const transitions: string[] = [];
      for (let other = this.#movesBefore.at(record - 1); other <= at; other += 1) {
        const transition = this.#moveTransition.at(other);
        if (this.#moveActor.at(other) === number && transition !== CREATED)
          transitions.push(this.#transitions.at(transition));
      }
      return { record, transitions };
    }
    return undefined;
  }

  /** Runs, kinds and states as the numbers of {@link Trace.eachStretch} name them. */
  get names(): { readonly runs: readonly string[]; readonly states: readonly string[] } {
    return { runs: this.#runs.all, states: this.#states.all };
  }

  /** Every stretch of every step's life, in the order of the log, in numbers: a long log has hundreds of thousands. */
  eachStretch(
    upTo: number,
    visit: (run: number, kind: number, state: number, attempt: number, at: number) => void,
  ): void {
    const end = this.#stretchesUpTo(upTo);
    for (let at = 0; at < end; at += 1) {
      visit(
        this.#stretchRun.at(at),
        this.#stretchKind.at(at),
        this.#stretchState.at(at),
        this.#stretchAttempt.at(at),
        this.#stretchAt.at(at),
      );
    }
  }

  /** Of one run, oldest first. */
  lifeOf(run: string, upTo: number): readonly Stretch[] {
    const number = this.#runs.find(run);
    const end = this.#stretchesUpTo(upTo);
    const life: Stretch[] = [];
    for (
      let at = number === undefined ? -1 : (this.#newest[number] ?? -1);
      at >= 0;
      at = this.#stretchBefore.at(at)
    )
      if (at < end) life.push(this.#stretchAtPlace(at));
    return life.reverse();
  }

  #move(actor: AnyActorRef, transitions: readonly AnyTransitionDefinition[]): void {
    for (const transition of transitions)
      this.#push(actor, this.#transitions.numberOf(transitionId(transition)));
  }

  #push(actor: AnyActorRef, transition: number): void {
    this.#moveActor.push(this.#numberOf(actor));
    this.#moveTransition.push(transition);
  }

  #stretch(actor: AnyActorRef): void {
    if (!PERFORMERS.has(actor.src)) return;
    const { value, context } = actor.getSnapshot();
    if (context.isPart === true) return;
    const run = this.#runs.numberOf(context.run);
    const state = this.#states.numberOf(String(value));
    const attempt: number = context.attempt ?? context.firstAttempt;
    const before = this.#newest[run] ?? -1;
    const isSame =
      before >= 0 && this.#stretchState.at(before) === state && this.#stretchAttempt.at(before) === attempt;
    if (isSame) return;
    this.#newest[run] = this.#stretchRun.length;
    this.#stretchRun.push(run);
    this.#stretchState.push(state);
    this.#stretchAttempt.push(attempt);
    this.#stretchKind.push(this.#states.numberOf(String(actor.src)));
    this.#stretchRecord.push(this.#movesBefore.length);
    this.#stretchAt.push(this.#at);
    this.#stretchBefore.push(before);
  }

  #numberOf(actor: AnyActorRef): number {
    const known = this.#numbers.get(actor);
    if (known !== undefined) return known;
    const number = this.#actors.numberOf(pathOf(actor));
    this.#numbers.set(actor, number);
    return number;
  }

  #stretchAtPlace(at: number): Stretch {
    return {
      run: this.#runs.at(this.#stretchRun.at(at)),
      kind: this.#states.at(this.#stretchKind.at(at)),
      state: this.#states.at(this.#stretchState.at(at)),
      attempt: this.#stretchAttempt.at(at),
      record: this.#stretchRecord.at(at),
      at: this.#stretchAt.at(at),
    };
  }

  #movesUpTo(record: number): number {
    return record < this.#movesBefore.length ? this.#movesBefore.at(record) : this.#moveActor.length;
  }

  #stretchesUpTo(record: number): number {
    return record < this.#stretchesBefore.length ? this.#stretchesBefore.at(record) : this.#stretchRun.length;
  }

  /** The record in which the move was made: the last that began at or before it. */
  #recordOf(move: number): number {
    let low = 0;
    let high = this.#movesBefore.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#movesBefore.at(middle) <= move) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  get #stretchColumns() {
    return [
      this.#stretchRun,
      this.#stretchState,
      this.#stretchAttempt,
      this.#stretchKind,
      this.#stretchRecord,
      this.#stretchAt,
      this.#stretchBefore,
    ];
  }
}

/** From when on a run of a step stood in a state; until its next stretch. */
export interface Stretch {
  readonly run: string;
  /** Of its actor: `agent`, `evaluation`, `wait`, `approval`, `consensus`. */
  readonly kind: string;
  readonly state: string;
  readonly attempt: number;
  /** From 1. */
  readonly record: number;
  /** Time of the record. */
  readonly at: number;
}

/** Path of an actor from the root: `execution/phase-0/slot-3`. */
export function pathOf(actor: AnyActorRef): string {
  const parent = (actor as { readonly _parent?: AnyActorRef })._parent;
  return parent === undefined ? 'execution' : `${pathOf(parent)}/${actor.id}`;
}

const CREATED = -1;

const PERFORMERS: ReadonlySet<unknown> = new Set(['agent', 'evaluation', 'wait', 'approval', 'consensus']);
