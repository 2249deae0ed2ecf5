import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readStory } from '../../../src/history/story.ts';
import type { AgentRequest } from '../../../src/ports/agent-request.ts';
import { MALFORMATIONS } from '../../../src/simulation/agents/adversary.ts';
import type { AgentScript } from '../../../src/simulation/agents/script.ts';
import { fits } from '../../../src/simulation/agents/table.ts';
import { agentStep, phase, task } from '../../engine/open-world.ts';
import { runOn } from '../stage-fixtures.ts';

const retry = { maxAttempts: 3, backoffMs: 1000, factor: 2, maxBackoffMs: 60_000 };
const START = Date.UTC(2020, 0, 1);

async function tell(script: AgentScript, step: Parameters<typeof agentStep>[1] = {}, seed = 1) {
  await using stage = await runOn(
    task([phase('a', [agentStep('one', { retry, ...step })])]),
    { worker: script },
    { seed },
  );
  const story = await readStory('e', stage.sources);
  const result = story?.fold.world.ledger.phases.get('a')?.results.get('one');
  return {
    status: result?.status,
    output: result?.output,
    error: result?.error,
    usage: story?.fold.world.ledger.usage,
    elapsedMs: stage.now() - START,
    attempts: story?.attempts ?? [],
    classes: story?.attempts.map(({ error }) => error?.class),
  };
}

describe('a function', () => {
  test('waits in virtual time and draws from its own sequence', async () => {
    const script: AgentScript = async (_, { sleep, random }) => {
      await sleep('2 days');
      return [random(), random()];
    };
    const first = await tell(script);
    expect(first.elapsedMs).toBe(2 * 24 * 60 * 60 * 1000);
    expect(new Set(first.output as number[]).size).toBe(2);
    expect((await tell(script)).output).toEqual(first.output);
    expect((await tell(script, {}, 2)).output).not.toEqual(first.output);
  });

  test('is woken when its attempt is to stop', async () => {
    const seen: unknown[] = [];
    const { classes } = await tell(
      async (_, { sleep }) => {
        await sleep('1h').catch((reason: unknown) => seen.push(reason));
      },
      { timeoutMs: 1000, retry: { ...retry, maxAttempts: 1 } },
    );
    expect(seen).toHaveLength(1);
    expect(classes).toHaveLength(1);
  });
});

describe('a table', () => {
  test('the first rule that fits decides; failures are retried by the real rules', async () => {
    const told = await tell([
      {
        when: { attempt: [1, 2] },
        fail: { class: 'rate-limit', message: 'slow down', retryAfterMs: 30_000 },
      },
      { when: { step: 'one' }, output: { ok: true }, latency: '5s', usage: { tokens: 7, usd: 0.5 } },
      { output: 'never' },
    ]);
    expect(told).toMatchObject({ status: 'succeeded', output: { ok: true }, usage: { tokens: 7, usd: 0.5 } });
    expect(told.classes).toEqual(['rate-limit', 'rate-limit', undefined]);
    expect(told.elapsedMs).toBeGreaterThanOrEqual(65_000);
  });

  test('an attempt that no rule fits says so, and is not retried', async () => {
    const told = await tell([{ when: { step: 'other' }, output: 1 }]);
    expect(told).toMatchObject({ status: 'failed', classes: ['fatal'] });
    expect(told.error?.message).toBe(
      'no rule of the script for worker fits attempt 1 of step one in phase a; its rules are for {"step":"other"}',
    );
  });

  test('says what it is told to while it works', async () => {
    const { elapsedMs } = await tell([{ progress: ['a', 'b', 'c'], latency: 1000, output: 1 }]);
    expect(elapsedMs).toBe(1000);
  });

  test.each([
    [{ step: 's' }, true],
    [{ step: ['x', 's_2'] }, true],
    [{ step: 's_1' }, false],
    [{ phase: 'p', attempt: 2 }, true],
    [{ attempt: [1, 3] }, false],
    [{ item: { id: 2 } }, true],
    [{ item: { id: 2, more: 1 } }, false],
    [{ input: { deep: { list: [1, 2] } } }, true],
    [{ input: { deep: { list: [1] } } }, false],
    [{ input: { missing: null } }, false],
  ])('%j fits: %s', (condition, expected) => {
    const request = {
      step: 's_2',
      phase: 'p',
      attempt: 2,
      item: { id: 2, name: 'two' },
      input: { deep: { list: [1, 2], other: true } },
    };
    expect(fits(condition, request as unknown as AgentRequest)).toBe(expected);
  });
});

