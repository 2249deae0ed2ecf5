import type { TaskDefinition } from '../task/definition.ts';
import { rolesOf } from '../task/roles.ts';
import { type PhaseWeight, weighPhases } from './campaign/bottleneck.ts';
import { compareOutputs, type OutputCounts } from './campaign/differing-outputs.ts';
import { type FailingScript, shrinkFaults } from './campaign/failing-script.ts';
import { type NeverRan, neverRan } from './campaign/never-ran.ts';
import type { RunResult } from './campaign/run-result.ts';
import { type RunSetting, simulateRun } from './campaign/simulate-run.ts';
import { type Quantiles, quantilesOf, type Share, shareOf, tally } from './campaign/statistics.ts';
import { type RoleUse, useOfRoles } from './campaign/utilisation.ts';
import type { FaultLevel } from './cluster/faults.ts';

export interface CampaignOptions {
  readonly setting: RunSetting;
  /** The runs use the seeds from `seed` on. */
  readonly seed: number;
  readonly runs: number;
  /** Agent hosts. The makespan is found for 1 to so many. */
  readonly hosts: number;
  readonly faults: FaultLevel;
  /** Called after every run, those for the makespan included. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Told of every run, but for those that only say what fewer hosts would do. */
  readonly onResult?: ((result: RunResult) => void) | undefined;
  /** Asked between runs; then there is what there is so far. */
  readonly isInterrupted?: (() => boolean) | undefined;
}

/** What many runs of a task have in common. Plain JSON; times in ms. */
export interface Campaign {
  readonly task: string;
  readonly version: string;
  readonly seed: number;
  /** Runs that were made; fewer than were asked for when it was interrupted. */
  readonly runs: number;
  readonly hosts: number;
  readonly faults: FaultLevel;
  readonly isInterrupted: boolean;
  readonly success: Share;
  readonly outcomes: readonly {
    readonly name: string;
    readonly count: number;
    readonly seeds: readonly number[];
  }[];
  readonly errors: readonly FoundError[];
  /** Of the runs that completed. */
  readonly duration: Quantiles | null;
  /** Of all runs, as the others that follow. */
  readonly usd: Quantiles | null;
  readonly tokens: Quantiles | null;
  readonly phases: readonly PhaseWeight[];
  readonly roles: readonly RoleUse[];
  /** Of runs without faults that completed. */
  readonly makespan: readonly MakespanOfHosts[];
  readonly neverRan: readonly NeverRan[];
  readonly outputs: OutputCounts;
  /** Phases that completed although some of their agents failed. */
  readonly degraded: readonly { readonly phase: string; readonly runs: number }[];
  /** Each standstill that differs from those before in what it is about, with the runs that came to it. */
  readonly standstills: readonly FoundStandstill[];
  /** What the checker of invariants found. */
  readonly findings: readonly { readonly text: string; readonly seeds: readonly number[] }[];
  /** Of the first seeds that fail because of faults. */
  readonly failingScripts: readonly FailingScript[];
}

export interface FoundError {
  readonly code: string;
  /** Of the first of the runs. */
  readonly message: string;
  readonly count: number;
  readonly seeds: readonly number[];
}

export interface FoundStandstill {
  readonly standstill: NonNullable<RunResult['standstill']>;
  readonly outcome: RunResult['outcome'];
  /** When, in ms of the first of the runs. */
  readonly atMs: number;
  readonly count: number;
  readonly seeds: readonly number[];
}

export interface MakespanOfHosts {
  readonly hosts: number;
  readonly runs: number;
  readonly p50: number | null;
  readonly p95: number | null;
}

/** Runs a task many times and sums up. The same options give the same campaign. */
export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
  const { setting, seed, runs, hosts, faults, onProgress, isInterrupted = () => false } = options;
  const hostCounts = Array.from({ length: hosts }, (_, at) => at + 1);
  const sampled = Math.min(runs, MAKESPAN_RUNS);
  // With all hosts and without faults the runs themselves say how long it takes.
  const others = hostCounts.filter((count) => count < hosts || faults !== 'none');
  const total = runs + others.length * sampled;
  let done = 0;
  const made = (): void => {
    done += 1;
    onProgress?.(done, total);
  };
  const results: RunResult[] = [];
  for (let at = 0; at < runs && !isInterrupted(); at += 1) {
    const { result } = await simulateRun(setting, { seed: seed + at, hosts, faults });
    results.push(result);
    options.onResult?.(result);
    made();
  }
  const makespan: MakespanOfHosts[] = [];
  for (const count of hostCounts) {
    const sample = others.includes(count) ? [] : results.slice(0, sampled);
    for (let at = 0; others.includes(count) && at < sampled && !isInterrupted(); at += 1) {
      sample.push((await simulateRun(setting, { seed: seed + at, hosts: count, faults: 'none' })).result);
      made();
    }
    makespan.push(makespanOf(count, sample));
  }
  const failingScripts = faults === 'none' ? [] : await shrinkFaults(options, results);
  return { ...summarise(options, results), makespan, failingScripts, isInterrupted: isInterrupted() };
}

