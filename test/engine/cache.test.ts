import { describe, expect, it } from 'vitest';
import type { AgentFunction } from '../../src/agent/define.ts';
import { reportOf, type StepReport } from '../../src/engine/report.ts';
import { storageFull } from '../../src/errors.ts';
import type { Json } from '../../src/json.ts';
import type { NewRecord } from '../../src/ports/event-log.ts';
import type { ResponseCache } from '../../src/ports/response-cache.ts';
import type { StepDefinition, TaskDefinition } from '../../src/task/definition.ts';
import { agentStep, type Process, phase, task, World } from './open-world.ts';

const HOUR_MS = 3_600_000;
const cache = { ttlMs: HOUR_MS };
const oneStep = task([phase('work', [agentStep('s', { cache })])]);

/** A worker that says how often it was asked. */
function counted(answer: (count: number) => unknown = (count) => ({ count })) {
  const asked: string[] = [];
  const worker: AgentFunction = ({ execution, step, attempt }) => {
    asked.push(`${execution}/${step}/${attempt}`);
    return answer(asked.length);
  };
  return { asked, worker };
}

/** A host outside the process takes the step. */
async function claimElsewhere(process: Process, execution: string) {
  const about = { execution, step: 's', attempt: 1, role: 'worker' };
  const asked = process.engine.desk.claim({ ...about, claimId: 'c', host: 'elsewhere' });
  await process.settle();
  const answer = await asked;
  if (answer.kind !== 'granted') throw new Error(answer.reason);
  const { fence, token } = answer;
  const succeed = async (output: Json): Promise<void> => {
    const result = { kind: 'succeeded', output, durationMs: 1 } as const;
    await process.engine.desk.report({ ...about, reportId: 'r', fence, token, result });
    await process.settle();
  };
  return { succeed };
}

async function stepOf(process: Process, execution: string, id = 's'): Promise<StepReport | undefined> {
  const fold = await process.engine.state(execution);
  return (
    fold &&
    reportOf(fold)
      .phases.flatMap(({ steps }) => steps)
      .find((step) => step.id === id)
  );
}

async function run(process: Process, execution: string, definition: TaskDefinition = oneStep, input = {}) {
  await process.begin(definition, { execution, input });
  return stepOf(process, execution);
}

