import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecordType } from '../../machines/records.ts';
import { Fold } from '../../src/engine/fold.ts';
import type { FoldSnapshot } from '../../src/engine/fold-snapshot.ts';
import type { Json } from '../../src/json.ts';
import type { LogRecord, Source } from '../../src/ports/event-log.ts';
import { play, scenario } from '../fixtures/executions/arbitrary.ts';
import { agentStep, agentSteps, phase, task, validation, wait } from '../fixtures/executions/definitions.ts';
import { proofOf, ScriptedWorld } from '../fixtures/executions/scripted-world.ts';

const SEED = 20_260_201;

/** One agent step, claimed. */
function claimed(): ScriptedWorld {
  const world = new ScriptedWorld(task([phase('work', agentSteps(2))]));
  world.claim('s0');
  return world;
}

/** Folds the record and says how it was refused; fails unless the state stayed exactly as it was. */
function refusalOf(world: ScriptedWorld, record: LogRecord): string {
  const before = world.fold.hash();
  const owed = world.fold.owed();
  const counted = total(world.fold);
  const applied = world.take(record);
  expect(world.fold.hash()).toBe(before);
  expect(world.fold.owed()).toEqual(owed);
  expect(total(world.fold)).toBe(counted + 1);
  return applied.accepted ? 'accepted' : applied.reason;
}

function total(fold: Fold): number {
  return Object.values(fold.refused).reduce((sum, count) => sum + count, 0);
}

describe('a report', () => {
  it.each([
    ['with another token', { token: 'guessed' }, 'agent.worker', 'stale'],
    ['with an earlier fence', { fence: 1 }, 'agent.worker', 'stale'],
    ['with a later fence', { fence: 99 }, 'agent.worker', 'stale'],
    ['of another attempt', { attempt: 2 }, 'agent.worker', 'stale'],
    ['of a step that does not exist', { step: 'nope' }, 'agent.worker', 'unknown-step'],
    ['of a step that nobody claimed', { step: 's1' }, 'agent.worker', 'stale'],
    ['of a step named like a property', { step: 'constructor' }, 'agent.worker', 'unknown-step'],
    ['from another role', {}, 'agent.other', 'wrong-role'],
    ['from the engine', {}, 'engine', 'wrong-role'],
    ['from a person', {}, 'control', 'wrong-role'],
    ['without a token', { token: undefined }, 'agent.worker', 'malformed'],
    ['whose fence is not a position', { fence: -1 }, 'agent.worker', 'malformed'],
    ['whose attempt is not a number', { attempt: '1' }, 'agent.worker', 'malformed'],
    ['with negative usage', { usage: { usd: -5 } }, 'agent.worker', 'malformed'],
    ['with usage that is no number', { usage: { tokens: 'many' } }, 'agent.worker', 'malformed'],
    ['with logs that are no reference', { logs: 'text' }, 'agent.worker', 'malformed'],
  ] as const)('%s changes nothing', (_, change, source, reason) => {
    const world = claimed();
    const data = { ...proofOf(world.claimOf('s0')), output: 'forged', ...change };
    expect(refusalOf(world, world.record(source, 'step.succeeded', data as unknown as Json))).toBe(reason);
    expect(world.stepState('s0')).toBe('claimed');
  });

  it('counts once however often it comes', () => {
    const world = claimed();
    const report = world.record('agent.worker', 'step.succeeded', {
      ...proofOf(world.claimOf('s0')),
      output: 1,
    });
    expect(world.take(report)).toEqual({ accepted: true });
    expect(refusalOf(world, { ...report, position: report.position + 1 })).toBe('unknown-step');
  });

  it('is folded once when the log delivers the same position again', () => {
    const world = claimed();
    const report = world.record('agent.worker', 'step.succeeded', {
      ...proofOf(world.claimOf('s0')),
      output: 1,
    });
    world.take(report);
    const before = world.fold.hash();
    expect(world.fold.apply(report)).toEqual({ accepted: true });
    expect(world.fold.hash()).toBe(before);
    expect(world.fold.refused).toEqual({});
  });

  it('of an attempt that lost its lease is stale, whatever it says', () => {
    const world = claimed();
    const old = world.claimOf('s0');
    world.expire(old);
    const fresh = world.claim('s0');
    for (const type of ['step.succeeded', 'step.failed', 'claim.released'] as const) {
      const data = { ...proofOf(old), output: 1, error: { class: 'crash', message: 'late' } };
      expect(refusalOf(world, world.record('agent.worker', type, data))).toBe('stale');
    }
    expect(world.claimOf('s0').fence).toBe(fresh.fence);
  });

  it('of an earlier try cannot end a later one, nor can a late word about its offer', () => {
    const world = new ScriptedWorld(task([phase('work', [agentStep('s')], { retry: twice })]));
    const first = world.claim();
    world.fail(first);
    const late = { step: 's', attempt: first.attempt, error: { class: 'fatal', message: 'no template' } };
    expect(refusalOf(world, world.record('engine', 'offer.failed', late))).toBe('stale');
    expect(world.owedOf('offer').map(({ id }) => id)).toEqual(['world/s/2']);
    expect(world.succeed(world.claim()).accepted).toBe(true);
    expect(world.fold.status).toBe('completed');
  });
});

