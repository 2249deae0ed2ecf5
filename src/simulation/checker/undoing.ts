import type { Rollback } from '../../../machines/ledger.ts';
import type { Fold } from '../../engine/fold.ts';
import type { IndexedPinned } from '../../engine/pinned.ts';
import type { LogRecord } from '../../ports/event-log.ts';

interface Done {
  readonly run: string;
  readonly claimedAt: number;
  /** Undefined: its outcome was not accepted. */
  readonly completedAt: number | undefined;
  /** Undefined while it is at work. */
  readonly endedAt: number | undefined;
}

type Find = (invariant: 'I5', what: string) => void;

/**
 * What was done and can be undone, by the accepted records: beside the fold's own account, and without the code that plans. Checks I5:
 * compensations run in reverse order of completion, each once, what is uncertain before, and nothing before all has drained.
 */
export class Undoing {
  readonly #find: Find;
  /** Id of a compensation -> the step that it undoes, and whether that runs once per item. */
  readonly #undoes = new Map<string, { readonly step: string; readonly repeats: boolean }>();
  readonly #done = new Map<string, Done>();
  readonly #undone = new Set<string>();
  /** Left as they are, by the rollback's number and the run. */
  readonly #skipped = new Set<string>();

  constructor(pinned: IndexedPinned, find: Find) {
    this.#find = find;
    for (const phase of pinned.definition.phases) {
      for (const step of phase.steps) {
        if (step.kind !== 'agent' || step.compensate === undefined) continue;
        this.#undoes.set(step.compensate.id, { step: step.id, repeats: phase.forEach !== undefined });
      }
    }
  }

  isCompensation(run: string): boolean {
    return this.#targetOf(run) !== undefined;
  }

  /** An accepted record, after it was folded. */
  take(record: LogRecord, fold: Fold, before: string): void {
    const { step } = record.data as { readonly step?: unknown };
    if (typeof step === 'string') {
      const target = this.#targetOf(step);
      if (target === undefined) this.#work(record, step, fold);
      else if (record.type === 'step.claimed') this.#begins(record, step, target, fold);
      else if (record.type === 'step.succeeded') this.#ends(step, target, fold);
    }
    this.#noteEnds(fold);
    const isOver = before === 'rollingBack' && (fold.status === 'rolledBack' || fold.status === 'running');
    if (isOver) this.#overall(fold, record.position);
  }

  #work({ type, position }: LogRecord, run: string, fold: Fold): void {
    if (type !== 'step.claimed' || !this.#canBeUndone(run, fold)) return;
    this.#done.set(run, { run, claimedAt: position, completedAt: undefined, endedAt: undefined });
  }

  /** By the results, whatever ended it: a report, a timer, a cancel. */
  #noteEnds({ world }: Fold): void {
    for (const { number, plan = [] } of world.ledger.rollbacks) {
      for (const { step, status } of plan) {
        if (status !== 'skipped' || this.#skipped.has(`${number}/${step}`)) continue;
        this.#skipped.add(`${number}/${step}`);
        this.#done.delete(step);
      }
    }
    for (const [run, done] of this.#done) {
      if (done.endedAt !== undefined || world.steps.has(run)) continue;
      const result = [...world.ledger.phases.values()].flatMap(({ results }) => results.get(run) ?? [])[0];
      const endedAt = result?.position;
      const completedAt = result?.status === 'succeeded' ? endedAt : undefined;
      this.#done.set(run, { ...done, endedAt, completedAt });
    }
  }

  #begins({ position }: LogRecord, run: string, target: string, fold: Fold): void {
    const others = fold.claims().filter(({ step }) => step !== run);
    if (others.length > 0)
      this.#find(
        'I5',
        `${run} was begun at ${position} while ${others.map(({ step }) => step).join(', ')} stood`,
      );
    const { rollback } = fold.world.ledger;
    if (rollback === undefined) {
      this.#find('I5', `${run} was begun at ${position} without a rollback`);
      return;
    }
    const [next] = this.#left(rollback);
    if (next?.run !== target)
      this.#find('I5', `${run} was begun at ${position}, where ${next?.run ?? 'nothing'} was to be undone`);
  }

  #ends(run: string, target: string, { world }: Fold): void {
    if (world.ledger.compensations.get(run)?.status !== 'succeeded' || world.steps.has(run)) return;
    if (this.#undone.has(run)) this.#find('I5', `${target} was undone twice by ${run}`);
    this.#undone.add(run);
    this.#done.delete(target);
  }

  /** What is in the way of a rollback that says to be done. */
  #overall({ world }: Fold, position: number): void {
    const rollback = world.ledger.rollbacks.findLast(({ outcome }) => outcome !== undefined);
    if (rollback === undefined) return;
    const left = this.#left(rollback).map(({ run }) => run);
    if (left.length > 0)
      this.#find('I5', `at ${position} all is said to be undone, but for ${left.join(', ')}`);
  }

  /** In the order in which it is to be undone. */
  #left({ position, step }: Rollback): readonly Done[] {
    return [...this.#done.values()]
      .filter(({ run, endedAt, claimedAt }) => {
        if (step !== undefined && run !== step && run.replace(/_\d+$/, '') !== step) return false;
        return endedAt === undefined || endedAt > position || claimedAt > position;
      })
      .sort(
        (a, b) =>
          (b.completedAt ?? Number.POSITIVE_INFINITY) - (a.completedAt ?? Number.POSITIVE_INFINITY) ||
          b.claimedAt - a.claimedAt,
      );
  }

  #canBeUndone(run: string, { pinned }: Fold): boolean {
    const step = pinned.stepsById.get(run) ?? pinned.stepsById.get(run.replace(/_\d+$/, ''));
    return step?.kind === 'agent' && step.compensate !== undefined;
  }

  /** Which run a run of a compensation undoes: behind its id stand the item, and from the second time on the time. */
  #targetOf(run: string): string | undefined {
    const [, id = run, first] = /^(.*?)(?:_(\d+))?(?:_\d+)?$/.exec(run) ?? [];
    const known = this.#undoes.get(run) ?? this.#undoes.get(id);
    if (known === undefined) return undefined;
    return known.repeats ? `${known.step}_${first}` : known.step;
  }
}
