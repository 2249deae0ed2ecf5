import { describe, expect, it } from 'vitest';
import type { AgentFunction } from '../../src/agent/define.ts';
import { Fold } from '../../src/engine/fold.ts';
import type { FoldSnapshot } from '../../src/engine/fold-snapshot.ts';
import { loadFold } from '../../src/engine/load.ts';
import { digestOf } from '../../src/engine/pinned.ts';
import { reportOf, type StepReport } from '../../src/engine/report.ts';
import { taskRules } from '../../src/engine/rules.ts';
import type { Json } from '../../src/json.ts';
import { keptRuns, type RerunRequest, rerunOf } from '../../src/library/rerun.ts';
import type { PhaseDefinition, TaskDefinition } from '../../src/task/definition.ts';
import { type Process, World } from '../engine/open-world.ts';
import {
  agentStep,
  aggregate,
  approval,
  consensus,
  phase,
  task,
  validation,
  wait,
} from '../fixtures/executions/definitions.ts';

/** Everything at once: barriers, a vote, items, a person, and branches that know nothing of each other. */
const committee = task(
  [
    phase('Open', [validation('has-amount', 'input.amount > 0'), agentStep('open')]),
    phase('Analysis', [agentStep('trend'), agentStep('risk'), aggregate('sum')], { dependsOn: ['Open'] }),
    phase('Papers', [agentStep('read'), agentStep('note'), validation('read-all', 'true')], {
      dependsOn: ['Open'],
      parallel: false,
      forEach: 'input.papers',
    }),
    phase('Vote', [agentStep('plead'), consensus('vote', ['a', 'b']), agentStep('tell')], {
      dependsOn: ['Analysis', 'Papers'],
      parallel: false,
    }),
    phase('Verdict', [approval('release'), agentStep('decide')], { dependsOn: ['Vote'], parallel: false }),
  ],
  {
    requirements: { amount: { type: 'number' }, papers: { type: 'array' } },
    outputs: [
      { name: 'verdict', expression: 'outputs.Verdict.worker' },
      { name: 'vote', expression: 'outputs.Vote.decision' },
    ],
  } as Partial<TaskDefinition>,
);
const INPUT = { amount: 5, papers: ['x', 'y'] };

/** Agents whose answers are digests of all that they were given, so that any difference shows. */
function committeeAgents() {
  const asked: string[] = [];
  const worker: AgentFunction = ({ execution, step, agent, instructions, input, item, outputs, results }) => {
    asked.push(`${execution}/${step}`);
    return { of: digestOf({ step, agent, instructions, input, item: item ?? null, outputs, results }) };
  };
  const vote: AgentFunction = ({ execution, step }) => {
    asked.push(`${execution}/${step}`);
    return { choice: 'yes' };
  };
  return { asked, agents: { worker, a: vote, b: vote } };
}

async function stateOf(process: Process, execution: string): Promise<Fold> {
  const fold = await process.engine.state(execution);
  if (fold === undefined) throw new Error(`no ${execution}`);
  return fold;
}

async function rerun(process: Process, request: RerunRequest, id = 'new', old = 'old') {
  const start = rerunOf(await stateOf(process, old), request, id);
  await process.engine.begin(start);
  await process.settle();
  return start;
}

async function grant(process: Process, execution: string): Promise<void> {
  await process.engine.control(execution, 'approval.granted', { step: 'release', by: 'alice' });
  await process.settle();
}

async function runToEnd(process: Process): Promise<void> {
  await process.begin(committee, { execution: 'old', input: INPUT });
  await grant(process, 'old');
  expect(await process.status('old')).toBe('completed');
}

function stepsOf(fold: Fold): readonly StepReport[] {
  return reportOf(fold).phases.flatMap(({ steps }) => steps);
}

const RUNS = [
  'has-amount',
  'open',
  'trend',
  'risk',
  'sum',
  'read',
  'read_1',
  'note_2',
  'read-all',
  'plead',
  'vote',
  'tell',
  'release',
  'decide',
];

/** What an agent is asked for again, by the step from which it is. */
const ANEW: { readonly [from: string]: string } = {
  note_2: 'note_2 trend risk plead vote-a_1 vote-b_1 tell decide',
  vote: 'vote-a_1 vote-b_1 tell decide',
  tell: 'tell decide',
  decide: 'decide',
};