const twice = { maxAttempts: 2, backoffMs: 0, factor: 1, maxBackoffMs: 0 };

describe('a claim', () => {
  it('is refused while another stands: the first in the log wins', () => {
    const world = claimed();
    const again = world.claimRecord({ step: 's0', attempt: 1, role: 'worker' });
    expect(refusalOf(world, again)).toBe('stale');
  });

  it.each([
    ['for another role', { role: 'other' }, 'engine', 'wrong-role'],
    ['of an attempt that is not offered', { attempt: 7 }, 'engine', 'stale'],
    ['of no step', { step: 'nope' }, 'engine', 'unknown-step'],
    ['without a lease', { leaseMs: 0 }, 'engine', 'malformed'],
    ['that no engine wrote', {}, 'agent.worker', 'wrong-role'],
  ] as const)('%s changes nothing', (_, change, source, reason) => {
    const world = new ScriptedWorld(task([phase('work', agentSteps(1))]));
    const record = world.claimRecord({ step: 's0', attempt: 1, role: 'worker' });
    const data = { ...(record.data as object), ...change };
    expect(refusalOf(world, { ...record, source, data })).toBe(reason);
  });
});

describe('an answer kept from before', () => {
  it('is refused once the offer was claimed: the first in the log wins', () => {
    const world = claimed();
    const late = world.answerRecord({ step: 's0', attempt: 1 }, 'late');
    expect(refusalOf(world, late)).toBe('stale');
    expect(world.succeed(world.claimOf('s0')).accepted).toBe(true);
    const later = world.answerRecord({ step: 's0', attempt: 1 }, 'later');
    expect(refusalOf(world, later)).toBe('unknown-step');
  });

  it.each([
    ['of an attempt that is not offered', { attempt: 7 }, 'engine', 'stale'],
    ['of no step', { step: 'nope' }, 'engine', 'unknown-step'],
    ['without its key', { key: undefined }, 'engine', 'malformed'],
    ['whose artifacts are no references', { artifacts: ['a'] }, 'engine', 'malformed'],
    ['from an agent', {}, 'agent.worker', 'wrong-role'],
    ['from a person', {}, 'control', 'wrong-role'],
  ] as const)('%s changes nothing', (_, change, source, reason) => {
    const world = new ScriptedWorld(task([phase('work', agentSteps(1))]));
    const record = world.answerRecord({ step: 's0', attempt: 1 }, 'answer');
    const data = { ...(record.data as object), ...change } as Json;
    expect(refusalOf(world, { ...record, source, data })).toBe(reason);
  });

  it.each(['pausing', 'paused'])('changes nothing while the execution is %s', (status) => {
    const world = new ScriptedWorld(task([phase('work', agentSteps(2))]));
    const record = world.answerRecord({ step: 's0', attempt: 1 }, 'answer');
    if (status === 'pausing') world.claim('s1');
    world.control('pause');
    expect(world.fold.status).toBe(status);
    const position = (world.log.at(-1)?.position ?? 0) + 1;
    expect(refusalOf(world, { ...record, position })).toBe('not-running');
    world.control('resume');
    expect(world.answer('s0').accepted).toBe(true);
  });
});

