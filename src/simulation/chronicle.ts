import type { StepResult } from '../../machines/ledger.ts';
import type { Fold } from '../engine/fold.ts';
import { beginFold, type Sources, startIn } from '../engine/load.ts';
import { type Attempt, readStory, type Story, StoryTeller, type ToldRecord } from '../history/story.ts';
import type { LogRecord, Position } from '../ports/event-log.ts';

/**
 * What became of one execution, folded from its log a second time: where it stands, and every state that it was in on the way, which
 * the engine's own state does not keep.
 */
export class Chronicle {
  readonly #execution: string;
  readonly #stage: { readonly sources: Sources };
  #teller: StoryTeller | undefined;
  #story: Story | undefined;
  #last: Position = 0;
  /** States that phases, steps and the execution were in: `phase/NAME/STATE`. */
  readonly #reached = new Set<string>();
  readonly #ends = new Map<string, StepResult>();
  readonly #errors = new Map<string, Attempt['error']>();
  readonly #began = new Map<string, Position>();
  readonly #succeeded = new Map<string, Position>();
  readonly #order: string[] = [];
  /** How many results a phase had. */
  readonly #counts = new WeakMap<ReadonlyMap<string, StepResult>, number>();
  #phases: Fold['context']['phases'] = {};
  #isSuspended = false;

  /** @param stage whose sources are others after a restart */
  constructor(execution: string, stage: { readonly sources: Sources }) {
    this.#execution = execution;
    this.#stage = stage;
  }

  /** Reads what the log has that was not read before. */
  async catchUp(): Promise<void> {
    const { sources } = this.#stage;
    const records = await sources.log.read(this.#execution, { after: this.#last });
    for (const record of records) {
      if (this.#isSuspended) break;
      if (this.#teller !== undefined) this.#tell(this.#teller, record);
      else if (startIn(record) !== undefined) {
        const fold = await beginFold(record, sources);
        this.#teller = new StoryTeller(fold, record);
        this.#note(fold, record);
      }
      this.#last = record.position;
    }
    // From a record on that cannot be folded, only the whole log tells.
    if (this.#isSuspended) this.#story = await readStory(this.#execution, sources);
    else this.#story = undefined;
  }

  get fold(): Fold {
    const fold = this.#isSuspended ? this.#story?.fold : this.#teller?.fold;
    if (fold === undefined) throw new Error(`${this.#execution} was not started`);
    return fold;
  }

  get records(): readonly ToldRecord[] {
    return this.#told.records;
  }

  /** Attempts in the order of their claims; one that was stopped has its error as well. */
  get attempts(): readonly Attempt[] {
    return this.#told.attempts.map((attempt) => {
      const error = attempt.error ?? this.#errors.get(`${attempt.step}/${attempt.attempt}`);
      return error === undefined ? attempt : { ...attempt, error };
    });
  }

  /** Steps in the order in which they succeeded. */
  get order(): readonly string[] {
    return this.#order;
  }

  /** Whether it is, or was once, in that state. @param what `phase`, `step` or `execution` */
  hasReached(what: 'phase' | 'step' | 'execution', name: string, state: string): boolean {
    return this.#reached.has(`${what}/${name}/${state}`);
  }

  /** Every state that a step was in. */
  statesOf(step: string): readonly string[] {
    const prefix = `step/${step}/`;
    return [...this.#reached]
      .filter((entry) => entry.startsWith(prefix))
      .map((entry) => entry.slice(prefix.length));
  }

  /** Where in the log a step was first claimed, or ended where nobody claims it; undefined before that. */
  beganAt(step: string): Position | undefined {
    return this.#began.get(step) ?? this.#succeeded.get(step);
  }

  succeededAt(step: string): Position | undefined {
    return this.#succeeded.get(step);
  }

  get #told(): Story {
    const story = this.#story ?? this.#teller?.story();
    if (story === undefined) throw new Error(`${this.#execution} was not started`);
    this.#story = story;
    return story;
  }

  #tell(teller: StoryTeller, record: LogRecord): void {
    if (!teller.tell(record)) {
      this.#isSuspended = true;
      this.#reached.add(`execution/${this.#execution}/suspended`);
    } else if (teller.latest.refusal === undefined) {
      this.#note(teller.fold, record);
    }
  }

  #note(fold: Fold, record: LogRecord): void {
    this.#reached.add(`execution/${record.execution}/${fold.status}`);
    if (fold.context.phases !== this.#phases) this.#notePhases(fold);
    const { step, attempt } = (record.data ?? {}) as { readonly step?: string; readonly attempt?: number };
    if (record.type === 'step.claimed' && step !== undefined && !this.#began.has(step)) {
      this.#began.set(step, record.position);
    }
    for (const [run, actor] of fold.world.steps) {
      this.#reached.add(`step/${run}/${String(actor.getSnapshot().value)}`);
    }
    for (const { results } of fold.world.ledger.phases.values()) this.#noteEnds(results, step, record);
    if (record.type === 'claim.released' && step !== undefined) {
      const error = fold.world.ledger.lastErrors.get(step) ?? this.#ends.get(step)?.error;
      if (error !== undefined) this.#errors.set(`${step}/${attempt}`, error);
    }
  }

  #notePhases(fold: Fold): void {
    const { phases } = fold.context;
    for (const [name, standing] of Object.entries(phases)) {
      if (standing === this.#phases[name] || standing === 'waiting') continue;
      // One that is skipped never ran; the others did, if only for an instant.
      if (standing !== 'skipped') this.#reached.add(`phase/${name}/running`);
      if (standing !== 'admitted') this.#reached.add(`phase/${name}/${standing}`);
    }
    this.#phases = phases;
  }

  #noteEnds(
    results: ReadonlyMap<string, StepResult>,
    step: string | undefined,
    { position }: LogRecord,
  ): void {
    const known = step === undefined ? undefined : results.get(step);
    if (known !== undefined) this.#noteEnd(known, position);
    if (results.size === (this.#counts.get(results) ?? 0)) return;
    this.#counts.set(results, results.size);
    for (const result of results.values()) {
      if (!this.#ends.has(result.step)) this.#noteEnd(result, position);
    }
  }

  #noteEnd(result: StepResult, position: Position): void {
    const { step, status } = result;
    const isNews = this.#ends.get(step) !== result;
    if (!isNews) return;
    this.#ends.set(step, result);
    this.#reached.add(`step/${step}/${status}`);
    if (status !== 'succeeded') return;
    this.#order.push(step);
    this.#succeeded.set(step, position);
  }
}
