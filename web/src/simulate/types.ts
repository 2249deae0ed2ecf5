import type { ToldCampaign } from '../../../src/server/simulations/job.ts';
import type { SimulationView } from '../../../src/server/simulations/simulations.ts';

export type Simulation = SimulationView;
export type Results = ToldCampaign;
export type RunSummary = SimulationView['runs'][number];

/** What is sent to begin one. */
export interface SimulationRequest {
  readonly task?: string;
  readonly input?: { readonly [field: string]: unknown };
  readonly fork?: { readonly execution: string; readonly position?: number };
  readonly runs: number;
  readonly seed: number;
  readonly hosts: number;
  readonly faults: string;
  readonly agents: string;
  readonly without: readonly string[];
  readonly usesHistory: boolean;
}
