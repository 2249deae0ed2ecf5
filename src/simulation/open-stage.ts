import { notYetSupported } from '../errors.ts';
import type { Json } from '../json.ts';
import type { AgentScript } from './agents/script.ts';
import { CalmStage } from './calm-stage.ts';
import type { Stage } from './stage.ts';

/** How much goes wrong. */
export const FAULT_LEVELS = ['none', 'light', 'heavy'] as const;
export type FaultLevel = (typeof FAULT_LEVELS)[number];

/** Concrete faults, as plain JSON; running with them makes exactly these. */
export type FaultScript = readonly Json[];

export interface OpenStageOptions {
  readonly seed: number;
  readonly agents: { readonly [role: string]: AgentScript };
  /** Agent hosts. What one of them does at once is for the pinned agents' `concurrency` to say, over all hosts together. */
  readonly hosts: number;
  /** Roles that none of them offers. */
  readonly without: readonly string[];
  readonly faults: FaultLevel;
  /** In place of what the seed would draw. */
  readonly script?: FaultScript | undefined;
}

/** A stage, and what was done to it. */
export interface OpenedStage extends Stage {
  /** The faults that were made so far. Absent: none can be. */
  readonly faultScript?: FaultScript | undefined;
  /** What the checker of invariants found so far, in words. */
  readonly findings?: readonly string[] | undefined;
  /** How many agents wait for time to pass. Absent: not known. */
  readonly sleeping?: number | undefined;
}

export type OpenStage = (options: OpenStageOptions) => Promise<OpenedStage>;

/** The stage for a run: a calm one, or one where things go wrong. The only place that knows which stages there are. */
export async function openStage({ seed, agents, without, faults }: OpenStageOptions): Promise<OpenedStage> {
  if (faults !== 'none') throw notYetSupported(`--faults ${faults}`, 'Run without faults.');
  return CalmStage.open({ seed, agents, without });
}

/** A fault in a person's words. */
export function faultInWords(fault: Json): string {
  return JSON.stringify(fault);
}
