import { join } from 'node:path';
import { startIn } from '../../engine/load.ts';
import { simulationBroken } from '../../errors.ts';
import type { ViewSource } from '../../inspection/documents.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import { parseAgentScripts } from '../../simulation/agents/read-scripts.ts';
import { type RunSetting, simulateRun } from '../../simulation/campaign/simulate-run.ts';
import { runCampaign } from '../../simulation/campaign.ts';
import { standstillInWords } from '../../simulation/deadlock/in-words.ts';
import { prepareFork, prepareRehearsal } from '../../simulation/rehearsal.ts';
import type { RunSummary, SimulationJob, ToldCampaign } from './job.ts';

/** Makes all runs. What `troupe simulate --json` tells. */
export async function performCampaign(
  job: SimulationJob,
  {
    onProgress,
    isStopped,
  }: {
    readonly onProgress: (done: number, total: number, run: RunSummary | undefined) => void;
    readonly isStopped: () => boolean;
  },
): Promise<ToldCampaign> {
  const { seed, runs, hosts, faults } = job;
  let last: RunSummary | undefined;
  const campaign = await runCampaign({
    setting: await settingOf(job),
    seed,
    runs,
    hosts,
    faults,
    isInterrupted: isStopped,
    onResult: ({ seed: own, outcome, durationMs, usd, tokens, error }) => {
      last = { seed: own, outcome, durationMs, usd, tokens, error: error?.message ?? null };
    },
    onProgress: (done, total) => {
      onProgress(done, total, last);
      last = undefined;
    },
  });
  const standstills = campaign.standstills.map((found) => ({
    ...found,
    inWords: standstillInWords(found.standstill),
  }));
  return { ...campaign, standstills };
}

/** Makes one run again, for somebody who wants to look at it. */
export async function performRun(
  job: SimulationJob,
  seed: number,
): Promise<{ readonly source: ViewSource; readonly records: readonly LogRecord[] }> {
  const setting = await settingOf(job);
  const { hosts, faults } = job;
  const { records } = await simulateRun(setting, { seed, hosts, faults });
  const start = records.find((record) => startIn(record) !== undefined);
  const started = start === undefined ? undefined : startIn(start);
  if (start === undefined || started === undefined)
    throw simulationBroken('lost the start of its run', 'Simulate it again with another seed.');
  const { pinned, input } = setting;
  return {
    source: {
      execution: start.execution,
      pinned,
      pinnedDigest: started.pinned,
      input: setting.past === undefined ? input : ((started.input ?? {}) as ViewSource['input']),
    },
    records,
  };
}

async function settingOf({ of, agents, without, history, place }: SimulationJob): Promise<RunSetting> {
  const cast =
    agents === undefined || agents.trim() === ''
      ? {}
      : await parseAgentScripts(agents, join(place.cwd, 'agents.yaml'));
  const common = { ...cast, without, history };
  if (of.kind === 'fork') return prepareFork({ ...common, past: of.past }).setting;
  const { task, input } = of;
  return (await prepareRehearsal({ ...common, ...place, task, input })).setting;
}
