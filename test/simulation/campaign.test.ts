import { describe, expect, it } from 'vitest';
import { CalmStage } from '../../src/simulation/calm-stage.ts';
import { type Campaign, type CampaignOptions, runCampaign } from '../../src/simulation/campaign.ts';
import { choice } from '../../src/simulation/chance.ts';
import type { Fault, OpenedStage, OpenStage } from '../../src/simulation/open-stage.ts';
import { type SettingOptions, settingOf } from './campaign/setting.ts';

function campaign(
  text: string,
  options: SettingOptions = {},
  extra: Partial<CampaignOptions> = {},
): Promise<Campaign> {
  return runCampaign({
    setting: settingOf(text, options),
    seed: 1,
    runs: 20,
    hosts: 1,
    faults: 'none',
    ...extra,
  });
}

const PHASE_OF_FOUR = `
## Phase: Work
\`\`\`yaml
estimate: 1 minute
\`\`\`
### Steps
- agent: worker - One
- agent: worker - Two
- agent: worker - Three
- agent: worker - Four
`;

describe('a campaign', () => {
  it('tells how often the task completes, and why not', async () => {
    const agents = { worker: { failures: { fatal: 0.3 } } };
    const { success, outcomes, errors } = await campaign(
      PHASE_OF_FOUR.replace('estimate', 'minSuccess: all\nestimate'),
      { agents },
      { runs: 60 },
    );
    const failed = outcomes.find(({ name }) => name === 'failed');
    expect(success.count + (failed?.count ?? 0)).toBe(60);
    // 0.7⁴ of the runs: about 14.
    expect(success.low).toBeLessThan(0.24);
    expect(success.high).toBeGreaterThan(0.24);
    expect(errors[0]).toMatchObject({ code: 'PHASE_FAILED' });
    expect(errors.reduce((sum, { count }) => sum + count, 0)).toBe(failed?.count);
  });

  it('tells which phases were degraded', async () => {
    const agents = { worker: [{ when: { step: 'one' }, fail: { class: 'fatal' as const } }, { output: 1 }] };
    expect(await campaign(PHASE_OF_FOUR, { agents })).toMatchObject({
      degraded: [{ phase: 'Work', runs: 20 }],
      success: { count: 20 },
    });
  });

  it('tells the makespan of each number of hosts', async () => {
    const { makespan, roles } = await campaign(PHASE_OF_FOUR, { spread: 0 }, { hosts: 4 });
    expect(makespan.map(({ hosts, p50 }) => [hosts, p50])).toEqual([
      [1, 240_000],
      [2, 120_000],
      [3, 120_000],
      [4, 60_000],
    ]);
    expect(roles).toEqual([
      { role: 'worker', seats: 4, utilisation: 1, meanQueuedMs: 0, maxQueuedMs: 0, attempts: 4 },
    ]);
  });

  it('tells how long offers wait', async () => {
    const { roles } = await campaign(PHASE_OF_FOUR, { spread: 0 });
    expect(roles).toEqual([
      { role: 'worker', seats: 1, utilisation: 1, meanQueuedMs: 90_000, maxQueuedMs: 180_000, attempts: 4 },
    ]);
  });

  it('names the bottleneck first', async () => {
    const text = ['Short', 'Long', 'Side']
      .map((name, at) => {
        const after = name === 'Long' ? 'dependsOn: [Short]\n' : '';
        return `## Phase: ${name}\n${after}\`\`\`yaml\nestimate: ${[1, 9, 2][at]} minutes\n\`\`\`\n### Steps\n- agent: a${at} - Work\n`;
      })
      .join('');
    const { phases } = await campaign(text, { spread: 0 });
    expect(phases).toEqual([
      { phase: 'Long', onCriticalPath: 1, ofMakespan: 0.9, meanMs: 540_000 },
      { phase: 'Short', onCriticalPath: 1, ofMakespan: expect.closeTo(0.1), meanMs: 60_000 },
      { phase: 'Side', onCriticalPath: 0, ofMakespan: 0, meanMs: 120_000 },
    ]);
  });

  it('names phases and steps that never came to their turn, with what their when saw', async () => {
    const text = `requirements:\n  n: number\n## Phase: Never\n\`\`\`yaml\nwhen: input.n > 3\n\`\`\`\n### Steps\n- agent: a - Work\n## Phase: Half\n### Steps\n- agent: b - Fail\n- validation: 1 == 2 - Never true\n- agent: c - Out of reach\n  \`\`\`yaml\n  id: out-of-reach\n  \`\`\`\n`;
    const { neverRan } = await campaign(text, { input: { n: 2 } });
    expect(neverRan).toEqual([
      { phase: 'Never', why: 'its when was never true', when: 'input.n > 3', saw: [{ 'input.n': 2 }] },
      { phase: 'Half', step: 'out-of-reach', why: 'its phase never came to it', saw: [] },
    ]);
  });

  it('finds a result that depends on timing, with two seeds and where they part', async () => {
    const text = `onFailure: continue\n## Phase: Race\n### Steps\n- wait: done - In time\n  \`\`\`yaml\n  id: in-time\n  timeout: 1 minute\n  \`\`\`\n## Phase: Runner\n\`\`\`yaml\nestimate: 1 minute\n\`\`\`\n### Steps\n- agent: runner - Run\n`;
    const { outputs } = await campaign(text, { signals: [{ name: 'done', by: 'runner' }] }, { runs: 40 });
    expect(outputs.distinct).toBe(2);
    expect(outputs.differing).toHaveLength(1);
    expect(outputs.differing[0]?.first).toMatch(
      /step in-time \(phase Race\): (failed and succeeded|succeeded and failed)/,
    );
    expect(outputs.differing[0]?.outputs).toEqual(['in-time']);
  });

  it('finds no such result where agents answer differently', async () => {
    const agents = { worker: { outputs: [{ output: 'left' }, { output: 'right' }] } };
    const { outputs } = await campaign(PHASE_OF_FOUR, { agents }, { runs: 40 });
    expect(outputs.distinct).toBeGreaterThan(2);
    expect(outputs.differing).toEqual([]);
  });

  it('puts deadlocks of one kind together', async () => {
    const text =
      '## Phase: P\n### Steps\n- wait: go - Wait\n- agent: a - Send\n  ```yaml\n  id: send\n  ```\n';
    const { standstills, outcomes } = await campaign(text, { signals: [{ name: 'go', by: 'a' }] });
    expect(outcomes).toMatchObject([{ name: 'deadlock', count: 20 }]);
    expect(standstills).toHaveLength(1);
    expect(standstills[0]).toMatchObject({ count: 20, atMs: 0, standstill: { kind: 'deadlock' } });
  });

  it('gives what there is when it is interrupted, and says how far it is', async () => {
    const told: string[] = [];
    const stopped = await campaign(
      PHASE_OF_FOUR,
      {},
      {
        hosts: 2,
        onProgress: (done, total) => told.push(`${done}/${total}`),
        isInterrupted: () => told.length >= 5,
      },
    );
    expect(stopped).toMatchObject({ runs: 5, isInterrupted: true });
    expect(told.at(-1)).toBe('5/40');
  });

  it('is the same each time', async () => {
    const once = () =>
      campaign(PHASE_OF_FOUR, { agents: { worker: { failures: { crash: 0.2 } } } }, { runs: 5, hosts: 2 });
    expect(JSON.stringify(await once())).toBe(JSON.stringify(await once()));
  });
});