describe("the engine's own records", () => {
  const cases: readonly (readonly [string, RecordType, Json, Source, string])[] = [
    ['a type that does not exist', 'step.invented' as RecordType, {}, 'engine', 'malformed'],
    ['a type named like a property', 'toString' as RecordType, {}, 'control', 'malformed'],
    ['a second start', 'execution.started', startData(), 'control', 'duplicate'],
    ['a timer from an agent', 'timer.fired', { timerId: 'execution/0/1' }, 'agent.worker', 'wrong-role'],
    ['a timer of nothing', 'timer.fired', { timerId: 'nonsense' }, 'engine', 'unknown-step'],
    ['a timer of no phase', 'timer.fired', { timerId: 'phase/9/1/1' }, 'engine', 'unknown-step'],
    ['a timer of no step', 'timer.fired', { timerId: 'step' }, 'engine', 'unknown-step'],
    ['a timer the execution has not', 'timer.fired', { timerId: 'execution/0/5' }, 'engine', 'early-timer'],
    ['an expiry from an agent', 'claim.expired', expiry(), 'agent.worker', 'wrong-role'],
    ['an expiry of another claim', 'claim.expired', expiry(), 'engine', 'stale'],
    ['an expiry of no step', 'claim.expired', { ...expiry(), step: 'no' }, 'engine', 'unknown-step'],
    [
      'an evaluation from an agent',
      'evaluation.completed',
      result('step/s1/1'),
      'agent.worker',
      'wrong-role',
    ],
    ['an evaluation of an agent step', 'evaluation.completed', result('step/s1/1'), 'engine', 'stale'],
    ['an evaluation of nothing', 'evaluation.completed', result('step/no/1'), 'engine', 'unknown-step'],
    ['outputs before their time', 'evaluation.completed', result('phase/0/outputs/1'), 'engine', 'stale'],
    ['a failure of them', 'evaluation.failed', failure('phase/0/outputs/1'), 'engine', 'stale'],
    ['items of a phase that has none', 'evaluation.failed', failure('phase/0/items/1'), 'engine', 'stale'],
    ['items', 'evaluation.completed', expansion('phase/0/items/1'), 'engine', 'stale'],
    ['items that are none', 'evaluation.completed', result('phase/0/items/1'), 'engine', 'malformed'],
    ['outputs that are none', 'evaluation.completed', flat('phase/0/outputs/1'), 'engine', 'malformed'],
    ["the execution's outputs", 'evaluation.completed', result('execution/outputs/0'), 'engine', 'stale'],
    ['their failure', 'evaluation.failed', failure('execution/outputs/0'), 'engine', 'stale'],
    ['their failure of another try', 'evaluation.failed', failure('execution/outputs/3'), 'engine', 'stale'],
    ['an abort from an agent', 'abort.requested', {}, 'agent.worker', 'wrong-role'],
    ['a signal from an agent', 'signal.sent', { name: 'go', payload: 1 }, 'agent.worker', 'wrong-role'],
    ['a resume without a pause', 'resume.requested', {}, 'control', 'not-accepted-now'],
    ['a retry of what runs', 'retry.requested', {}, 'control', 'not-accepted-now'],
    ['a checkpoint without a name', 'checkpoint.requested', { name: '' }, 'control', 'malformed'],
  ];
  it.each(cases)('%s changes nothing', (_, type, data, source, reason) => {
    const world = claimed();
    expect(refusalOf(world, world.record(source, type, data))).toBe(reason);
  });

  it('do not fire a timer early, and arm it again', () => {
    const world = new ScriptedWorld(task([phase('work', [agentStep('s', { claimWithinMs: 100 })])]));
    const [timer] = world.owedOf('timer');
    world.fold.drain();
    expect(refusalOf(world, world.record('engine', 'timer.fired', { timerId: timer?.id ?? '' }))).toBe(
      'early-timer',
    );
    expect(world.fold.drain()).toContainEqual(timer);
  });

  it('do not end a backoff whose time has come when they speak of another timer', () => {
    const world = new ScriptedWorld(
      task([phase('work', agentSteps(1), { retry: { ...twice, backoffMs: 50, maxBackoffMs: 50 } })]),
    );
    world.fail(world.claim());
    expect(world.phaseState('work')).toBe('backingOff');
    world.advance(10_000);
    const stray = world.record('engine', 'timer.fired', { timerId: 'phase/0/1/1' });
    expect(refusalOf(world, stray)).toBe('early-timer');
    expect(world.phaseState('work')).toBe('backingOff');
  });

  it('take the first result of an evaluation and refuse every other, also while it is paused', () => {
    const outputs = [{ name: 'made', expression: 'true' }];
    const world = new ScriptedWorld(task([phase('work', agentSteps(1))], { outputs }));
    world.succeed(world.claim());
    const [evaluation] = world.owedOf('evaluate');
    world.control('pause');
    const first = { evaluationId: evaluation?.id ?? '', output: { made: 1 } };
    expect(world.append('engine', 'evaluation.completed', first).accepted).toBe(true);
    const second = world.record('engine', 'evaluation.completed', { ...first, output: { made: 2 } });
    expect(refusalOf(world, second)).toBe('stale');
    expect(refusalOf(world, world.record('engine', 'evaluation.failed', failure(first.evaluationId)))).toBe(
      'stale',
    );
    world.control('resume');
    expect(world.fold.status).toBe('completed');
    expect(world.fold.world.ledger.outputs).toEqual({ made: 1 });
  });

  it('take the first failure of an evaluation too', () => {
    const outputs = [{ name: 'made', expression: 'throws' }];
    const world = new ScriptedWorld(task([phase('work', agentSteps(1))], { outputs }));
    world.succeed(world.claim());
    world.control('pause');
    const evaluationId = 'execution/outputs/0';
    expect(world.append('engine', 'evaluation.failed', failure(evaluationId)).accepted).toBe(true);
    expect(refusalOf(world, world.record('engine', 'evaluation.completed', result(evaluationId)))).toBe(
      'stale',
    );
    world.control('resume');
    expect(world.fold.error?.code).toBe('OUTPUT_MISSING');
  });
});