describe('an execution that is run again', () => {
  it.each(RUNS)('from %s comes to the same outputs, and asks nobody for what comes before', async (from) => {
    const { asked, agents } = committeeAgents();
    const process = await new World().open(agents);
    await runToEnd(process);
    asked.length = 0;
    const start = await rerun(process, { from });
    // Asked again, unless it comes before.
    if (from !== 'decide') await grant(process, 'new');
    const [before, now] = [await stateOf(process, 'old'), await stateOf(process, 'new')];
    expect(now.status).toBe('completed');
    expect(reportOf(now).outputs).toEqual(reportOf(before).outputs);
    const kept = new Set(keptRuns(start));
    expect(asked.filter((run) => kept.has(run.replace('new/', '')))).toEqual([]);
    expect(
      stepsOf(now)
        .filter((step) => step.kept === 'old')
        .map(({ id }) => id),
    ).toEqual(expect.arrayContaining([...kept]));
    if (ANEW[from] !== undefined)
      expect(new Set(asked)).toEqual(new Set(ANEW[from]?.split(' ').map((run) => `new/${run}`)));
    expect(reportOf(now).rerunOf).toEqual({ execution: 'old', from, position: before.world.position });
    expect(now.pinned.digest).toBe(before.pinned.digest);
  });

  it('without a step does all of it anew', async () => {
    const { asked, agents } = committeeAgents();
    const process = await new World().open(agents);
    await runToEnd(process);
    const count = asked.length;
    await rerun(process, {});
    await grant(process, 'new');
    expect(asked).toHaveLength(2 * count);
    const now = await stateOf(process, 'new');
    expect(now.status).toBe('completed');
    expect(now.rerunOf).toEqual({
      execution: 'old',
      position: (await stateOf(process, 'old')).world.position,
    });
  });

  it('is folded and restored to the same state at every record', async () => {
    const process = await new World().open(committeeAgents().agents);
    await runToEnd(process);
    await rerun(process, { from: 'vote' });
    await grant(process, 'new');
    const { sources } = process.engine;
    const records = await sources.log.read('new');
    const whole = await stateOf(process, 'new');
    expect(whole.status).toBe('completed');
    for (const { position } of records) {
      const fold = await loadFold(
        'new',
        { ...sources, snapshots: { ...sources.snapshots, latest: async () => undefined } },
        position,
      );
      if (fold === undefined) throw new Error('nothing to fold');
      const snapshot = JSON.parse(JSON.stringify(fold.snapshot())) as FoldSnapshot;
      const restored = Fold.restore(snapshot, fold.pinned, taskRules);
      expect(restored.hash()).toBe(fold.hash());
      expect(restored.rerunOf).toEqual(fold.rerunOf);
      for (const record of records) restored.apply(record);
      expect(restored.hash()).toBe(whole.hash());
    }
  });

  it('of one that was run again says where each result was first had', async () => {
    const process = await new World().open(committeeAgents().agents);
    await runToEnd(process);
    await rerun(process, { from: 'vote' });
    await grant(process, 'new');
    await rerun(process, { from: 'decide' }, 'newer', 'new');
    const kept = Object.fromEntries(
      stepsOf(await stateOf(process, 'newer')).map(({ id, kept: of }) => [id, of]),
    );
    expect(kept).toMatchObject({
      open: 'old',
      plead: 'old',
      vote: 'new',
      tell: 'new',
      release: 'new',
      decide: undefined,
    });
  });

  it('shows the vote that is kept with its rounds', async () => {
    const process = await new World().open(committeeAgents().agents);
    await runToEnd(process);
    await rerun(process, { from: 'tell' });
    const { ledger } = (await stateOf(process, 'new')).world;
    const before = (await stateOf(process, 'old')).world.ledger;
    expect(ledger.phases.get('Vote')?.polls).toEqual(before.phases.get('Vote')?.polls);
    expect([...(ledger.phases.get('Vote')?.results.keys() ?? [])]).toContain('vote-a_1');
  });

  it('has no part in the usage of what it keeps', async () => {
    const process = await new World().open(committeeAgents().agents);
    await runToEnd(process);
    await rerun(process, { from: 'decide' });
    const report = reportOf(await stateOf(process, 'new'));
    expect(report.phases[0]?.steps[1]).toMatchObject({
      status: 'succeeded',
      attempts: 0,
      durationMs: 0,
      kept: 'old',
    });
    expect(report.usage.tokens).toBe(0);
  });
});

