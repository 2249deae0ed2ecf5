import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { AgentError } from '../../src/agent/agent-error.ts';
import { defineAgent } from '../../src/agent/define.ts';
import { ExecutionFailure } from '../../src/errors.ts';
import { TaskExecutor } from '../../src/library/task-executor.ts';
import { agentStep, phase, task, wait } from '../fixtures/executions/definitions.ts';
import { HeldAgent, nextEvent, openExecutor, temporaryFolder } from './fixtures/executors.ts';

const oneStep = task([phase('only', [agentStep('work')])]);
const twoSteps = task([
  phase('first', [agentStep('one')]),
  phase('second', [agentStep('two')], { dependsOn: ['first'] }),
]);

describe('execute', () => {
  test('resolves with the report, each output by its name', async () => {
    const executor = openExecutor({ agentManager: { worker: () => ({ verdict: 'buy' }) } });
    const definition = task([phase('only', [agentStep('work')], { outputs: [{ name: 'verdict' }] })]);
    const result = await executor.execute<{ verdict: string }>(definition);
    expect(result.verdict).toBe('buy');
    expect(result).toMatchObject({
      task: 'scripted',
      status: 'completed',
      outputs: { verdict: 'buy' },
      phaseOutputs: { only: { verdict: 'buy' } },
      error: null,
    });
  });

  test("lets a report's own field win over an output of that name", async () => {
    const executor = openExecutor({ agentManager: { worker: () => ({ status: 'fine' }) } });
    const definition = task([phase('only', [agentStep('work')], { outputs: [{ name: 'status' }] })]);
    const result = await executor.execute(definition);
    expect(result.status).toBe('completed');
    expect(result.outputs).toEqual({ status: 'fine' });
  });

  test('resolves with large outputs whole', async () => {
    const text = 'x'.repeat(100_000);
    const executor = openExecutor({ agentManager: { worker: () => ({ text }) } });
    const definition = task([phase('only', [agentStep('work')], { outputs: [{ name: 'text' }] })]);
    expect((await executor.execute(definition)).text).toBe(text);
  });

  test('rejects with what there is when a phase fails', async () => {
    const executor = openExecutor({
      agentManager: {
        worker: ({ step }) => {
          if (step === 'two') throw new AgentError('no data', { class: 'fatal' });
          return { found: 3 };
        },
      },
    });
    const failure = await rejection(executor.execute(twoSteps));
    expect(failure).toBeInstanceOf(ExecutionFailure);
    expect(failure).toMatchObject({
      code: 'EXECUTION_FAILED',
      message: expect.stringContaining('no data'),
      cause: { code: 'PHASE_FAILED', phase: 'second' },
      result: { status: 'failed', outputs: {}, phaseOutputs: { first: { worker: { found: 3 } } } },
    });
  });

  test('rejects with EXECUTION_TIMED_OUT when the limit of the executor is over', async () => {
    const held = new HeldAgent();
    const executor = openExecutor({ agentManager: { worker: held.run }, maxExecutionTime: '20ms' });
    const failure = await rejection(executor.execute(oneStep));
    expect(failure).toMatchObject({ code: 'EXECUTION_TIMED_OUT', result: { status: 'timedOut' } });
  });

  test('checks the input before anything starts', async () => {
    const executor = openExecutor({ agentManager: { worker: () => 1 } });
    const strict = { ...oneStep, requirements: { amount: { type: 'number' } } };
    await expect(executor.execute(strict, { amount: 'much' })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    });
    expect(await executor.getExecutionHistory()).toEqual([]);
  });

  test('refuses an id that is none', async () => {
    const executor = openExecutor({ agentManager: { worker: () => 1 } });
    await expect(executor.execute(oneStep, {}, { id: 'a/b' })).rejects.toMatchObject({
      code: 'EXECUTION_ID_INVALID',
    });
  });

  test('joins the execution that has the id, also while that one is being started', async () => {
    const held = new HeldAgent();
    const executor = openExecutor({ agentManager: { worker: held.run } });
    const both = [
      executor.execute(oneStep, {}, { id: 'same' }),
      executor.execute(oneStep, {}, { id: 'same' }),
    ];
    await held.begun();
    held.end('done');
    const [one, other] = await Promise.all(both);
    expect(one).toEqual(other);
    expect(await executor.execute(oneStep, {}, { id: 'same' })).toEqual(one);
    expect(held.attempts).toBe(1);
  });

  test('refuses an id that belongs to another input', async () => {
    const executor = openExecutor({ agentManager: { worker: () => 1 } });
    const open = { ...oneStep, requirements: { amount: { type: 'number' } } };
    await executor.execute(open, { amount: 1 }, { id: 'same' });
    await expect(executor.execute(open, { amount: 2 }, { id: 'same' })).rejects.toMatchObject({
      code: 'EXECUTION_EXISTS',
    });
  });

  test('says its id at once', async () => {
    const executor = openExecutor({ agentManager: { worker: () => 1 } });
    const running = executor.execute(oneStep);
    expect((await nextEvent(executor, 'execution:start')).id).toBe(running.id);
    expect((await running).execution).toBe(running.id);
  });
});