describe('a control record', () => {
  it('is applied once, however often it is delivered', () => {
    const world = claimed();
    world.append('control', 'pause.requested', {}, 'press-1');
    world.append('control', 'resume.requested', {}, 'press-2');
    expect(refusalOf(world, world.record('control', 'pause.requested', {}, 'press-1'))).toBe('duplicate');
    expect(world.fold.hasControl('press-1')).toBe(true);
    expect(world.fold.status).toBe('running');
  });

  it('is known as applied after a restore', () => {
    const world = claimed();
    world.append('control', 'pause.requested', {}, 'press-1');
    world.fold = restore(world);
    expect(refusalOf(world, world.record('control', 'pause.requested', {}, 'press-1'))).toBe('duplicate');
  });

  it('that sends a signal nobody waits for is refused once a thousand of the name are kept', () => {
    const world = claimed();
    for (let count = 0; count < 1000; count += 1) world.signal('early', count);
    expect(refusalOf(world, world.record('control', 'signal.sent', { name: 'early', payload: 0 }))).toBe(
      'not-accepted-now',
    );
  });

  it('that sends a signal which does not fit leaves the wait waiting', () => {
    const world = new ScriptedWorld(task([phase('work', [wait('w', 'go', { schema: { type: 'string' } })])]));
    const misfit = world.record('control', 'signal.sent', { name: 'go', payload: 5 });
    expect(refusalOf(world, misfit)).toBe('signal-misfit');
    expect(world.stepState('w')).toBe('waiting');
  });

  it('that sends a signal to what has ended is refused', () => {
    const world = claimed();
    world.control('abort');
    const signal = world.record('control', 'signal.sent', { name: 'go', payload: 5 });
    expect(refusalOf(world, signal)).toBe('not-accepted-now');
  });
});

describe('any log', () => {
  it('folds to the same state with junk between its records: repeated, early, forged, torn', () => {
    fc.assert(
      fc.property(scenario, fc.array(fc.nat(), { minLength: 30, maxLength: 30 }), (played, picks) => {
        const world = play(played);
        const [first, ...rest] = world.log;
        if (first === undefined) throw new Error('A log has a start');
        const noisy = Fold.begin(first, world.pinned, world.input, world.rules);
        for (const [at, record] of rest.entries()) {
          noisy.apply(record);
          const hash = noisy.hash();
          for (const [offset, junk] of junkAfter(world, at + 1, picks[at % picks.length] ?? 0).entries()) {
            const applied = noisy.apply({ ...junk, position: record.position + 1 + offset, at: record.at });
            expect(applied.accepted, `${junk.source} ${junk.type}`).toBe(false);
            expect(noisy.hash()).toBe(hash);
          }
        }
        expect(noisy.status).toBe(world.fold.status);
        expect(noisy.hash()).toBe(world.fold.hash());
      }),
      { seed: SEED, numRuns: 120 },
    );
  });
});

const REPORTS: ReadonlySet<string> = new Set(['step.succeeded', 'step.failed', 'claim.released']);

