import { describe, expect, test } from 'vitest';
import { AgentError } from '../../src/agent/agent-error.ts';
import { type AgentFunction, type AgentOptions, defineAgent } from '../../src/agent/define.ts';
import { LOADED_LIMIT_BYTES } from '../../src/agent/large-values.ts';
import { INLINE_LIMIT_BYTES, type Json } from '../../src/json.ts';
import type { AgentRequest } from '../../src/ports/agent-request.ts';
import { HostUnderTest } from './fixtures/open-host.ts';

function hostOf(run: AgentFunction, about: Partial<AgentOptions> = {}): HostUnderTest {
  return new HostUnderTest({ agents: [defineAgent({ name: 'tester', run, ...about })] });
}

/** How one attempt of a function ends. */
async function resultOf(run: AgentFunction, about: Partial<AgentOptions> = {}) {
  return (await hostOf(run, about).perform('tester')).result;
}

describe('an output', () => {
  test.each([
    [undefined, null],
    [() => 1, null],
    [Number.NaN, null],
    [
      { at: new Date(0), gone: undefined, list: [undefined, 1] },
      { at: '1970-01-01T00:00:00.000Z', list: [null, 1] },
    ],
  ])('%# is reported as JSON would write it', async (returned, output) => {
    expect(await resultOf(() => returned)).toMatchObject({ kind: 'succeeded', output });
  });

  test('is a copy: what the agent does to its own later changes nothing', async () => {
    const returned = { list: [1] };
    const result = await resultOf(() => returned);
    returned.list.push(2);
    expect(result).toMatchObject({ output: { list: [1] } });
  });

  test('with a key __proto__ keeps it as a key', async () => {
    const result = await resultOf(() => JSON.parse('{"__proto__":{"admin":true}}'));
    expect(JSON.stringify(result)).toContain('{"__proto__":{"admin":true}}');
    expect(result).not.toHaveProperty('output.admin');
  });

  test('that JSON cannot carry is invalid', async () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    for (const returned of [cycle, 10n]) {
      expect(await resultOf(() => returned)).toMatchObject({
        kind: 'failed',
        error: { class: 'invalid-output', message: expect.stringContaining('the output is not JSON') },
      });
    }
  });

  test('that does not fit the schema is invalid, with every violation', async () => {
    const outputSchema = {
      type: 'object',
      required: ['verdict', 'size'],
      properties: { verdict: { enum: ['buy', 'hold'] }, size: { type: 'number' } },
    };
    expect(await resultOf(() => ({ verdict: 'sell', size: 'large' }), { outputSchema })).toMatchObject({
      kind: 'failed',
      error: {
        class: 'invalid-output',
        message: expect.stringContaining('(and 1 more)'),
        details: {
          violations: [
            { path: 'verdict', message: expect.any(String) },
            { path: 'size', message: 'must be number' },
          ],
        },
      },
    });
  });

  test("is checked against the step's schema before the agent's", async () => {
    const world = hostOf(() => 'text', { outputSchema: { type: 'number' } });
    world.desk.requests = { s1: { outputSchema: { type: 'string' } } };
    expect(await world.perform('tester')).toMatchObject({ result: { kind: 'succeeded' } });
  });

  test('cannot be checked against a schema that is wrong', async () => {
    expect(await resultOf(() => 1, { outputSchema: { type: 'nonsense' } })).toMatchObject({
      error: { class: 'fatal', message: expect.stringContaining('schema') },
    });
  });
});