describe('maxConcurrentPhases', () => {
  test('bounds the phases at work at once', async () => {
    const held = new HeldAgent();
    const executor = openExecutor({ agentManager: { worker: held.run }, maxConcurrentPhases: 1 });
    const running = executor.execute(task([phase('a', [agentStep('one')]), phase('b', [agentStep('two')])]));
    await held.begun();
    expect(executor.getActiveExecutions()).toMatchObject([{ phases: ['a'] }]);
    held.end(1);
    await held.begun(2);
    held.end(2);
    expect((await running).status).toBe('completed');
  });
});

describe('pause and resume', () => {
  test('pauseExecution resolves once nobody works for it, resumeExecution goes on', async () => {
    const held = new HeldAgent();
    const executor = openExecutor({ agentManager: { worker: held.run } });
    const running = executor.execute(twoSteps);
    await held.begun();
    const pausing = nextEvent(executor, 'execution:pausing');
    const paused = executor.pauseExecution(running.id, 'lunch');
    expect(await pausing).toMatchObject({ id: running.id, reason: 'lunch' });
    expect(executor.getActiveExecutions()).toMatchObject([{ id: running.id, status: 'pausing' }]);
    held.end('one');
    await paused;
    expect(executor.getActiveExecutions()).toMatchObject([
      { id: running.id, status: 'paused', task: 'scripted' },
    ]);
    expect(held.attempts).toBe(1);

    await executor.pauseExecution(running.id);
    await executor.resumeExecution(running.id);
    await executor.resumeExecution(running.id);
    await held.begun(2);
    held.end('two');
    expect((await running).status).toBe('completed');
    expect(executor.getActiveExecutions()).toEqual([]);
  });

  test('an execution can be paused before its start is recorded', async () => {
    const executor = openExecutor();
    const running = executor.execute(task([phase('hold', [wait('hold')])]));
    const failure = rejection(running);
    await executor.pauseExecution(running.id);
    await executor.abortExecution(running.id);
    expect(await failure).toMatchObject({ code: 'EXECUTION_ABORTED' });
  });

  test('refuse what has ended, and what nobody knows', async () => {
    const executor = openExecutor({ agentManager: { worker: () => 1 } });
    const { execution } = await executor.execute(oneStep);
    await expect(executor.pauseExecution(execution)).rejects.toMatchObject({ code: 'NOT_POSSIBLE_NOW' });
    await expect(executor.resumeExecution(execution)).rejects.toMatchObject({ code: 'NOT_POSSIBLE_NOW' });
    await expect(executor.abortExecution(execution)).rejects.toMatchObject({ code: 'NOT_POSSIBLE_NOW' });
    await expect(executor.pauseExecution('nobody')).rejects.toMatchObject({ code: 'EXECUTION_UNKNOWN' });
  });

  test('a paused execution goes on in another executor', async () => {
    const data = temporaryFolder();
    const first = new TaskExecutor({ data, logger: {}, agentManager: { worker: () => 'one' } });
    const definition = task([
      phase('hold', [wait('hold')]),
      phase('then', [agentStep('work')], { dependsOn: ['hold'] }),
    ]);
    const moved = rejection(first.execute(definition, {}, { id: 'moved' }));
    await first.pauseExecution('moved');
    await first.close();
    expect(await moved).toMatchObject({ code: 'EXECUTOR_CLOSED' });

    const second = openExecutor({ data, agentManager: { worker: () => 'two' } });
    const completed = nextEvent(second, 'execution:complete');
    await second.resumeExecution('moved');
    expect(second.getActiveExecutions()).toMatchObject([{ id: 'moved', status: 'running' }]);
    await second.signalExecution('moved', 'go', { from: 'second' });
    expect(await completed).toMatchObject({ id: 'moved', outputs: { worker: 'two' } });
  });
});