describe('an adversary', () => {
  test('that stalls is stopped by its deadline', async () => {
    const told = await tell({ adversary: 'stall' }, { timeoutMs: 1000 });
    expect(told.status).toBe('failed');
    expect(told.attempts).toHaveLength(3);
    expect(told.error?.class).toBe('timeout');
  });

  test('that ignores the order to stop is left to itself', async () => {
    const told = await tell({ adversary: 'stall', ignoreAbort: true }, { timeoutMs: 1000 });
    expect(told.attempts).toHaveLength(3);
    expect(told.error?.class).toBe('timeout');
  });

  test('that lies about progress is stopped by its deadline', async () => {
    const told = await tell({ adversary: 'lie', every: '10s' }, { timeoutMs: 60_000 });
    expect(told.error?.class).toBe('timeout');
  });

  test('that answers late is not heard', async () => {
    const told = await tell({ adversary: 'late', after: 500 }, { timeoutMs: 1000 });
    expect(told).toMatchObject({ status: 'failed', error: { class: 'timeout' } });
  });

  test('that throws at once crashes each attempt', async () => {
    expect(await tell({ adversary: 'throw' })).toMatchObject({
      status: 'failed',
      classes: ['crash', 'crash', 'crash'],
    });
  });

  test('that answers differently each time is heard once', async () => {
    const told = await tell({ adversary: 'fickle' });
    expect(told).toMatchObject({ status: 'succeeded', output: { step: 'one', attempt: 1 } });
  });

  test.each(MALFORMATIONS)('malformed (%s): refused by the schema, and nobody is polluted', async (how) => {
    const outputSchema = { type: 'object', required: ['verdict'] };
    const told = await tell({ adversary: 'malformed', how }, { outputSchema });
    expect(told).toMatchObject({ status: 'failed', classes: Array(3).fill('invalid-output') });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('a huge output is stored beside the log', async () => {
    const told = await tell({ adversary: 'huge', bytes: 100_000 });
    expect(told).toMatchObject({ status: 'succeeded', output: { bytes: 100_002 } });
  });
});

describe('what is drawn', () => {
  const drawn = (probability: number): AgentScript => ({
    latency: { uniform: [1000, 2000] },
    failures: { fatal: probability },
    usage: { tokens: { normal: { mean: 100, sd: 10 } } },
    outputs: [{ weight: 3, output: 'often' }, { output: 'seldom' }],
  });

  test('comes as often as it is said', async () => {
    const steps = Array.from({ length: 400 }, (_, index) => agentStep(`s${index}`));
    await using stage = await runOn(task([phase('a', steps)]), { worker: drawn(0.25) });
    const results = [...((await stage.fold('e'))?.world.ledger.phases.get('a')?.results.values() ?? [])];
    const succeeded = results.filter(({ status }) => status === 'succeeded');
    expect(succeeded.length / results.length).toBeCloseTo(0.75, 1);
    const often = succeeded.filter(({ output }) => output === 'often');
    expect(often.length / succeeded.length).toBeCloseTo(0.75, 1);
  });

  test('does not depend on what other steps draw, or on their order', async () => {
    const alone = await runOn(task([phase('a', [agentStep('one')])]), { worker: drawn(0) });
    const beside = await runOn(
      task([phase('a', [agentStep('zero', { agent: 'other' }), agentStep('one')], { parallel: false })]),
      { worker: drawn(0), other: drawn(0.9) },
    );
    const drawnBy = async (stage: typeof alone): Promise<readonly unknown[]> => {
      const attempt = (await readStory('e', stage.sources))?.attempts.find(({ step }) => step === 'one');
      return [attempt?.usage, (attempt?.endedAt ?? 0) - (attempt?.claimedAt ?? 0)];
    };
    expect(await drawnBy(beside)).toEqual(await drawnBy(alone));
    await alone[Symbol.asyncDispose]();
    await beside[Symbol.asyncDispose]();
  });
});

test('a condition made of parts of a request fits it, and not once a part is another', () => {
  const request = fc.record({
    step: fc.stringMatching(/^[a-z]{1,5}$/),
    attempt: fc.integer({ min: 1, max: 9 }),
    phase: fc.string(),
    item: fc.jsonValue(),
    input: fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.jsonValue()),
  });
  const parts = fc.subarray(['step', 'attempt', 'phase', 'item', 'input'] as const);
  fc.assert(
    fc.property(request, parts, (given, keys) => {
      const asked = given as unknown as AgentRequest;
      const condition = Object.fromEntries(keys.map((key) => [key, structuredClone(given[key])]));
      expect(fits(condition, asked)).toBe(true);
      expect(fits({ ...condition, attempt: given.attempt + 1 }, asked)).toBe(false);
      expect(fits({ ...condition, input: { 'not there': 1 } }, asked)).toBe(false);
    }),
  );
});
