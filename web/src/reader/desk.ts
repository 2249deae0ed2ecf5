import type { Rules } from '../../../machines/world.ts';
import type { Fold } from '../../../src/engine/fold.ts';
import { actorTreeOf } from '../../../src/inspection/actor-tree.ts';
import type { Moment, Surroundings, ViewSource } from '../../../src/inspection/documents.ts';
import { lanesOf } from '../../../src/inspection/lanes.ts';
import { logPageOf, prepareSearch, rowAt } from '../../../src/inspection/log-rows.ts';
import { momentOf } from '../../../src/inspection/moment.ts';
import { Reading } from '../../../src/inspection/reading.ts';
import { actorViewOf } from '../../../src/inspection/statechart.ts';
import { stepDetailOf } from '../../../src/inspection/step-detail.ts';
import { stripOf } from '../../../src/inspection/strip.ts';
import { taskGraphOf } from '../../../src/inspection/task-graph.ts';
import type { LogRecord } from '../../../src/ports/event-log.ts';
import { provenanceOf } from '../../../src/provenance/graph.ts';
import { provenanceSumsOf } from '../../../src/provenance/sums.ts';
import type { Answer, Question } from './questions.ts';

export interface DeskOptions {
  readonly source: ViewSource;
  readonly rules: Rules;
  /** The log may grow, and controls be sent. False: an export, a simulated run. */
  readonly isOpen: boolean;
  /** Ms since 1970. */
  readonly now: () => number;
}

/** Steps of a phase whose provenance is told one by one where there are many. */
const TOLD_STEPS = 200;

/** Answers questions about an execution at a position. It knows nothing of where records come from, or who asks. */
export class Desk {
  readonly #options: DeskOptions;
  readonly #reading: Reading;
  /** Null: the end, wherever it is. */
  #wanted: number | null = null;
  #surroundings: Surroundings | null = null;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#reading = new Reading(options.source, options.rules);
  }

  get end(): number {
    return this.#reading.end;
  }

  append(records: readonly LogRecord[]): void {
    this.#reading.append(records);
  }

  /** Makes searches of the log ready, for as long as it may. Returns whether they are. */
  prepareSearch(mayGoOn: () => boolean): boolean {
    return prepareSearch(this.#reading, mayGoOn);
  }

  surround(surroundings: Surroundings): void {
    this.#surroundings = surroundings;
  }

  /** @param index from 1; null: the end, and from then on with it */
  seek(index: number | null): void {
    this.#wanted = index;
  }

  /** Undefined until the record that starts the execution was read. */
  moment(): Moment | undefined {
    if (this.#reading.count === 0) return undefined;
    const index = this.#index;
    return momentOf(this.#fold, {
      index,
      count: this.#reading.count,
      end: this.#reading.end,
      at: this.#reading.record(index).at,
      row: rowAt(this.#reading, index),
      isLive: this.#isLive,
      now: this.#now,
      surroundings: this.#surroundings,
    });
  }

  /** Throws RangeError before the first record was read, and for a record that there is not. */
  answer(question: Question): Answer {
    const reading = this.#reading;
    const index = this.#index;
    switch (question.ask) {
      case 'lanes':
        return lanesOf(this.#fold, reading.trace, index);
      case 'graph':
        return taskGraphOf(this.#fold, {
          now: this.#now,
          durations: new Map(Object.entries(question.durations ?? {})),
          most: question.most,
        });
      case 'step':
        return this.#step(question.id);
      case 'actors':
        return actorTreeOf(this.#fold);
      case 'actor': {
        const positionOf = (record: number): number => reading.record(record).position;
        return (
          actorViewOf(this.#fold, question.id, { trace: reading.trace, upTo: index, positionOf }) ?? null
        );
      }
      case 'log':
        return logPageOf(reading, { ...question, upTo: index });
      case 'record':
        return { row: rowAt(reading, question.index), record: reading.record(question.index) };
      case 'provenance': {
        const fold = this.#fold;
        return provenanceOf({ fold, records: [], attempts: reading.attempts.list(this.#position) });
      }
      case 'provenance sums': {
        const position = this.#position;
        const attemptsOf = (step: string) => reading.attempts.of(step, position);
        return provenanceSumsOf(this.#fold, { attemptsOf, most: TOLD_STEPS });
      }
      case 'hash':
        return this.#fold.hash();
      case 'positions':
        return reading.recordsAbout(question.id);
      case 'strip':
        return stripOf(reading);
      case 'index':
        return reading.indexOf(question.position);
    }
  }

  #step(id: string) {
    const reading = this.#reading;
    const past = {
      attempts: reading.attempts.of(id, this.#position),
      positions: reading.recordsAbout(id).map((index) => reading.record(index).position),
    };
    const surroundings = this.#isLive ? this.#surroundings : null;
    return stepDetailOf(this.#fold, id, past, { now: this.#now, surroundings }) ?? null;
  }

  get #index(): number {
    const { count } = this.#reading;
    return this.#wanted === null ? count : Math.max(1, Math.min(this.#wanted, count));
  }

  get #fold(): Fold {
    return this.#reading.at(this.#index);
  }

  get #position(): number {
    return this.#reading.record(this.#index).position;
  }

  get #isLive(): boolean {
    return this.#options.isOpen && this.#wanted === null;
  }

  /** What has ended, or is looked at in the past, is told from the time of its record. */
  get #now(): number {
    const at = this.#reading.record(this.#index).at;
    return this.#isLive && !this.#fold.hasEnded ? Math.max(at, this.#options.now()) : at;
  }
}
