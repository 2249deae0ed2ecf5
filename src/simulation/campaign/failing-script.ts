import type { CampaignOptions } from '../campaign.ts';
import type { Fault } from '../open-stage.ts';
import { shrink } from '../shrink.ts';
import type { RunResult } from './run-result.ts';
import { simulateRun } from './simulate-run.ts';

/** A seed whose faults break what goes well without them, and the fewest of its faults that still do. */
export interface FailingScript {
  readonly seed: number;
  /** What it ends with because of them, and without. */
  readonly outcome: RunResult['outcome'];
  readonly without: RunResult['outcome'];
  readonly findings: readonly string[];
  /** How many faults the seed made. */
  readonly faultCount: number;
  readonly script: readonly Fault[];
  /** None of them can be left out. */
  readonly isMinimal: boolean;
}

/** How many seeds are looked into; each takes many runs. */
const MOST_SEEDS = 2;
/** How often one seed is run again at most. */
const MOST_RUNS = 80;

/** Of the first failing seeds the shortest script of faults that fails in the same way. */
export async function shrinkFaults(
  { setting, hosts, faults, isInterrupted = () => false }: CampaignOptions,
  results: readonly RunResult[],
): Promise<readonly FailingScript[]> {
  const failing: FailingScript[] = [];
  for (const { seed, outcome, findings } of results) {
    if (failing.length >= MOST_SEEDS || isInterrupted()) break;
    if (outcome === 'completed' && findings.length === 0) continue;
    const without = (await simulateRun(setting, { seed, hosts, faults, script: [] })).result;
    // It fails by itself: the faults are not what did it.
    if (without.outcome === outcome && findings.length === 0) continue;
    const fails = async (script: readonly Fault[]): Promise<boolean> => {
      if (isInterrupted()) return false;
      const { result } = await simulateRun(setting, { seed, hosts, faults, script });
      return findings.length > 0 ? result.findings.length > 0 : result.outcome === outcome;
    };
    const { script } = await simulateRun(setting, { seed, hosts, faults });
    const shortest = await shrink(script, fails, MOST_RUNS);
    failing.push({
      seed,
      outcome,
      without: without.outcome,
      findings,
      faultCount: script.length,
      script: shortest.items,
      isMinimal: shortest.isMinimal && !isInterrupted(),
    });
  }
  return failing;
}