describe('an edited input', () => {
  it('is seen by what is done anew, while results before it stay', async () => {
    const process = await new World().open(committeeAgents().agents);
    await runToEnd(process);
    await rerun(process, { from: 'plead', input: { amount: 7 } });
    const [before, now] = [await stateOf(process, 'old'), await stateOf(process, 'new')];
    expect(now.world.input).toEqual({ ...INPUT, amount: 7 });
    const outputOf = (fold: Fold, id: string): Json | undefined =>
      stepsOf(fold).find((step) => step.id === id)?.output;
    expect(outputOf(now, 'trend')).toEqual(outputOf(before, 'trend'));
    expect(outputOf(now, 'plead')).not.toEqual(outputOf(before, 'plead'));
  });

  it('has people asked again for what they approved', async () => {
    const process = await new World().open(committeeAgents().agents);
    await runToEnd(process);
    await rerun(process, { from: 'decide', input: { amount: 7 } });
    expect(stepsOf(await stateOf(process, 'new')).find(({ id }) => id === 'release')).toMatchObject({
      status: 'asking',
    });
    await grant(process, 'new');
    expect(await process.status('new')).toBe('completed');
  });

  it('does not change the items for which something is kept', async () => {
    const process = await new World().open(committeeAgents().agents);
    await runToEnd(process);
    await rerun(process, { from: 'note_2', input: { papers: ['z'] } });
    expect((await stateOf(process, 'new')).world.ledger.phases.get('Papers')?.items).toEqual(['x', 'y']);
    await rerun(process, { from: 'read', input: { papers: ['z'] } }, 'other');
    expect((await stateOf(process, 'other')).world.ledger.phases.get('Papers')?.items).toEqual(['z']);
  });

  it('is checked against what the task asks for', async () => {
    const process = await new World().open({ worker: () => 1 });
    const requirements = { amount: { type: 'number' } };
    await process.begin(task([phase('p', [agentStep('s')])], { requirements }), {
      execution: 'old',
      input: { amount: 1 },
    });
    await expect(rerun(process, { input: { amount: 'much' } })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    });
  });

  it('leaves the decision that a phase runs to those of whose steps nothing is kept', async () => {
    const process = await new World().open({ worker: () => 1 });
    const definition = task(
      [
        phase('first', [agentStep('one'), agentStep('two')], { when: 'input.go', parallel: false }),
        phase('second', [agentStep('three')], { dependsOn: ['first'], when: 'input.go' }),
      ],
      { requirements: { go: { type: 'boolean' } } },
    );
    await process.begin(definition, { execution: 'old', input: { go: true } });
    await rerun(process, { from: 'two', input: { go: false } });
    expect(reportOf(await stateOf(process, 'new')).phases.map(({ status }) => status)).toEqual([
      'completed',
      'skipped',
    ]);
  });
});

describe('what comes before the step', () => {
  const failing = task([
    phase('one', [agentStep('good'), agentStep('bad', { agent: 'other' })], { minSuccess: 'all' }),
    phase('two', [agentStep('next')], { dependsOn: ['one'] }),
  ]);

  it('has to have succeeded, and what did not is named', async () => {
    const process = await new World().open({ worker: () => 1, other: () => Promise.reject(new Error('no')) });
    await process.begin(failing, { execution: 'old' });
    await expect(rerun(process, { from: 'next' })).rejects.toMatchObject({
      code: 'RERUN_NOT_POSSIBLE',
      message: 'old cannot be run again from next: phase one failed.',
    });
    expect(await process.engine.state('new')).toBeUndefined();
  });

  it('may be all that has ended: the execution may still be at work', async () => {
    const process = await new World().open({ worker: () => 1 });
    const definition = task([
      phase('one', [agentStep('s'), wait('hold'), agentStep('t')], { parallel: false }),
    ]);
    await process.begin(definition, { execution: 'old' });
    await rerun(process, { from: 'hold' });
    await process.engine.control('new', 'signal.sent', { name: 'go', payload: 1 });
    await process.settle();
    expect(await process.status('old')).toBe('running');
    expect(await process.status('new')).toBe('completed');
    await expect(rerun(process, { from: 't' }, 'other')).rejects.toMatchObject({
      code: 'RERUN_NOT_POSSIBLE',
      message: 'old cannot be run again from t: hold did not succeed.',
    });
  });

  it('where a phase did without it, is tried again', async () => {
    let isWell = false;
    const process = await new World().open({
      worker: () => 1,
      other: () => (isWell ? 2 : Promise.reject(new Error('no'))),
    });
    const [one, two] = failing.phases as [PhaseDefinition, PhaseDefinition];
    await process.begin(task([{ ...one, minSuccess: 1 }, two]), { execution: 'old' });
    isWell = true;
    await rerun(process, { from: 'next' });
    expect(stepsOf(await stateOf(process, 'new')).map(({ id, kept, output }) => [id, kept, output])).toEqual([
      ['good', 'old', 1],
      ['bad', undefined, 2],
      ['next', undefined, 1],
    ]);
  });

  it('must not have been undone', async () => {
    const process = await new World().open({ worker: () => 1 });
    const undo = agentStep('undo');
    const definition = task([
      phase('one', [agentStep('deed', { effect: 'compensable', compensate: undo })]),
      phase('two', [agentStep('next')], { dependsOn: ['one'] }),
    ]);
    await process.begin(definition, { execution: 'old' });
    await process.engine.control('old', 'rollback.requested', {});
    await process.engine.adopt('old');
    await process.advance(1000);
    expect(await process.status('old')).toBe('rolledBack');
    await expect(rerun(process, { from: 'next' })).rejects.toMatchObject({
      message: 'old cannot be run again from next: phase one was undone (deed).',
    });
  });

  it('is not a deed of the new one, which a rollback would undo', async () => {
    const undone: string[] = [];
    const worker: AgentFunction = ({ step, compensates }) => {
      if (compensates !== undefined) undone.push(compensates.step);
      return step;
    };
    const process = await new World().open({ worker });
    const deed = (id: string) =>
      agentStep(id, { effect: 'compensable', compensate: agentStep(`undo-${id}`) });
    const definition = task([phase('one', [deed('a')]), phase('two', [deed('b')], { dependsOn: ['one'] })]);
    await process.begin(definition, { execution: 'old' });
    await rerun(process, { from: 'b' });
    await process.engine.control('new', 'rollback.requested', { afterwards: 'continue' });
    await process.engine.adopt('new');
    await process.advance(1000);
    expect(undone).toEqual(['b']);
    const now = await stateOf(process, 'new');
    expect(now.status).toBe('completed');
    expect(stepsOf(now).map(({ id, kept }) => [id, kept])).toEqual([
      ['a', 'old'],
      ['b', undefined],
    ]);
  });
});

