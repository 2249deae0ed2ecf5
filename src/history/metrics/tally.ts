import type { Position } from '../../ports/event-log.ts';
import type { Histogram } from './durations-histogram.ts';

/** What the attempts of one execution came to. Derived from its log, as all of the history; metrics add these up. */
export interface Tally {
  readonly execution: string;
  readonly task: string;
  /** Ms since 1970. */
  readonly startedAt: number;
  /** The last record that is in it. */
  readonly position: Position;
  readonly agents: { readonly [agent: string]: AgentTally };
  /** Step id, without the number of an item -> from its first offer to its end, of runs that succeeded. */
  readonly steps: { readonly [step: string]: Histogram };
  /** Failed attempts, the ones that were tried again included. */
  readonly failures: readonly { readonly agent: string; readonly class: string; readonly count: number }[];
}

export interface AgentTally {
  /** Claims of its steps. */
  readonly attempts: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Claims that ended without a report of the work: the host went silent, gave it up, or was told to. */
  readonly lost: number;
  readonly tokens: number;
  readonly usd: number;
  /** From claim to report, of attempts that succeeded. */
  readonly work: Histogram;
  /** From claim to end, of all attempts, in ms. */
  readonly busyMs: number;
  /** From offer to claim. */
  readonly waits: Histogram;
}