describe('abortExecution', () => {
  test('ends the execution, and its agents first', async () => {
    const held = new HeldAgent();
    const executor = openExecutor({ agentManager: { worker: held.run } });
    const running = executor.execute(twoSteps);
    const failure = rejection(running);
    await held.begun();
    await executor.abortExecution(running.id, 'no longer wanted');
    await executor.abortExecution(running.id);
    expect(await failure).toMatchObject({
      code: 'EXECUTION_ABORTED',
      message: expect.stringContaining('no longer wanted'),
      result: { status: 'aborted', reason: 'no longer wanted' },
    });
    expect(executor.getActiveExecutions()).toEqual([]);
  });
});

describe('retryExecution', () => {
  test('tries what failed again and keeps what succeeded', async () => {
    const seen: string[] = [];
    const executor = openExecutor({
      agentManager: {
        worker: ({ step }) => {
          seen.push(step);
          if (seen.length === 2) throw new AgentError('not yet', { class: 'fatal' });
          return step;
        },
      },
    });
    const failure = await rejection(executor.execute(twoSteps));
    const result = await executor.retryExecution(failure.result.execution);
    expect(result.status).toBe('completed');
    expect(seen).toEqual(['one', 'two', 'two']);
    await expect(executor.retryExecution(result.execution)).rejects.toMatchObject({
      code: 'NOT_POSSIBLE_NOW',
    });
  });
});

describe('signalExecution', () => {
  test('ends a wait, and refuses what does not fit it', async () => {
    const executor = openExecutor();
    const schema = { type: 'object', required: ['by'] };
    const running = executor.execute(task([phase('ask', [wait('decide', 'decision', { schema })])]));
    await nextEvent(executor, 'phase:start');
    await expect(executor.signalExecution(running.id, 'decision', 'yes')).rejects.toMatchObject({
      code: 'SIGNAL_MISFIT',
    });
    await executor.signalExecution(running.id, 'decision', { by: 'chair' });
    expect((await running).outputs).toEqual({ decide: { by: 'chair' } });
  });
});

describe('getExecutionHistory', () => {
  test('lists executions newest first, as many as asked', async () => {
    const executor = openExecutor({ agentManager: { worker: () => 1 } });
    for (const id of ['one', 'two', 'three']) await executor.execute(oneStep, {}, { id });
    const all = await executor.getExecutionHistory();
    expect(all.map(({ id }) => id).sort()).toEqual(['one', 'three', 'two']);
    expect(all[0]).toMatchObject({ task: 'scripted', status: 'completed', endedAt: expect.any(Number) });
    expect(await executor.getExecutionHistory(2)).toEqual(all.slice(0, 2));
  });

  test('knows what an earlier executor on the folder ran', async () => {
    const data = temporaryFolder();
    await using first = new TaskExecutor({ data, agentManager: { worker: () => 1 } });
    await first.execute(oneStep, {}, { id: 'earlier' });
    await first.close();
    const second = openExecutor({ data });
    expect(await second.getExecutionHistory(10)).toMatchObject([{ id: 'earlier', status: 'completed' }]);
  });
});