describe('a step with a cache', () => {
  it('asks its agent once, and takes the answer when the same is asked again', async () => {
    const { asked, worker } = counted();
    const process = await new World().open({ worker });
    expect(await run(process, 'first')).toMatchObject({ status: 'succeeded', attempts: 1 });
    expect(await run(process, 'second')).toMatchObject({
      ...{ status: 'succeeded', agent: 'worker', attempts: 0, cached: true },
      output: { count: 1 },
    });
    expect(await stepOf(process, 'first')).not.toHaveProperty('cached');
    expect(asked).toEqual(['first/s/1']);
    expect(await process.status('second')).toBe('completed');
  });

  it('tells of its end, and of no beginning', async () => {
    const process = await new World().open({ worker: counted().worker });
    await run(process, 'first');
    await run(process, 'second');
    const told = process.events.filter(({ id, type }) => id === 'second' && type.startsWith('step:'));
    expect(told).toMatchObject([
      {
        type: 'step:complete',
        phase: 'work',
        step: 's',
        agent: 'worker',
        output: { count: 1 },
        cached: true,
      },
    ]);
  });

  it('asks again when the answer is too old', async () => {
    const { asked, worker } = counted();
    const process = await new World().open({ worker });
    await run(process, 'first');
    await process.advance(HOUR_MS - 1000);
    await run(process, 'second');
    expect(asked).toHaveLength(1);
    await process.advance(1000);
    expect(await run(process, 'third')).toMatchObject({ output: { count: 2 }, attempts: 1 });
  });

  it('takes the answer that another process got', async () => {
    const world = new World();
    const { asked, worker } = counted();
    const [one, other] = [await world.open({ worker }), await world.open({ worker })];
    await run(one, 'first');
    expect(await run(other, 'second')).toMatchObject({ cached: true, output: { count: 1 } });
    expect(asked).toHaveLength(1);
  });

  it('asks whoever it is when two ask the same at once', async () => {
    const { asked, worker } = counted();
    const process = await new World().open({ worker });
    await Promise.all(['a', 'b'].map((execution) => process.begin(oneStep, { execution })));
    expect(asked.sort()).toEqual(['a/s/1', 'b/s/1']);
  });

  it('counts only what the task names, where it names something', async () => {
    const { asked, worker } = counted();
    const process = await new World().open({ worker });
    const keyed = task([phase('work', [agentStep('s', { cache: { ...cache, key: '{{ input.ticker }}' } })])]);
    await run(process, 'first', keyed, { ticker: 'A', at: 1 });
    expect(await run(process, 'second', keyed, { ticker: 'A', at: 2 })).toMatchObject({ cached: true });
    expect(await run(process, 'third', keyed, { ticker: 'B', at: 2 })).toMatchObject({ attempts: 1 });
    expect(asked).toHaveLength(2);
  });

  it('fails as it does with any template when its key cannot be worked out', async () => {
    const process = await new World().open({ worker: counted().worker });
    const broken = task([phase('work', [agentStep('s', { cache: { ...cache, key: '{{ input.gone }}' } })])]);
    expect(await run(process, 'e', broken)).toMatchObject({ status: 'failed', error: { class: 'fatal' } });
  });

  it('keeps no failure, and keeps what came of trying again', async () => {
    const { asked, worker } = counted((count) => {
      if (count === 1) throw new Error('no luck');
      return { count };
    });
    const process = await new World().open({ worker });
    const retry = { maxAttempts: 2, backoffMs: 0, factor: 1, maxBackoffMs: 0 };
    const retried = task([phase('work', [agentStep('s', { cache, retry })])]);
    await run(process, 'first', retried);
    expect(await run(process, 'second', retried)).toMatchObject({ cached: true, output: { count: 2 } });
    expect(asked).toEqual(['first/s/1', 'first/s/2']);
  });

  it('keeps nothing of what fails for good', async () => {
    const { worker } = counted((count) => {
      if (count === 1) throw new Error('no luck');
      return { count };
    });
    const process = await new World().open({ worker });
    expect(await run(process, 'first')).toMatchObject({ status: 'failed' });
    expect(await run(process, 'second')).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  it('keeps nothing of what comes too late', async () => {
    const world = new World();
    const definition = task([phase('work', [agentStep('s', { cache, timeoutMs: 500 })])]);
    const alone = await world.open();
    await run(alone, 'first', definition);
    const claim = await claimElsewhere(alone, 'first');
    await alone.advance(600);
    await claim.succeed('late');
    expect(await stepOf(alone, 'first')).toMatchObject({ status: 'failed', error: { class: 'timeout' } });
    const { worker } = counted();
    expect(await run(await world.open({ worker }), 'second', definition)).toMatchObject({ attempts: 1 });
  });

  it('hands large answers on', async () => {
    const text = 'x'.repeat(100_000);
    const seen: unknown[] = [];
    const { asked, worker } = counted(() => text);
    const process = await new World().open({
      worker,
      reader: ({ outputs }) => void seen.push(outputs),
    });
    const definition = task([
      phase('work', [agentStep('s', { cache })]),
      phase('read', [agentStep('r', { agent: 'reader' })], { dependsOn: ['work'] }),
    ]);
    await run(process, 'first', definition);
    expect(await run(process, 'second', definition)).toMatchObject({ cached: true });
    expect(asked).toHaveLength(1);
    expect(seen).toEqual([{ work: { worker: text } }, { work: { worker: text } }]);
  });

  it('keeps what a host said inline as small as a record should be', async () => {
    const put: Json[] = [];
    const world = new World();
    world.cacheOf = (shared) => ({
      get: (key) => shared.get(key),
      put: async (_key, value) => void put.push(value),
    });
    const process = await world.open();
    await run(process, 'e');
    const claim = await claimElsewhere(process, 'e');
    await claim.succeed('x'.repeat(100_000));
    expect(put).toEqual([
      { output: { $artifact: expect.any(String), bytes: 100_002, mediaType: expect.any(String) } },
    ]);
  });

  it('is not asked again when its phase is tried again after it was answered', async () => {
    const { asked, worker } = counted();
    const world = new World();
    const process = await world.open({
      worker,
      moody: ({ execution, attempt }) => {
        if (execution === 'second' && attempt === 1) throw new Error('no');
        return 'yes';
      },
    });
    const retry = { maxAttempts: 2, backoffMs: 1000, factor: 1, maxBackoffMs: 1000 };
    const definition = task([
      phase('work', [agentStep('s', { cache }), agentStep('m', { agent: 'moody' })], {
        retry,
        minSuccess: 'all',
      }),
    ]);
    await run(process, 'first', definition);
    await run(process, 'second', definition);
    expect(await process.status('second')).toBe('running');
    await process.advance(5_000);
    expect(await process.status('second')).toBe('completed');
    expect(await stepOf(process, 'second')).toMatchObject({ cached: true, attempts: 0 });
    expect(asked).toEqual(['first/s/1']);
  });

  it('is answered for each item of its own', async () => {
    const { asked, worker } = counted();
    const process = await new World().open({ worker });
    const definition = task([phase('work', [agentStep('s', { cache })], { forEach: 'input.list' })]);
    await run(process, 'first', definition, { list: [1, 2] });
    await run(process, 'second', definition, { list: [1, 2] });
    expect(await stepOf(process, 'second', 's_2')).toMatchObject({ cached: true });
    expect(asked).toHaveLength(2);
  });
});

/** The cache of one process, as a test wants it. */
async function openWith(change: Partial<ResponseCache>, worker: AgentFunction) {
  const world = new World();
  world.cacheOf = (shared) => ({
    get: change.get ?? ((key) => shared.get(key)),
    put: change.put ?? ((key, value, ttlMs) => shared.put(key, value, ttlMs)),
  });
  return { world, process: await world.open({ worker }) };
}

describe('a cache that is no help', () => {
  const failing: readonly (readonly [string, Partial<ResponseCache>])[] = [
    ['cannot be read', { get: () => Promise.reject(new Error('away')) }],
    ['cannot be written', { put: () => Promise.reject(new Error('away')) }],
    ['holds nonsense', { get: async () => 'nonsense' }],
    ['holds no output', { get: async () => ({ artifacts: [] }) }],
    ['names files that are gone', { get: async () => ({ output: 1, artifacts: [GONE] }) }],
    ['holds a large output that is gone', { get: async () => ({ output: { deep: [{ ...GONE }] } }) }],
  ];
  it.each(failing)('because it %s leaves the step as it is without one', async (_, change) => {
    const { asked, worker } = counted();
    const { process } = await openWith(change, worker);
    for (const execution of ['first', 'second']) {
      expect(await run(process, execution)).toMatchObject({ status: 'succeeded', attempts: 1 });
    }
    expect(asked).toHaveLength(2);
  });

  it('because it does not answer is waited for a moment only', async () => {
    const { asked, worker } = counted();
    const { process } = await openWith({ get: () => new Promise(() => undefined) }, worker);
    expect(await run(process, 'first')).toMatchObject({ status: 'offered' });
    await process.advance(2_000);
    expect(await stepOf(process, 'first')).toMatchObject({ status: 'succeeded' });
    expect(asked).toHaveLength(1);
  });

  it('is given nothing that refers to what is not there', async () => {
    const put: Json[] = [];
    const { process } = await openWith({ put: async (_key, value) => void put.push(value) }, () => ({
      file: GONE,
    }));
    expect(await run(process, 'first')).toMatchObject({ status: 'succeeded' });
    expect(put).toEqual([]);
  });

  it('is waited for by an engine that stops, but not for long', async () => {
    const { process } = await openWith({ put: () => new Promise(() => undefined) }, () => 1);
    await run(process, 'first');
    let hasStopped = false;
    const stopping = process.engine.stop().then(() => {
      hasStopped = true;
    });
    await process.settle();
    expect(hasStopped).toBe(false);
    await process.advance(2_000);
    await stopping;
  });
});

const GONE = { $artifact: `sha256:${'0'.repeat(64)}`, bytes: 1, mediaType: 'application/json' };

/** A cache whose answers come when the test says so. */
function slow() {
  const waiting: ((answer: Json | undefined) => void)[] = [];
  const get = () => new Promise<Json | undefined>((resolve) => waiting.push(resolve));
  return { get, waiting, answer: (output: Json) => waiting.shift()?.({ output }) };
}

describe('an answer that comes from the cache', () => {
  it('is refused when the offer was claimed before: the claim is worked off', async () => {
    const { get, answer } = slow();
    const { process } = await openWith({ get }, () => 'never asked');
    await run(process, 'e');
    // Asked for before the answer comes, and folded after it came.
    const claiming = claimElsewhere(process, 'e');
    answer('from the cache');
    const claim = await claiming;
    expect((await process.engine.state('e'))?.refused).toEqual({ stale: 1 });
    await claim.succeed('from the host');
    expect(await stepOf(process, 'e')).toMatchObject({ output: 'from the host', attempts: 1 });
  });

  it('is not used while the execution is paused, and asked for again when it goes on', async () => {
    const { get, answer, waiting } = slow();
    const { process } = await openWith({ get }, () => 'never asked');
    await run(process, 'e');
    await process.engine.control('e', 'pause.requested', {});
    answer('too late');
    await process.settle();
    expect(await process.status()).toBe('paused');
    await process.engine.control('e', 'resume.requested', {});
    await process.settle();
    expect(waiting).toHaveLength(1);
    answer('in time');
    await process.settle();
    expect(await stepOf(process, 'e')).toMatchObject({ output: 'in time', cached: true });
    expect((await process.engine.state('e'))?.refused).toEqual({});
  });

  it('is not used either while attempts at work end before a pause', async () => {
    const { get, answer, waiting } = slow();
    const { process } = await openWith({ get }, () => new Promise(() => undefined));
    await run(process, 'e', withOneAtWork);
    await process.engine.control('e', 'pause.requested', {});
    answer('too late');
    await process.settle();
    expect(await process.status()).toBe('pausing');
    await process.engine.control('e', 'resume.requested', {});
    await process.settle();
    expect(waiting).toHaveLength(1);
    answer('in time');
    await process.settle();
    expect(await stepOf(process, 'e')).toMatchObject({ output: 'in time', cached: true });
    expect((await process.engine.state('e'))?.refused).toEqual({});
  });

  it('is looked up once, also when all that is owed is carried out again meanwhile', async () => {
    const { get, answer, waiting } = slow();
    const { process } = await openWith({ get }, () => new Promise(() => undefined));
    await run(process, 'e', withOneAtWork);
    await process.engine.control('e', 'pause.requested', {});
    await process.engine.control('e', 'resume.requested', {});
    await process.settle();
    expect(waiting).toHaveLength(1);
    answer('in time');
    await process.settle();
    expect(await stepOf(process, 'e')).toMatchObject({ output: 'in time', cached: true });
  });

  it('is not looked up again for an offer that is out', async () => {
    const looked: string[] = [];
    const get = async (key: string): Promise<undefined> => void looked.push(key);
    const { process } = await openWith({ get }, () => new Promise(() => undefined));
    const work = [agentStep('s', { cache, agent: 'absent' }), agentStep('t')];
    await run(process, 'e', task([phase('work', work)]));
    await process.engine.control('e', 'pause.requested', {});
    await process.engine.control('e', 'resume.requested', {});
    await process.settle();
    expect(await stepOf(process, 'e')).toMatchObject({ status: 'offered' });
    expect(looked).toHaveLength(1);
  });

  it('is nothing to an engine that was stopped meanwhile', async () => {
    const { get, answer } = slow();
    const { process } = await openWith({ get }, () => 'never asked');
    await run(process, 'e');
    await process.engine.stop();
    answer('too late');
    await process.settle();
    const records = await process.embedded.store.log.read('e');
    expect(records.map(({ type }) => type)).toEqual(['execution.started']);
  });

  it('serves nobody when the step ended meanwhile', async () => {
    const { get, answer } = slow();
    const { process } = await openWith({ get }, () => 'never asked');
    await run(process, 'e', task([phase('work', [agentStep('s', { cache, claimWithinMs: 500 })])]));
    await process.advance(600);
    answer('too late');
    await process.settle();
    expect(await stepOf(process, 'e')).toMatchObject({ status: 'failed', error: { class: 'timeout' } });
  });

  it('is looked up again by whoever goes on when the process dies meanwhile', async () => {
    const { asked, worker } = counted();
    const world = new World();
    await run(await world.open({ worker }), 'first');
    world.cacheOf = () => ({ get: () => new Promise(() => undefined), put: async () => undefined });
    const dying = await world.open({ worker });
    await run(dying, 'second');
    await dying.die();
    world.cacheOf = (shared) => shared;
    const next = await world.open({ worker });
    await next.engine.adopt('second');
    await next.settle();
    expect(await stepOf(next, 'second')).toMatchObject({ cached: true });
    expect(asked).toHaveLength(1);
  });

  it('is as good as none when it cannot be written: the agent is asked', async () => {
    const { asked, worker } = counted();
    const { process } = await openWith({ get: async () => ({ output: 'too much to say' }) }, worker);
    const { log } = process.embedded.store;
    const append = log.append.bind(log);
    Object.assign(log, {
      append: (record: NewRecord) =>
        record.type === 'step.answered' ? Promise.reject(new Error('too large')) : append(record),
    });
    expect(await run(process, 'e')).toMatchObject({ status: 'succeeded', output: { count: 1 } });
    expect(asked).toHaveLength(1);
  });

  it('is written once there is room, when the disk was full', async () => {
    const { get, answer, waiting } = slow();
    const { process, world } = await openWith({ get }, () => 'never asked');
    await run(process, 'e');
    world.interceptCommits(() => {
      throw storageFull('log.db');
    });
    answer('lost');
    await process.settle();
    world.interceptCommits(() => undefined);
    await process.advance(1_000);
    expect(waiting).toHaveLength(1);
    answer('kept');
    await process.settle();
    expect(await stepOf(process, 'e')).toMatchObject({ output: 'kept', cached: true });
  });
});

const withOneAtWork = task([phase('work', [agentStep('s', { cache }), agentStep('t')])]);

describe('a step without a cache', () => {
  it('never meets one', async () => {
    const used: string[] = [];
    const use = async (key: string): Promise<undefined> => void used.push(key);
    const { process } = await openWith({ get: use, put: use }, () => 1);
    const plain: StepDefinition = agentStep('s');
    await run(process, 'e', task([phase('work', [plain])]));
    expect(await process.status()).toBe('completed');
    expect(used).toEqual([]);
  });
});