describe('of a seed that fails because of faults', () => {
  /** Ten faults a seed; two of them together make the worker fail. */
  const faulty: OpenStage = async ({ seed, agents, script, without }) => {
    const made: readonly Fault[] =
      script ?? Array.from({ length: 10 }, (_, at) => ({ kind: 'drop', place: `fault-${at}` }));
    const keys = new Set(made.map(placeOf));
    const breaks = keys.has('fault-2') && keys.has('fault-7') && choice(seed, 'breaks', 3) > 0;
    const broken = { worker: [{ fail: { class: 'fatal' as const } }] };
    const stage = await CalmStage.open({ seed, agents: breaks ? broken : agents, without });
    return Object.assign(stage, { faultScript: made }) satisfies OpenedStage;
  };

  it('the shortest script that still fails is found', async () => {
    const { failingScripts, success } = await campaign(
      PHASE_OF_FOUR,
      { open: faulty },
      { faults: 'light', runs: 6 },
    );
    expect(success.count).toBeLessThan(6);
    expect(failingScripts.length).toBeGreaterThan(0);
    for (const failing of failingScripts) {
      expect(failing).toMatchObject({
        outcome: 'failed',
        without: 'completed',
        faultCount: 10,
        isMinimal: true,
      });
      expect(failing.script.map(placeOf)).toEqual(['fault-2', 'fault-7']);
    }
  });

  it('nothing is shrunk where it fails without them as well', async () => {
    const agents = { worker: [{ fail: { class: 'fatal' as const } }] };
    const { failingScripts } = await campaign(
      PHASE_OF_FOUR,
      { open: faulty, agents },
      { faults: 'light', runs: 3 },
    );
    expect(failingScripts).toEqual([]);
  });
});

function placeOf(fault: Fault): string {
  return 'place' in fault ? fault.place : '';
}
