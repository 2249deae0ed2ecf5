import type {
  ActorNode,
  ActorView,
  Lanes,
  LogFilter,
  LogPage,
  RecordDetail,
  StepDetail,
  Strip,
  TaskGraph,
} from '../../../src/inspection/documents.ts';

import type { Provenance } from '../../../src/provenance/graph.ts';
import type { ProvenanceSums } from '../../../src/provenance/sums.ts';

/** What can be asked of an execution at the present position. */
export type Question =
  | { readonly ask: 'lanes' }
  /** @see durations how long steps took before, in ms: the median, by step id */
  | {
      readonly ask: 'graph';
      readonly durations?: { readonly [step: string]: number } | undefined;
      /** Steps of a phase that have a node; the rest is only counted. */
      readonly most?: number | undefined;
    }
  /** By run. Null: there is no such step, or not yet. */
  | { readonly ask: 'step'; readonly id: string }
  | { readonly ask: 'actors' }
  /** By path. Null: there is no such actor now. */
  | { readonly ask: 'actor'; readonly id: string }
  | { readonly ask: 'log'; readonly filter: LogFilter; readonly offset: number; readonly limit: number }
  /** By index, from 1. */
  | { readonly ask: 'record'; readonly index: number }
  | { readonly ask: 'provenance' }
  /** The same phase by phase, for a large execution. */
  | { readonly ask: 'provenance sums' }
  | { readonly ask: 'hash' }
  /** Indexes of a step's records in the whole log, ascending, for `[` and `]`. */
  | { readonly ask: 'positions'; readonly id: string }
  /** Of every record in the log what a slider draws, and how to find it by its time. */
  | { readonly ask: 'strip' }
  /** Index of the last record at or before a position of the log; 0: none. */
  | { readonly ask: 'index'; readonly position: number };

interface Answers {
  readonly lanes: Lanes;
  readonly graph: TaskGraph;
  readonly step: StepDetail | null;
  readonly actors: ActorNode;
  readonly actor: ActorView | null;
  readonly log: LogPage;
  readonly record: RecordDetail;
  readonly provenance: Provenance;
  readonly 'provenance sums': ProvenanceSums;
  readonly hash: string;
  readonly positions: readonly number[];
  readonly strip: Strip;
  readonly index: number;
}

export type AnswerOf<Q extends Question> = Answers[Q['ask']];
export type Answer = Answers[keyof Answers];
