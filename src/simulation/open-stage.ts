import type { AgentScript } from './agents/script.ts';
import { CalmStage } from './calm-stage.ts';
import type { FaultLevel, PointFault, TimedFault } from './cluster/faults.ts';
import { FaultyStage } from './faulty-stage.ts';
import type { Past } from './past.ts';
import type { Stage } from './stage.ts';

/** One concrete fault; plain JSON. */
export type Fault = TimedFault | PointFault;

export interface OpenStageOptions {
  readonly seed: number;
  readonly agents: { readonly [role: string]: AgentScript };
  readonly hosts: number;
  /** Roles that none of them offers. */
  readonly without: readonly string[];
  /** Attempts of a role at once on one host. */
  readonly seatsPerHost: (role: string) => number;
  readonly faults: FaultLevel;
  /** Exactly these faults, in place of what the seed would draw. */
  readonly script?: readonly Fault[] | undefined;
  /** For how long faults strike, in ms. */
  readonly windowMs: number;
  /** When time begins, in ms since 1970. Default: whatever the stage begins with. */
  readonly startAt?: number | undefined;
}

/** A stage, and what was done to it. */
export interface OpenedStage extends Stage {
  /** The faults that were made so far. Absent: none can be. */
  readonly faultScript?: readonly Fault[] | undefined;
  /** How many agents wait for time to pass. Absent: not known. */
  readonly sleeping?: number | undefined;
  /** Goes on with an execution that was begun elsewhere. Absent: the stage begins all of them. */
  adopt?(past: Past): Promise<void>;
  /** Lets everything come to rest, and says which invariants did not hold. Absent: nothing is checked. */
  conclude?(): Promise<readonly string[]>;
}

export type OpenStage = (options: OpenStageOptions) => Promise<OpenedStage>;

/** The stage for a run: a calm one, or one where things go wrong. The only place that knows which stages there are. */
export async function openStage(options: OpenStageOptions): Promise<OpenedStage> {
  if (options.faults !== 'none') return new FaultyStage(options);
  const { seed, agents, without, startAt } = options;
  return CalmStage.open({ seed, agents, without, startAt });
}