describe('the record of its start', () => {
  const two = task([phase('one', [agentStep('s')]), phase('two', [agentStep('t')], { dependsOn: ['one'] })]);

  it('refers to what is kept where that is large', async () => {
    const world = new World();
    const process = await world.open({ worker: ({ step }) => (step === 's' ? 'x'.repeat(60_000) : 1) });
    const many = task([
      phase('one', [agentStep('s'), validation('v', 'true'), agentStep('s2', { instructions: 'more' })], {
        parallel: false,
      }),
      phase('two', [agentStep('t')], { dependsOn: ['one'] }),
    ]);
    await process.begin(many, { execution: 'old' });
    const start = rerunOf(await stateOf(process, 'old'), { from: 't' }, 'r2');
    const kept = start.rerunOf?.kept;
    // Twice as much as a record may hold.
    const doubled = {
      phases:
        kept?.phases.map((each) => ({
          ...each,
          results: each.results.flatMap((one) => [
            { ...one, step: `x-${one.step}`, index: one.index + 10 },
            one,
          ]),
        })) ?? [],
    };
    await process.engine.begin({ ...start, rerunOf: { ...start.rerunOf, kept: doubled } as never });
    await process.settle();
    const [record] = await process.engine.sources.log.read('r2');
    expect(record?.data).toMatchObject({ rerunOf: { kept: { $artifact: expect.any(String) } } });
    const driven = await stateOf(process, 'r2');
    expect(driven.status).toBe('completed');
    const read = await loadFold('r2', process.engine.sources);
    expect(read?.hash()).toBe(driven.hash());
  });

  it('makes the same start given again the execution that is there', async () => {
    const process = await new World().open({ worker: () => 1 });
    await process.begin(two, { execution: 'old' });
    const start = await rerun(process, { from: 't' });
    expect(await process.engine.begin(start)).toEqual({ execution: 'new', isNew: false });
    await expect(rerun(process, { from: 's' })).rejects.toMatchObject({ code: 'EXECUTION_EXISTS' });
    await expect(process.begin(two, { execution: 'new' })).rejects.toMatchObject({
      code: 'EXECUTION_EXISTS',
    });
  });

  it('keeps nothing where what is kept is nonsense', async () => {
    const process = await new World().open({ worker: () => 1 });
    await process.begin(two, { execution: 'old' });
    const start = rerunOf(await stateOf(process, 'old'), { from: 't' }, 'new');
    await process.engine.begin({
      ...start,
      rerunOf: { ...start.rerunOf, kept: { phases: 'none' } },
    } as never);
    await process.settle();
    const now = await stateOf(process, 'new');
    expect([now.status, stepsOf(now).some(({ kept }) => kept !== undefined)]).toEqual(['completed', false]);
  });
});

describe('a step that is not there', () => {
  it('is named with the nearest, or with that of the agent', async () => {
    const process = await new World().open(committeeAgents().agents);
    await runToEnd(process);
    await expect(rerun(process, { from: 'trent' })).rejects.toMatchObject({
      code: 'STEP_UNKNOWN',
      message: "The execution old has no step 'trent'. Did you mean 'trend'?",
    });
    await expect(rerun(process, { from: 'worker' })).rejects.toMatchObject({
      message: expect.stringContaining("'open'"),
    });
    await expect(rerun(process, { from: 'vote-a' })).rejects.toMatchObject({ code: 'STEP_UNKNOWN' });
  });
});