describe('a large value', () => {
  const large = { text: 'é'.repeat(INLINE_LIMIT_BYTES / 2) };

  test('is kept as an artifact and reported by reference', async () => {
    const world = hostOf(() => large);
    const { result } = await world.perform('tester');
    expect(result).toMatchObject({
      kind: 'succeeded',
      output: {
        $artifact: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        bytes: Buffer.byteLength(JSON.stringify(large)),
        mediaType: 'application/json',
      },
    });
    expect(await world.read(result.kind === 'succeeded' && result.output)).toEqual(large);
  });

  test('that just fits is reported inline', async () => {
    const fits = 'x'.repeat(INLINE_LIMIT_BYTES - 2);
    expect(await resultOf(() => fits)).toMatchObject({ output: fits });
    expect(await resultOf(() => `${fits}x`)).toMatchObject({ output: { bytes: INLINE_LIMIT_BYTES + 1 } });
  });

  test('is the value again for the agent that gets it, wherever it stands', async () => {
    const world = hostOf(({ input, outputs, results, item }) => [input, outputs, results, item]);
    const bytes = Buffer.from(JSON.stringify({ n: 7 }));
    const value = await world.artifacts.put(bytes, { mediaType: 'application/json' });
    const chart = await world.artifacts.put(Buffer.from('<svg/>'), {
      mediaType: 'image/svg+xml',
      name: 'chart',
    });
    world.desk.requests = {
      s1: {
        input: { a: { ...value }, chart: { ...chart } },
        outputs: { phase: { b: [{ ...value }] } },
        results: { c: { ...value }, d: 1 },
        item: { ...value },
      },
    };
    expect(await world.perform('tester')).toMatchObject({
      result: {
        output: [{ a: { n: 7 }, chart }, { phase: { b: [{ n: 7 }] } }, { c: { n: 7 }, d: 1 }, { n: 7 }],
      },
    });
  });

  test('that is missing fails the attempt', async () => {
    const world = hostOf(() => 1);
    const missing = { $artifact: `sha256:${'0'.repeat(64)}`, bytes: 5, mediaType: 'application/json' };
    world.desk.requests = { s1: { input: { missing } } };
    expect(await world.perform('tester')).toMatchObject({
      result: {
        kind: 'failed',
        error: { class: 'crash', message: expect.stringContaining('could not be read') },
      },
    });
  });

  test('is not loaded beyond the limit', async () => {
    const world = hostOf(() => 1);
    const half = { bytes: LOADED_LIMIT_BYTES / 2, mediaType: 'application/json' };
    const references = ['1', '2', '3'].map((digit) => ({ ...half, $artifact: `sha256:${digit.repeat(64)}` }));
    world.desk.requests = { s1: { input: { references } } };
    expect(await world.perform('tester')).toMatchObject({
      result: { kind: 'failed', error: { class: 'fatal' } },
    });
  });

  test('that cannot be stored fails the attempt', async () => {
    const world = hostOf(() => large);
    world.artifacts.put = () => Promise.reject(new Error('disk full'));
    expect(await world.perform('tester')).toMatchObject({
      result: {
        kind: 'failed',
        error: { class: 'crash', message: 'the output could not be stored: disk full' },
      },
    });
  });
});

describe('a request', () => {
  test('is the one of the claim, and read-only', async () => {
    const seen: AgentRequest[] = [];
    const world = hostOf((request) => {
      seen.push(request);
      const { list } = request.input;
      if (Array.isArray(list)) list.sort();
    });
    const previousError = { class: 'invalid-output', message: 'no' } as const;
    world.desk.requests = { s1: { input: { list: [2, 1] }, previousError } };
    expect(await world.perform('tester')).toMatchObject({
      result: { kind: 'failed', error: { class: 'crash', message: expect.stringContaining('read only') } },
    });
    expect(seen).toMatchObject([{ idempotencyKey: 'e1/s1', previousError, input: { list: [2, 1] } }]);
  });
});

describe('a failure', () => {
  test('thrown as AgentError has its class and details', async () => {
    const run = () => {
      throw new AgentError('not before noon', {
        class: 'rate-limit',
        retryAfterMs: 5,
        details: { queue: 3 },
      });
    };
    expect(await resultOf(run)).toEqual({
      kind: 'failed',
      error: { class: 'rate-limit', message: 'not before noon', retryAfterMs: 5, details: { queue: 3 } },
      usage: undefined,
      durationMs: 0,
    });
  });

  test.each<[unknown, string]>([
    [new Error('broken'), 'broken'],
    [new RangeError(), 'RangeError'],
    ['just text', 'the agent threw just text'],
    [undefined, 'the agent threw a undefined, not an Error'],
    [null, 'the agent threw a null, not an Error'],
    [Object.assign(new Error('odd'), { class: 'no-such-class' }), 'odd'],
  ])('from %s is a crash', async (thrown, message) => {
    const run = () => {
      throw thrown;
    };
    expect(await resultOf(run)).toMatchObject({ kind: 'failed', error: { class: 'crash', message } });
  });

  test('that nobody explained leaves its place in the log', async () => {
    const world = hostOf(function somewhereInTheAgent() {
      throw new Error('broken');
    });
    const { logs, result } = await world.perform('tester');
    expect(await world.readText(logs)).toContain('somewhereInTheAgent');
    expect(JSON.stringify(result)).not.toContain('somewhereInTheAgent');
  });

  test('is cut to what a record can carry', async () => {
    const details = { text: 'y'.repeat(1_000_000) };
    const run = () => {
      throw new AgentError('x'.repeat(1_000_000), { details });
    };
    expect(JSON.stringify(await resultOf(run)).length).toBeLessThan(INLINE_LIMIT_BYTES);
  });
});

