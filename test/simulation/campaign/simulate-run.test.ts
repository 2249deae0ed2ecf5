import { describe, expect, it } from 'vitest';
import { simulateRun } from '../../../src/simulation/campaign/simulate-run.ts';
import { type SettingOptions, settingOf } from './setting.ts';

const MINUTE_MS = 60_000;

async function run(text: string, options: SettingOptions = {}, seed = 1, hosts = 1) {
  return simulateRun(settingOf(text, options), { seed, hosts, faults: 'none' });
}

const TWO_PHASES = `
## Phase: First
### Steps
- agent: a - One
  \`\`\`yaml
  id: one
  estimate: 2 minutes
  \`\`\`
## Phase: Second
dependsOn: [First]
### Steps
- agent: b - Two
  \`\`\`yaml
  id: two
  estimate: 3 minutes
  \`\`\`
`;

const APPROVAL = `
## Phase: Ask
### Steps
- agent: a - Write
  \`\`\`yaml
  id: write
  estimate: 1 minute
  \`\`\`
- wait: go - Until it may go on
  \`\`\`yaml
  id: gate
  \`\`\`
- agent: b - Go
  \`\`\`yaml
  id: go
  \`\`\`
`;

describe('a simulated run', () => {
  it('takes the time that the file estimates', async () => {
    const { result } = await run(TWO_PHASES, { spread: 0 });
    expect(result).toMatchObject({
      outcome: 'completed',
      durationMs: 5 * MINUTE_MS,
      error: null,
      standstill: null,
    });
    expect(result.phases.map(({ name, startedAt, endedAt }) => [name, startedAt, endedAt])).toEqual([
      ['First', 0, 2 * MINUTE_MS],
      ['Second', 2 * MINUTE_MS, 5 * MINUTE_MS],
    ]);
    expect(
      result.attempts.map(({ step, role, queuedMs, claimedAt, endedAt }) => [
        step,
        role,
        queuedMs,
        claimedAt,
        endedAt,
      ]),
    ).toEqual([
      ['one', 'a', 0, 0, 2 * MINUTE_MS],
      ['two', 'b', 0, 2 * MINUTE_MS, 5 * MINUTE_MS],
    ]);
  });

  it('is the same for the same seed, to the last event, and another for another', async () => {
    const [one, again, other] = await Promise.all([run(TWO_PHASES), run(TWO_PHASES), run(TWO_PHASES, {}, 2)]);
    expect(JSON.stringify(again)).toBe(JSON.stringify(one));
    expect(other.result.durationMs).not.toBe(one.result.durationMs);
  });

  it('counts what agents use, and their attempts', async () => {
    const text = `retry:\n  maxAttempts: 2\n${TWO_PHASES}`;
    const rules = [
      { when: { attempt: 1 }, fail: {} },
      { output: 1, usage: { usd: 2, tokens: 10 } },
    ];
    const { result } = await run(text, { agents: { a: rules }, spread: 0 });
    expect(result).toMatchObject({ outcome: 'completed', usd: 2, tokens: 10 });
    expect(result.attempts.map(({ step, attempt }) => `${step}/${attempt}`)).toEqual([
      'one/1',
      'one/2',
      'two/1',
    ]);
  });

  it('waits for a seat where a role has few', async () => {
    const text =
      '## Phase: P\n```yaml\nestimate: 1 minute\n```\n### Steps\n- agent: a - One\n- agent: a - Two\n';
    const queued = async (hosts: number) =>
      (await run(text, { spread: 0 }, 1, hosts)).result.attempts.map(({ queuedMs }) => queuedMs);
    expect(await queued(1)).toEqual([0, MINUTE_MS]);
    expect(await queued(2)).toEqual([0, 0]);
  });

  it('is waiting for a person, at once, where a signal is not declared', async () => {
    const { result } = await run(APPROVAL, { spread: 0 });
    expect(result).toMatchObject({ outcome: 'waiting', durationMs: MINUTE_MS });
    expect(result.standstill?.blocked[0]).toMatchObject({ id: 'step gate', missing: { from: 'a person' } });
  });

  it('gets the signals that are declared, in their time', async () => {
    const { result } = await run(APPROVAL, { spread: 0, signals: [{ name: 'go', after: '5 minutes' }] });
    expect(result).toMatchObject({ outcome: 'completed', durationMs: 5 * MINUTE_MS });
    const after = await run(APPROVAL, { spread: 0, signals: [{ name: 'go', by: 'a', after: '1 minute' }] });
    expect(after.result).toMatchObject({ outcome: 'completed', durationMs: 2 * MINUTE_MS });
  });

  it('is a deadlock where nobody sends what it waits for', async () => {
    const { result } = await run(APPROVAL, { signals: [{ name: 'go', by: 'b' }] });
    expect(result.outcome).toBe('deadlock');
    expect(result.standstill?.cycle).toEqual(['step gate', 'step go', 'step gate']);
  });

  it('is a deadlock where no host offers the role', async () => {
    const { result } = await run(TWO_PHASES, { without: ['b'], spread: 0 });
    expect(result).toMatchObject({ outcome: 'deadlock', durationMs: 2 * MINUTE_MS });
    expect(result.standstill?.blocked[0]).toMatchObject({ missing: { type: 'step.claimed', about: 'b' } });
  });

  it('says what it was stuck with when only a deadline ended it', async () => {
    const text = `maxExecutionTime: 1 hour\n${APPROVAL}`;
    const { result } = await run(text, { signals: [{ name: 'go', by: 'b' }] });
    expect(result).toMatchObject({ outcome: 'timedOut', durationMs: 60 * MINUTE_MS });
    expect(result.standstill).toMatchObject({
      kind: 'deadlock',
      cycle: ['step gate', 'step go', 'step gate'],
    });
  });

  it('was stuck with nothing when it was at work until the deadline', async () => {
    const { result } = await run(`maxExecutionTime: 4 minutes\n${TWO_PHASES}`, { spread: 0 });
    expect(result).toMatchObject({
      outcome: 'timedOut',
      standstill: null,
      error: { code: 'EXECUTION_TIMED_OUT' },
    });
  });

  it('ends also when an agent never does', async () => {
    const { result } = await run(TWO_PHASES, { agents: { a: { adversary: 'stall', ignoreAbort: true } } });
    expect(result.outcome).toBe('endless');
  });

  it('says what the when of a skipped phase saw', async () => {
    const text =
      'requirements:\n  n: number\n## Phase: Maybe\n```yaml\nwhen: input.n > 3\n```\n### Steps\n- agent: a - Work\n';
    const { result } = await run(text, { input: { n: 2 } });
    expect(result.phases[0]).toMatchObject({ status: 'skipped', saw: { 'input.n': 2 } });
  });
});