/** Records that must be refused right after place `at` of the log. */
function junkAfter(world: ScriptedWorld, at: number, pick: number): readonly LogRecord[] {
  const past = world.log.slice(1, at + 1).filter((_, index) => world.answers[index + 1]?.accepted === true);
  const reports = world.log.filter(({ type }) => REPORTS.has(type));
  const ahead = world.log.slice(at + 1).filter(({ type }) => REPORTS.has(type) || type === 'claim.expired');
  // A claim that lies ahead has no fence yet that a report could know.
  const early = ahead.filter(
    ({ data }) => (data as { fence: number }).fence > (world.log[at]?.position ?? 0),
  );
  const report = chosen(reports, pick);
  return [
    ...chosen(past, pick),
    ...chosen(early, pick),
    ...report.map((record) => ({ ...record, source: 'agent.intruder' as const })),
    ...report.map((record) => altered(record, { token: 'guessed' })),
    ...report.map((record) => altered(record, { fence: 1 })),
    ...report.map((record) => altered(record, { attempt: 'first' })),
    ...chosen(world.log, pick).map((record) => ({ ...record, data: null })),
  ];
}

function chosen(records: readonly LogRecord[], pick: number): readonly LogRecord[] {
  const record = records[pick % Math.max(1, records.length)];
  return record === undefined ? [] : [record];
}

function altered(record: LogRecord, change: { readonly [key: string]: Json }): LogRecord {
  return { ...record, data: { ...(record.data as { readonly [key: string]: Json }), ...change } };
}

describe('what agents say', () => {
  const forged: readonly (readonly [string, Json])[] = [
    ["XState's mark of an actor", { xstate$$type: 1, id: 'slot-0' }],
    ["XState's mark of a phase", { deep: [{ xstate$$type: 1, id: 'phase-0' }] }],
    ['what looks like an actor', { sessionId: 'x:1', send: 'me', ref: {} }],
    ['prototypes', JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {}}}') as Json],
  ];

  it.each(forged)('may hold %s: it is kept as it is, also across restores', (_, output) => {
    const world = new ScriptedWorld(
      task([phase('first', agentSteps(2)), phase('second', [agentStep('t')], { dependsOn: ['first'] })]),
    );
    while (!world.fold.hasEnded) {
      world.succeed(world.claim(), output);
      const { fold } = world;
      world.fold = restore(world);
      expect(world.fold.hash()).toBe(fold.hash());
    }
    const { ledger } = world.fold.world;
    for (const step of ['s0', 's1']) expect(ledger.phase('first').results.get(step)?.output).toEqual(output);
    expect(ledger.phase('second').outputs).toEqual({ worker: output });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it.each(forged)('may hold %s where a failed validation shows it', (_, output) => {
    const definition = task([phase('check', [validation('v', 'false')])]);
    const world = new ScriptedWorld(definition, { input: { seen: output } });
    world.evaluateNext();
    const { error } = world.fold;
    expect(error).toMatchObject({ code: 'VALIDATION_FAILED', details: { values: { seen: output } } });
    world.fold = restore(world);
    expect(world.fold.error).toEqual(error);
    expect(world.fold.hash()).toBe(world.foldAgain().hash());
  });

  it.each(forged)('may hold %s as the whole of an aggregate or a signal', (_, output) => {
    const world = new ScriptedWorld(task([phase('work', [wait('w')])]));
    world.signal('go', output);
    world.fold = restore(world);
    expect(world.fold.world.ledger.outputs).toEqual({ w: output });
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'may be for a phase named %s',
    (name) => {
      const definition = task([
        phase(name, [agentStep('a')]),
        phase('after', [agentStep('b')], { dependsOn: [name] }),
      ]);
      const world = new ScriptedWorld(definition);
      world.succeed(world.claim());
      world.fold = restore(world);
      world.run();
      expect(world.fold.status).toBe('completed');
      expect(world.fold.hash()).toBe(world.foldAgain().hash());
      expect(Object.entries(world.fold.context.phases)).toEqual([
        [name, 'completed'],
        ['after', 'completed'],
      ]);
    },
  );
});

function restore(world: ScriptedWorld): Fold {
  const snapshot = JSON.parse(JSON.stringify(world.fold.snapshot())) as FoldSnapshot;
  return Fold.restore(snapshot, world.pinned, world.rules);
}

function startData(): Json {
  const named = { name: 'other', version: '9.0.0' };
  return { foldVersion: 1, pinned: 'other', task: named, inputDigest: 'other', input: {} };
}

function expiry() {
  return { step: 's0', attempt: 1, fence: 999, reason: 'no heartbeat' };
}

function result(evaluationId: string): Json {
  return { evaluationId, output: { forged: true } };
}

function flat(evaluationId: string): Json {
  return { evaluationId, output: 5 };
}

function failure(evaluationId: string): Json {
  return { evaluationId, error: { class: 'fatal', message: 'forged' } };
}

function expansion(evaluationId: string): Json {
  return { evaluationId, output: { items: [1, 2], roles: {} } };
}