describe('beside its output an agent', () => {
  test('reports what it used, and hands over files', async () => {
    const world = hostOf((_, { usage, attach }) => {
      usage({ tokens: 12, usd: 0.25 });
      attach({ name: 'report.md', mediaType: 'text/markdown', content: '# Verdict' });
      attach({ name: 'raw', content: Uint8Array.of(1, 2) });
      return 'done';
    });
    const { result } = await world.perform('tester');
    expect(result).toMatchObject({
      usage: { tokens: 12, usd: 0.25 },
      artifacts: [
        { name: 'report.md', mediaType: 'text/markdown', bytes: 9 },
        { name: 'raw', bytes: 2 },
      ],
    });
    expect(await world.readText(result.kind === 'succeeded' && result.artifacts?.[0])).toBe('# Verdict');
  });

  test('reports what it used also where it fails', async () => {
    const run: AgentFunction = (_, { usage }) => {
      usage({ tokens: 12 });
      throw new AgentError('the model refused', { class: 'refusal' });
    };
    expect(await resultOf(run)).toMatchObject({
      kind: 'failed',
      error: { class: 'refusal' },
      usage: { tokens: 12 },
    });
  });

  test('may not report nonsense as used', async () => {
    const run: AgentFunction = (_, { usage }) => usage({ tokens: Number.NaN });
    expect(await resultOf(run)).toMatchObject({
      kind: 'failed',
      error: { message: expect.stringContaining('tokens') },
    });
  });

  test('may not hand over what is no content', async () => {
    const run: AgentFunction = (_, { attach }) => attach({ name: 'x', content: 5 as unknown as string });
    expect(await resultOf(run)).toMatchObject({ kind: 'failed', error: { class: 'crash' } });
  });

  test('writes a log', async () => {
    const world = hostOf((_, { logger }) => {
      logger.info('reading', { rows: 3 });
      logger.warn('odd');
    });
    const { logs } = await world.perform('tester');
    expect(await world.readText(logs)).toBe('info reading {"rows":3}\nwarn odd\n');
  });

  test('has no log when it wrote nothing', async () => {
    expect(await hostOf(() => 1).perform('tester')).toMatchObject({ logs: undefined });
  });

  test('loses only its log when the log cannot be stored', async () => {
    const world = hostOf((_, { logger }) => logger.info('hello'));
    world.artifacts.put = () => Promise.reject(new Error('disk full'));
    expect(await world.perform('tester')).toMatchObject({ result: { kind: 'succeeded' }, logs: undefined });
    expect(world.warnings).toContain('the log of an attempt was not kept');
  });
});

describe('time', () => {
  const never: AgentFunction = (_, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

  async function timeOut(world: HostUnderTest, afterMs: number) {
    world.host.start();
    world.offer('tester');
    await world.clock.advance(afterMs - 1);
    expect(world.desk.reports).toEqual([]);
    await world.clock.advance(1);
    return world.desk.reports[0]?.result;
  }

  test('of the agent bounds an attempt without a deadline', async () => {
    expect(await timeOut(hostOf(never, { timeout: '2s' }), 2000)).toMatchObject({
      kind: 'failed',
      error: { class: 'timeout', message: 'the attempt was stopped after 2000 ms: its time was up' },
      durationMs: 2000,
    });
  });

  test('of the step bounds the attempt a little later than the orchestrator would', async () => {
    const world = hostOf(never, { timeout: 1 });
    world.desk.requests = { s1: { deadline: world.clock.now() + 5000 } };
    expect(await timeOut(world, 6000)).toMatchObject({ kind: 'failed', error: { class: 'timeout' } });
  });

  test('that is up matters less than a cancel', async () => {
    const world = hostOf(() => new Promise(() => undefined), { timeout: 1000 });
    world.host.start();
    world.offer('tester');
    await world.clock.advance(1000);
    world.desk.cancel('host-1', { execution: 'e1', step: 's1', attempt: 1, fence: 1 });
    await world.clock.advance(2000);
    expect(world.desk.reports).toMatchObject([{ result: { kind: 'released' } }]);
  });
});

describe('after a stop', () => {
  test('what the agent still says is dropped', async () => {
    let say: (news: Json) => void = () => undefined;
    let end: (value: string) => void = () => undefined;
    const world = hostOf((_, { progress }) => {
      say = progress;
      return new Promise((resolve) => {
        end = resolve;
      });
    });
    world.host.start();
    world.offer('tester');
    await world.clock.advance(0);
    world.desk.cancel('host-1', { execution: 'e1', step: 's1', attempt: 1, fence: 1 });
    await world.clock.advance(2000);
    say('late');
    end('late');
    await world.clock.advance(0);
    expect(world.news).toEqual([]);
    expect(world.desk.reports).toMatchObject([{ result: { kind: 'released' } }]);
  });

  test('a signal asked for late is aborted already', async () => {
    const aborted: boolean[] = [];
    let goOn: () => void = () => undefined;
    const world = hostOf(async (_, context) => {
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      aborted.push(context.signal.aborted);
    });
    world.host.start();
    world.offer('tester');
    await world.clock.advance(0);
    world.desk.cancel('host-1', { execution: 'e1', step: 's1', attempt: 1, fence: 1 });
    goOn();
    await world.desk.untilReported(1);
    expect(aborted).toEqual([true]);
  });
});
