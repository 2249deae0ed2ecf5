import type { Kept } from '../../machines/kept.ts';
import type { Rules } from '../../machines/world.ts';
import type { Json } from '../json.ts';
import type { Notifier } from '../ports/notifier.ts';
import type { WorkingFiles } from '../ports/working-files.ts';
import type { AggregateRegistry } from '../task/aggregate.ts';
import type { DeskOptions } from './desk.ts';
import type { StepStrategy } from './evaluate.ts';
import type { Inspect } from './fold.ts';
import type { RerunLink } from './fold-snapshot.ts';
import type { Pinned } from './pinned.ts';
import type { EngineSurroundings } from './surroundings.ts';

export interface EngineOptions extends EngineSurroundings {
  /** Replaces the task language's rules; for tests. */
  readonly rules?: Rules | undefined;
  /** Hears of every actor of the executions that are driven, see XState's inspection events. */
  readonly inspect?: Inspect | undefined;
  /** Step kinds by name, see `registerStepStrategy`. */
  readonly strategies?: ReadonlyMap<string, StepStrategy> | undefined;
  readonly aggregates?: AggregateRegistry | undefined;
  /** Tells people of failures, approvals and deviations. Absent: nobody is told. */
  readonly notifier?: Notifier | undefined;
  /** What people approve may lie here. Absent: approvals of files fail. */
  readonly files?: WorkingFiles | undefined;
  /** How long a claim holds without a heartbeat, in ms. Default 30,000. */
  readonly leaseMs?: number | undefined;
  /** Agents run in the owner's own process, so a claim that a gone process left behind is void at once. Default true. */
  readonly hostsDieWithOwner?: boolean | undefined;
  /**
   * Drive every execution of the log, whoever starts it: the log is one partition, and this process its owner. Default false:
   * only those that were begun or adopted here.
   */
  readonly drivesAll?: boolean | undefined;
  /** The log lost its tail: what was folded is not what it holds. Only with `drivesAll`; start again with another engine. */
  readonly onTruncated?: (() => void) | undefined;
  readonly tokenOf?: DeskOptions['tokenOf'];
  readonly onReport?: DeskOptions['onReport'];
  readonly mayClaimAhead?: DeskOptions['mayClaimAhead'];
  readonly onCancel?: DeskOptions['onCancel'];
  /** Take over executions that other processes start or wake and nobody drives. Default false. */
  readonly adoptsOthers?: boolean | undefined;
}

export interface StartRequest {
  readonly execution: string;
  readonly pinned: Pinned;
  readonly input: Json;
  /** W3C trace context of whoever starts it; what is none is left out. */
  readonly traceparent?: string | undefined;
  /** It is another one run again: what of that one is kept, as `rerunOf` of src/library/rerun.ts tells. */
  readonly rerunOf?: (RerunLink & { readonly kept?: Kept | undefined }) | undefined;
  /** The id was made just now, so nobody can have used it: spares a look into the log. Default false. */
  readonly isFresh?: boolean | undefined;
}

export interface Begun {
  readonly execution: string;
  /** False when an execution of this id, task and input was there already. */
  readonly isNew: boolean;
}
