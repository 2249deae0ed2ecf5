import { describe, expect, it } from 'vitest';
import { simulateRun } from '../../src/simulation/campaign/simulate-run.ts';
import { faultInWords } from '../../src/simulation/fault-in-words.ts';
import { settingOf } from './campaign/setting.ts';

const TASK = `
## Phase: First
### Steps
- agent: a - One
- agent: a - Two
## Phase: Second
dependsOn: [First]
### Steps
- wait: go - Until it may go on
- agent: b - Three
`;
const setting = settingOf(TASK, { signals: [{ name: 'go', by: 'a' }] });
const request = { seed: 3, hosts: 2, faults: 'light' } as const;

describe('a run under faults', () => {
  it('completes, with its steps and signals, and breaks no invariant', async () => {
    const { result } = await simulateRun(setting, request);
    expect(result).toMatchObject({ outcome: 'completed', findings: [] });
    expect(new Set(result.attempts.map(({ step }) => step))).toEqual(new Set(['one', 'two', 'three']));
  });

  it('is the same for the same seed, and for the script of its faults', async () => {
    const one = await simulateRun(setting, request);
    const again = await simulateRun(setting, request);
    const replayed = await simulateRun(setting, { ...request, script: one.script });
    expect(one.script.length).toBeGreaterThan(0);
    expect(JSON.stringify(again)).toBe(JSON.stringify(one));
    expect(JSON.stringify(replayed.events)).toBe(JSON.stringify(one.events));
  });

  it('without any of its faults is another one', async () => {
    const { script, result } = await simulateRun(setting, { ...request, script: [] });
    expect(script).toEqual([]);
    expect(result.outcome).toBe('completed');
  });
});

it('faultInWords tells who and for how long', () => {
  expect(faultInWords({ kind: 'crash', at: 4000, node: 'o1', forMs: 1500 })).toBe(
    'at 4s orchestrator o1 is killed, and gone for 1s500ms',
  );
  expect(faultInWords({ kind: 'lose-tail', at: 0, forMs: 100, records: 3 })).toBe(
    'at 0ms the server loses power, and is down for 100ms, without up to 3 of its last records',
  );
  expect(faultInWords({ kind: 'drop', place: 'o1>server append step.claimed #3' })).toBe(
    'lost: o1>server append step.claimed #3',
  );
});
