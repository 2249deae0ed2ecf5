import { describe, expect, it } from 'vitest';
import { Fold } from '../../src/engine/fold.ts';
import { FoldFailure } from '../../src/engine/fold-failure.ts';
import type { FoldSnapshot } from '../../src/engine/fold-snapshot.ts';
import { agentStep, agentSteps, phase, task, wait } from '../fixtures/executions/definitions.ts';
import { ScriptedWorld } from '../fixtures/executions/scripted-world.ts';

const BROKEN = { throws: true };

/** A claimed agent step beside a wait whose rule throws for every signal. */
function withBrokenRule(execution = 'broken'): ScriptedWorld {
  const waiting = phase('waiting', [wait('w', 'go', { schema: BROKEN })]);
  const world = new ScriptedWorld(task([phase('work', agentSteps(2)), waiting]), { execution });
  world.claim('s0');
  return world;
}

describe('a record that cannot be folded', () => {
  it('is thrown as a failure that names it and says why', () => {
    const world = withBrokenRule();
    const record = world.record('control', 'signal.sent', { name: 'go', payload: 1 });
    const fold = world.foldAgain();
    expect(() => fold.apply(record)).toThrow(FoldFailure);
    const failure = failureOf(world.foldAgain(), record);
    expect(failure.record).toBe(record);
    expect(failure.reason).toContain('scripted: the rule is broken');
    expect(failure.message).toContain(`Record ${record.position} (signal.sent) of broken`);
  });

  it('suspends the execution at the record, with the state of the record before', () => {
    const world = withBrokenRule();
    const before = asJson(world.fold);
    world.signal('go');
    const { fold } = world;
    expect(fold.status).toBe('suspended');
    expect(fold.hasEnded).toBe(false);
    expect(fold.owed()).toMatchObject([{ kind: 'notify', notice: { kind: 'failure', status: 'suspended' } }]);
    expect(fold.world.position).toBe(world.log.at(-1)?.position);
    expect(fold.error).toMatchObject({
      code: 'RECORD_UNFOLDABLE',
      message: expect.stringMatching(
        /^Record \d+ \(signal\.sent\) cannot be folded: [\s\S]*the rule is broken/,
      ),
    });
    const after = asJson(fold);
    expect(after.tree.children).toEqual(before.tree.children);
    expect(after.ledger).toEqual(before.ledger);
    expect(after.controls).toEqual(before.controls);
  });

  it('suspends it again in the same way when the log is folded again, and after a restore', () => {
    const world = withBrokenRule();
    world.signal('go');
    const hash = world.fold.hash();
    expect(world.foldAgain().hash()).toBe(hash);
    expect(withBrokenRuleSignalled().fold.hash()).toBe(hash);
    const restored = restore(world);
    expect(restored.status).toBe('suspended');
    expect(world.owedWork(restored)).toEqual([]);
    expect(restored.hash()).toBe(hash);
  });

  it('leaves other executions of the same task alone', () => {
    const broken = withBrokenRule('first');
    const sound = withBrokenRule('second');
    broken.signal('go');
    expect(sound.succeed(sound.claimOf('s0')).accepted).toBe(true);
    sound.run();
    expect(sound.phaseState('work')).toBe('completed');
    expect(sound.fold.status).toBe('running');
  });

  it('can be aborted: then what was claimed is cancelled and drained', () => {
    const world = withBrokenRule();
    world.signal('go');
    expect(world.control('abort', 'no use').accepted).toBe(true);
    expect(world.fold.status).toBe('aborted');
    expect(world.owedOf('cancel').map(({ step }) => step)).toEqual(['s0']);
    world.release(world.claimOf('s0'));
    expect(world.owedWork()).toEqual([]);
    expect(world.foldAgain().hash()).toBe(world.fold.hash());
  });

  it('lets in nothing but an abort and the reports of what was under way', () => {
    const world = withBrokenRule();
    world.signal('go');
    for (const verb of ['pause', 'resume', 'retry'] as const)
      expect(world.control(verb)).toEqual({ accepted: false, reason: 'not-accepted-now' });
    expect(world.signal('other')).toEqual({ accepted: false, reason: 'not-accepted-now' });
    expect(world.take(world.claimRecord({ step: 's1', attempt: 1, role: 'worker' }))).toEqual({
      accepted: false,
      reason: 'not-running',
    });
    expect(world.succeed(world.claimOf('s0')).accepted).toBe(true);
    expect(world.owedWork()).toEqual([]);
    expect(world.foldAgain().hash()).toBe(world.fold.hash());
  });

  it('suspends too when it is found while an action runs, deep in the tree', () => {
    const later = phase('later', [wait('w', 'go', { schema: BROKEN })], { dependsOn: ['first'] });
    const world = new ScriptedWorld(task([phase('first', [agentStep('a')]), later]));
    world.signal('go');
    const claim = world.claim('a');
    expect(world.fold.status).toBe('running');
    world.succeed(claim);
    expect(world.fold.status).toBe('suspended');
    expect(world.stepState('a')).toBe('claimed');
    expect(world.phaseState('later')).toBe('absent');
    expect(world.foldAgain().hash()).toBe(world.fold.hash());
  });

  it('suspends an execution that was paused', () => {
    const world = withBrokenRule();
    world.control('pause');
    expect(world.fold.status).toBe('pausing');
    world.signal('go');
    expect(world.fold.status).toBe('suspended');
    world.control('abort');
    expect(world.fold.status).toBe('aborted');
  });

  it('does not matter to an execution that has ended', () => {
    const world = new ScriptedWorld(task([phase('work', agentSteps(1))]));
    world.run();
    const record = world.record('control', 'signal.sent', { name: 'go', payload: 1 });
    world.fold.suspend(new FoldFailure(record, 'not an error object'));
    expect(world.fold.status).toBe('completed');
  });
});