describe('two executors on one folder', () => {
  test('one follows and steers what the other drives', async () => {
    const data = temporaryFolder();
    const held = new HeldAgent();
    const driver = openExecutor({ data, agentManager: { worker: held.run } });
    const other = openExecutor({ data, agentManager: { worker: () => 'never asked' } });
    const running = driver.execute(oneStep, {}, { id: 'shared' });
    await held.begun();
    const joined = other.execute(oneStep, {}, { id: 'shared' });
    const told = nextEvent(other, 'execution:paused');
    const paused = other.pauseExecution('shared', 'from beside');
    await nextEvent(driver, 'execution:pausing');
    held.end('by the driver');
    await paused;
    expect(await told).toMatchObject({ id: 'shared', reason: 'from beside' });
    expect(other.getActiveExecutions()).toEqual([]);
    await other.resumeExecution('shared');
    expect((await joined).outputs).toEqual({ worker: 'by the driver' });
    expect((await running).outputs).toEqual({ worker: 'by the driver' });
  });

  test('one takes over what the other lets go of', async () => {
    const data = temporaryFolder();
    const held = new HeldAgent();
    const driver = new TaskExecutor({ data, logger: {}, agentManager: { worker: held.run } });
    const other = openExecutor({ data, agentManager: { worker: () => 'taken over' } });
    const left = rejection(driver.execute(oneStep, {}, { id: 'shared' }));
    await held.begun();
    const joined = other.execute(oneStep, {}, { id: 'shared' });
    await driver.close();
    expect(await left).toMatchObject({ code: 'EXECUTOR_CLOSED' });
    expect((await joined).outputs).toEqual({ worker: 'taken over' });
  });
});

describe('adoptExecutions', () => {
  test('goes on with what nobody drives', async () => {
    const data = temporaryFolder();
    const held = new HeldAgent();
    const first = new TaskExecutor({ data, logger: {}, agentManager: { worker: held.run } });
    const left = rejection(first.execute(oneStep, {}, { id: 'left' }));
    await held.begun();
    await first.close();
    await left;
    const second = openExecutor({ data, agentManager: { worker: () => 'adopted' } });
    const completed = nextEvent(second, 'execution:complete');
    expect(await second.adoptExecutions()).toEqual(['left']);
    expect(await completed).toMatchObject({ id: 'left', outputs: { worker: 'adopted' } });
    expect(await second.adoptExecutions()).toEqual([]);
  });
});

describe('close', () => {
  test('before the first call opens nothing, and refuses calls after it', async () => {
    const executor = new TaskExecutor({ data: temporaryFolder() });
    await executor.close();
    await executor.close();
    await expect(executor.execute(oneStep)).rejects.toMatchObject({ code: 'EXECUTOR_CLOSED' });
    await expect(executor.getExecutionHistory()).rejects.toMatchObject({ code: 'EXECUTOR_CLOSED' });
  });

  test('with drain lets an attempt at work finish', async () => {
    const held = new HeldAgent();
    const executor = openExecutor({ agentManager: { worker: held.run } });
    const running = executor.execute(oneStep);
    await held.begun();
    const closing = executor.close({ drain: true });
    held.end('finished');
    await closing;
    expect((await running).outputs).toEqual({ worker: 'finished' });
  });
});

describe('agents', () => {
  test('that are functions go before an agent manager', async () => {
    const executor = openExecutor({
      agents: [defineAgent({ name: 'worker', run: () => 'function' })],
      agentManager: { worker: () => 'manager' },
    });
    expect((await executor.execute(oneStep)).outputs).toEqual({ worker: 'function' });
  });
});

describe('a folder that cannot be opened', () => {
  test('fails the call, not the executor', async () => {
    const data = `${temporaryFolder()}/data`;
    writeFileSync(data, 'a file where the folder should be');
    const executor = new TaskExecutor({ data, logger: {}, agentManager: { worker: () => 1 } });
    onTestFinished(() => executor.close());
    await expect(executor.execute(oneStep)).rejects.toMatchObject({
      code: expect.stringContaining('STORAGE_'),
    });
    rmSync(data);
    expect((await executor.execute(oneStep)).status).toBe('completed');
  });
});

async function rejection(promise: Promise<unknown>): Promise<ExecutionFailure<{ execution: string }>> {
  try {
    await promise;
  } catch (error) {
    return error as ExecutionFailure<{ execution: string }>;
  }
  throw new Error('It was expected to reject.');
}
