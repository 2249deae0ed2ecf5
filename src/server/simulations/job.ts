import type { ViewSource } from '../../inspection/documents.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import type { DurationHistory } from '../../simulation/campaign/durations.ts';
import type { RunResult } from '../../simulation/campaign/run-result.ts';
import type { Campaign, FoundStandstill } from '../../simulation/campaign.ts';
import type { FaultLevel } from '../../simulation/cluster/faults.ts';
import type { Past } from '../../simulation/past.ts';

/** All that a thread needs to simulate; a structured clone. */
export interface SimulationJob {
  /** A task and its input, or what a live execution is up to now. */
  readonly of:
    | {
        readonly kind: 'task';
        readonly task: string;
        readonly input: { readonly [field: string]: unknown };
      }
    | { readonly kind: 'fork'; readonly past: Past };
  readonly seed: number;
  readonly runs: number;
  readonly hosts: number;
  readonly faults: FaultLevel;
  /** How agents behave, as YAML or JSON; see docs/simulation.md. */
  readonly agents?: string | undefined;
  readonly without: readonly string[];
  readonly history?: DurationHistory | undefined;
  readonly place: SimulationPlace;
}

/** Where tasks and agents are found. */
export interface SimulationPlace {
  readonly cwd: string;
  readonly agentDirs: readonly string[];
  readonly groups?: { readonly [group: string]: readonly string[] } | undefined;
}

/** What a thread is asked: all runs, or one of them with its log. */
export type ThreadStart = {
  readonly job: SimulationJob;
  /** Not 0: stop at the next run. */
  readonly stop: Int32Array;
} & ({ readonly ask: 'campaign' } | { readonly ask: 'run'; readonly seed: number });

export type FromThread =
  | {
      readonly kind: 'progress';
      readonly done: number;
      readonly total: number;
      readonly runs: readonly RunSummary[];
    }
  | { readonly kind: 'campaign'; readonly campaign: ToldCampaign }
  | { readonly kind: 'run'; readonly source: ViewSource; readonly records: readonly LogRecord[] }
  | { readonly kind: 'failed'; readonly error: ThreadError };

/** A campaign with its standstills told in words. */
export interface ToldCampaign extends Omit<Campaign, 'standstills'> {
  readonly standstills: readonly (FoundStandstill & { readonly inWords: readonly string[] })[];
}

/** What went wrong, as it crosses the thread's border; `problems` of an input, `diagnostics` of a file. */
export interface ThreadError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly problems?: unknown;
  readonly diagnostics?: unknown;
}

/** One run, as a list or a histogram shows it. */
export interface RunSummary {
  readonly seed: number;
  readonly outcome: RunResult['outcome'];
  /** From the execution's start, a fork's past included; ms. */
  readonly durationMs: number;
  readonly usd: number;
  readonly tokens: number;
  readonly error: string | null;
}