describe('a snapshot', () => {
  it.each([
    ['of another fold version', { foldVersion: 99 }, 'fold version 99'],
    ['in a state that the machines do not know', { tree: { value: 'dreaming' } }, 'no state "dreaming"'],
    ['in a state named like a property', { tree: { value: 'constructor' } }, 'no state "constructor"'],
    ['with nested states', { tree: { value: { running: 'fast' } } }, 'no state'],
    ['of what is not active', { tree: { status: 'error' } }, 'execution is error, not active'],
  ] as const)('%s is not restored', (_, change, message) => {
    const world = withBrokenRule();
    const snapshot = world.fold.snapshot();
    const tree = { ...snapshot.tree, ...('tree' in change ? change.tree : {}) };
    const broken = { ...snapshot, ...('foldVersion' in change ? change : {}), tree };
    expect(() => Fold.restore(broken, world.pinned, world.rules)).toThrow(message);
  });

  it.each(['dragon', 'toString'])('with a child of the unknown kind %s is not restored', (src) => {
    const world = withBrokenRule();
    const text = JSON.stringify(world.fold.snapshot()).replaceAll('"src":"agent"', `"src":"${src}"`);
    expect(() => Fold.restore(JSON.parse(text) as FoldSnapshot, world.pinned, world.rules)).toThrow(src);
  });

  it('is not changed by what the fold does after it was taken', () => {
    const world = new ScriptedWorld(task([phase('work', [agentStep('a'), wait('w')])]));
    world.signal('go', 1);
    const snapshot = world.fold.snapshot();
    const text = JSON.stringify(snapshot);
    world.signal('go', 2);
    world.control('pause');
    world.control('resume');
    world.run();
    expect(JSON.stringify(snapshot)).toBe(text);
  });

  it('is not changed by restoring it', () => {
    const world = withBrokenRule();
    const snapshot = world.fold.snapshot();
    const text = JSON.stringify(snapshot);
    const restored = Fold.restore(snapshot, world.pinned, world.rules);
    restored.apply(world.record('control', 'abort.requested', {}));
    expect(JSON.stringify(snapshot)).toBe(text);
  });
});

function withBrokenRuleSignalled(): ScriptedWorld {
  const world = withBrokenRule();
  world.signal('go');
  return world;
}

function failureOf(fold: Fold, record: Parameters<Fold['apply']>[0]): FoldFailure {
  try {
    fold.apply(record);
  } catch (failure) {
    if (failure instanceof FoldFailure) return failure;
  }
  throw new Error('The record was folded');
}

function asJson(fold: Fold): FoldSnapshot {
  return JSON.parse(JSON.stringify(fold.snapshot())) as FoldSnapshot;
}

function restore(world: ScriptedWorld): Fold {
  return Fold.restore(asJson(world.fold), world.pinned, world.rules);
}
