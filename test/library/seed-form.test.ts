import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  type AgentManager,
  createHistoryStore,
  type LifecycleEvents,
  TaskExecutorV2,
} from '../../src/index.ts';
import { HeldAgent, temporaryFolder } from './fixtures/executors.ts';

/** The Task Execution Framework's API, option by option and field by field as its documentation uses it. */

const COUNCIL = `# Harbour Council

\`\`\`yaml
name: Harbour Council
description: Decides whether a ship may enter
version: 1.0.0
maxExecutionTime: 5 minutes
retry:
  maxAttempts: 2
  backoffMs: 1
requirements:
  ship: string
  draught: number
\`\`\`

## Phase: Survey
parallel: true

### Steps
- validation: draught > 0 - A ship has a draught
- Report on {{ input.ship }}

### Agents
- pilot
- harbour-master

## Phase: Soundings
dependsOn: [Survey]

### Steps
- custom-analysis: depth below the keel
  \`\`\`yaml
  id: keel
  depth: 9
  \`\`\`

## Phase: Decision
dependsOn: [Survey, Soundings]

### Steps
- agent: council - Decide on {{ input.ship }}

### Outputs
- verdict
`;

test('a task runs as the documentation of the framework shows', async () => {
  const { tasksDir, data } = council();
  const historyStore = await createHistoryStore({ data: 'memory' });
  const logged: string[] = [];
  const log = (_fields: object, message: string) => logged.push(message);
  const queries: string[] = [];
  const agentManager = {
    query(agentId: string, instructions: string) {
      queries.push(`${agentId}: ${instructions}`);
      return agentId === 'council' ? { verdict: 'enter' } : { ready: true };
    },
  };

  const executor = new TaskExecutorV2({
    tasksDir,
    agentManager,
    historyStore,
    logger: { debug: log, info: log, warn: log, error: log },
    maxExecutionTime: 300000,
    maxConcurrentPhases: 2,
    data,
  });
  onTestFinished(() => executor.close());

  const started: string[] = [];
  const phases: { phase: string; duration: number }[] = [];
  executor.on('execution:start', (data) => started.push(data.id));
  executor.on('phase:start', (data) => phases.push({ phase: `${data.phase} begins`, duration: 0 }));
  executor.on('phase:complete', (data) => phases.push({ phase: data.phase, duration: data.duration }));
  executor.registerStepStrategy('custom-analysis', async (step, phase, context) => {
    const { draught } = context.input as { draught: number };
    return { phase: phase.name, margin: Number(step.parameters.depth) - draught };
  });

  const result = await executor.execute('harbour-council', { ship: 'Pollux', draught: 7 });

  expect(result.verdict).toBe('enter');
  expect(result.phaseOutputs.Soundings).toEqual({
    keel: { phase: 'Soundings', margin: 2 },
  });
  expect(started).toEqual([result.execution]);
  expect(phases).toEqual(
    ['Survey begins', 'Survey', 'Soundings begins', 'Soundings', 'Decision begins', 'Decision'].map(
      (phase) => ({
        phase,
        duration: expect.any(Number),
      }),
    ),
  );
  expect(queries.toSorted()).toEqual([
    'council: Decide on Pollux',
    'harbour-master: Report on Pollux',
    'pilot: Report on Pollux',
  ]);
  expect(logged).toEqual(expect.arrayContaining(['execution:start', 'phase:complete', 'execution:complete']));

  const history = await executor.getExecutionHistory(10);
  expect(history).toMatchObject([{ id: result.execution, task: 'Harbour Council', status: 'completed' }]);
  expect(await historyStore.get(result.execution)).toEqual(history[0]);
  expect(executor.getActiveExecutions()).toEqual([]);
});

test('a long task is paused, resumed and awaited', async () => {
  const { tasksDir, data } = council();
  const held = new HeldAgent();
  const executor = new TaskExecutorV2({
    tasksDir,
    data,
    logger: {},
    agentManager: { query: (_id, _text, ...rest) => held.run(...rest) },
  });
  onTestFinished(() => executor.close());
  executor.registerStepStrategy('custom-analysis', () => null);
  let executionId = '';
  executor.on('execution:start', (data) => {
    executionId = data.id;
  });

  const executionPromise = executor.execute('harbour-council', { ship: 'Castor', draught: 4 });
  await held.begun(2);
  const paused = executor.pauseExecution(executionId, 'User requested pause');
  for (const output of ['one', 'two']) held.end(output);
  await paused;
  expect(executor.getActiveExecutions()).toMatchObject([{ id: executionId, status: 'paused' }]);

  await executor.resumeExecution(executionId);
  await held.begun(3);
  held.end({ verdict: 'wait for the tide' });
  const result = await executionPromise;
  expect(result.verdict).toBe('wait for the tide');
});

test('failures and timeouts are told with the fields of the framework', async () => {
  const { tasksDir, data } = council();
  const told: [string, Partial<LifecycleEvents['phase:failed']>][] = [];
  const open = (maxExecutionTime: number, agentManager: AgentManager): TaskExecutorV2 => {
    const executor = new TaskExecutorV2({ tasksDir, data, logger: {}, maxExecutionTime, agentManager });
    onTestFinished(() => executor.close());
    return executor
      .registerStepStrategy('custom-analysis', () => null)
      .on('phase:failed', ({ id, phase, duration, error }) =>
        told.push(['phase:failed', { id, phase, duration, error }]),
      )
      .on('execution:error', ({ id, error }) => told.push(['execution:error', { id, error }]))
      .on('execution:timeout', ({ id, error }) => told.push(['execution:timeout', { id, error }]));
  };

  const absent = open(300000, {
    query(agentId) {
      throw new Error(`${agentId} is away`);
    },
  });
  const failing = absent.execute('harbour-council', { ship: 'Argo', draught: 4 });
  await expect(failing).rejects.toMatchObject({ code: 'EXECUTION_FAILED' });
  const away = expect.stringContaining('is away');
  expect(told.splice(0)).toEqual([
    ['phase:failed', { id: failing.id, phase: 'Survey', duration: expect.any(Number), error: away }],
    ['execution:error', { id: failing.id, error: away }],
  ]);

  const slow = open(20, { query: (_id, _text, ...rest) => new HeldAgent().run(...rest) });
  const late = slow.execute('harbour-council', { ship: 'Argo', draught: 4 });
  await expect(late).rejects.toMatchObject({ code: 'EXECUTION_TIMED_OUT' });
  expect(told).toEqual([['execution:timeout', { id: late.id, error: expect.stringContaining('longer') }]]);
});

/** A folder with the task, and one for the data. */
function council(): { tasksDir: string; data: string } {
  const folder = temporaryFolder();
  const tasksDir = join(folder, 'tasks');
  mkdirSync(tasksDir);
  writeFileSync(join(tasksDir, 'harbour-council.md'), COUNCIL);
  return { tasksDir, data: join(folder, 'data') };
}