/** How many runs tell the makespan of fewer hosts than there are. */
const MAKESPAN_RUNS = 50;

function makespanOf(hosts: number, runs: readonly RunResult[]): MakespanOfHosts {
  const quantiles = quantilesOf(runs.filter(isComplete).map(({ durationMs }) => durationMs));
  return { hosts, runs: runs.length, p50: quantiles?.p50 ?? null, p95: quantiles?.p95 ?? null };
}

function isComplete({ outcome }: RunResult): boolean {
  return outcome === 'completed';
}

/** Everything that follows from the results alone. Pure. */
function summarise(
  { setting, seed, hosts, faults }: Pick<CampaignOptions, 'setting' | 'seed' | 'hosts' | 'faults'>,
  results: readonly RunResult[],
): Omit<Campaign, 'makespan' | 'failingScripts' | 'isInterrupted'> {
  const { definition, agents } = setting.pinned;
  const completed = results.filter(isComplete);
  return {
    task: definition.name,
    version: definition.version,
    seed,
    runs: results.length,
    hosts,
    faults,
    success: shareOf(completed.length, results.length),
    outcomes: tally(results.map(({ outcome }) => outcome)).map(({ name, count }) => ({
      name,
      count,
      seeds: seedsOf(results.filter(({ outcome }) => outcome === name)),
    })),
    errors: errorsIn(results),
    duration: quantilesOf(completed.map(({ durationMs }) => durationMs)),
    usd: quantilesOf(results.map(({ usd }) => usd)),
    tokens: quantilesOf(results.map(({ tokens }) => tokens)),
    phases: weighPhases(results),
    roles: useOfRoles(results, rolesAtWork(definition, Object.keys(agents), results), (role) =>
      setting.without.includes(role) ? 0 : hosts * setting.seatsPerHost(role),
    ),
    neverRan: neverRan(definition, results),
    outputs: compareOutputs(results),
    degraded: tally(
      results.flatMap(({ phases }) => phases.filter(({ degraded }) => degraded).map(({ name }) => name)),
    ).map(({ name, count }) => ({ phase: name, runs: count })),
    standstills: standstillsIn(results),
    findings: groupBy(
      results.flatMap((run) => run.findings.map((text) => ({ text, run }))),
      ({ text }) => text,
    ).map(([text, found]) => ({ text, seeds: seedsOf(found.map(({ run }) => run)) })),
  };
}

/** A task that chooses agents at run time pins all that there are: those that were never asked say nothing. */
function rolesAtWork(
  task: TaskDefinition,
  pinned: readonly string[],
  results: readonly RunResult[],
): readonly string[] {
  const named = task.phases.flatMap(({ steps }) => steps.flatMap(rolesOf));
  const asked = new Set(results.flatMap(({ attempts }) => attempts.map(({ role }) => role)));
  return pinned.filter((role) => named.includes(role) || asked.has(role));
}

function errorsIn(results: readonly RunResult[]): readonly FoundError[] {
  const failed = results.flatMap((run) => (run.error === null ? [] : [{ run, error: run.error }]));
  return groupBy(failed, ({ error }) => [error.code, error.phase, error.step].join(' '))
    .map(([, group]): FoundError | undefined => {
      const [first] = group;
      if (first === undefined) return undefined;
      const { code, message } = first.error;
      return { code, message, count: group.length, seeds: seedsOf(group.map(({ run }) => run)) };
    })
    .filter((found) => found !== undefined)
    .sort((one, other) => other.count - one.count);
}

function standstillsIn(results: readonly RunResult[]): readonly FoundStandstill[] {
  const still = results.flatMap((run) =>
    run.standstill === null ? [] : [{ run, standstill: run.standstill }],
  );
  const aboutOf = ({ run, standstill }: (typeof still)[number]): string =>
    `${run.outcome} ${standstill.kind} ${standstill.blocked.map(({ id, stands }) => `${id} ${stands}`).join(', ')}`;
  return groupBy(still, aboutOf).flatMap(([, group]) => {
    const [first] = group;
    if (first === undefined) return [];
    const { run, standstill } = first;
    const seeds = seedsOf(group.map((one) => one.run));
    return [{ standstill, outcome: run.outcome, atMs: run.durationMs, count: group.length, seeds }];
  });
}

/** The first ten; the campaign has them all. */
function seedsOf(runs: readonly RunResult[]): readonly number[] {
  return [...new Set(runs.map(({ seed }) => seed))].slice(0, 10);
}

function groupBy<Value>(
  values: readonly Value[],
  keyOf: (value: Value) => string,
): readonly (readonly [string, readonly Value[]])[] {
  const groups = new Map<string, Value[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return [...groups];
}
