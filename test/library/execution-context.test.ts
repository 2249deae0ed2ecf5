import { describe, expect, test } from 'vitest';
import { AgentError } from '../../src/agent/agent-error.ts';
import { ExecutionContext } from '../../src/library/execution-context.ts';
import { agentStep, phase, task, wait } from '../fixtures/executions/definitions.ts';
import { HeldAgent, openExecutor } from './fixtures/executors.ts';

const twoPhases = task([
  phase('first', [agentStep('one')]),
  phase('second', [agentStep('two')], { dependsOn: ['first'] }),
]);

describe('what the engine does can be waited for', () => {
  test('start, startPhase, completePhase and complete resolve in their turn', async () => {
    const held = new HeldAgent();
    const executor = openExecutor({ agentManager: { worker: held.run } });
    const running = executor.execute(twoPhases);
    const context = await executor.getExecutionContext(running.id);
    await context.start();
    await context.startPhase('first');
    expect(context.phases).toMatchObject([{ name: 'first', status: 'running' }, { status: 'pending' }]);
    const second = context.startPhase('second');
    await held.begun();
    held.end('found');
    expect(await context.completePhase('first')).toEqual({ worker: 'found' });
    await second;
    expect(context.getTemplateContext()).toMatchObject({
      phases: { first: { status: 'completed', outputs: { worker: 'found' } }, second: { status: 'running' } },
      execution: { id: running.id, task: 'scripted' },
    });
    await held.begun(2);
    held.end('decided');
    expect(await context.complete()).toEqual({ worker: 'decided' });
    expect(context.status).toBe('completed');
    await running;
  });

  test('what can no longer come rejects', async () => {
    const executor = openExecutor({
      agentManager: {
        worker: () => {
          throw new AgentError('broken', { class: 'fatal' });
        },
      },
    });
    const running = executor.execute(twoPhases);
    const context = await executor.getExecutionContext(running.id);
    await expect(context.completePhase('first')).rejects.toMatchObject({
      code: 'PHASE_NOT_COMPLETED',
      message: expect.stringContaining('broken'),
    });
    await expect(context.completePhase('second')).rejects.toMatchObject({ code: 'PHASE_NOT_COMPLETED' });
    await expect(context.startPhase('second')).rejects.toMatchObject({ code: 'PHASE_NOT_COMPLETED' });
    await expect(context.startPhase('third')).rejects.toMatchObject({ code: 'PHASE_UNKNOWN' });
    await expect(context.complete()).rejects.toMatchObject({ code: 'EXECUTION_FAILED' });
    await expect(context.start()).rejects.toMatchObject({ code: 'NOT_POSSIBLE_NOW' });
    await expect(running).rejects.toMatchObject({ code: 'EXECUTION_FAILED' });
    expect(context.error).toMatchObject({ code: 'PHASE_FAILED', phase: 'first' });
  });

  test('a skipped phase completes without outputs and never starts', async () => {
    const executor = openExecutor({ agentManager: { worker: () => 1 } });
    const definition = task([
      phase('maybe', [agentStep('one')], { when: 'size(input) > 0' }),
      phase('other', [agentStep('two')]),
    ]);
    const { execution } = await executor.execute(definition);
    const context = await executor.getExecutionContext(execution);
    expect(await context.completePhase('maybe')).toEqual({});
    await expect(context.startPhase('maybe')).rejects.toMatchObject({ code: 'PHASE_NOT_COMPLETED' });
  });
});

describe('what a program may ask is asked', () => {
  test('pause and resume', async () => {
    const executor = openExecutor();
    const running = executor.execute(task([phase('hold', [wait('hold')])]));
    const context = await executor.getExecutionContext(running.id);
    await context.pause('a break');
    expect(context.report).toMatchObject({ status: 'paused', reason: 'a break' });
    await context.resume();
    await executor.signalExecution(running.id, 'go');
    expect(await context.complete()).toEqual({ hold: null });
    await running;
  });

  test('fail aborts with the error as the reason', async () => {
    const executor = openExecutor();
    const running = executor.execute(task([phase('hold', [wait('hold')])]));
    const context = await executor.getExecutionContext(running.id);
    const signal = context.getAbortSignal();
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
    await context.fail(new Error('market closed'));
    await expect(running).rejects.toMatchObject({
      code: 'EXECUTION_ABORTED',
      result: { reason: 'market closed' },
    });
    await aborted;
    expect(signal.reason).toMatchObject({ code: 'EXECUTION_ABORTED' });
  });

  test('timeout aborts, and says so', async () => {
    const executor = openExecutor();
    const running = executor.execute(task([phase('hold', [wait('hold')])]));
    const context = await executor.getExecutionContext(running.id);
    await context.timeout();
    await expect(running).rejects.toMatchObject({ result: { status: 'aborted', reason: 'timed out' } });
    expect(context.getAbortSignal().aborted).toBe(true);
  });

  test('createCheckpoint marks the place in the log; going back to it is not there yet', async () => {
    const executor = openExecutor();
    const running = executor.execute(task([phase('hold', [wait('hold')])]));
    const context = await executor.getExecutionContext(running.id);
    const checkpoint = await context.createCheckpoint('before');
    expect(checkpoint).toMatchObject({ name: 'before', position: expect.any(Number) });
    expect(context.checkpoints).toEqual([checkpoint]);
    await expect(context.restoreCheckpoint('nowhere')).rejects.toMatchObject({ code: 'CHECKPOINT_UNKNOWN' });
    await executor.signalExecution(running.id, 'go');
    await running;
  });
});

describe('the abort signal', () => {
  test('stays quiet when the execution completes, and speaks when the executor is closed', async () => {
    const executor = openExecutor();
    const hold = task([phase('hold', [wait('hold')])]);
    const completing = executor.execute(hold);
    const quiet = (await executor.getExecutionContext(completing.id)).getAbortSignal();
    await executor.signalExecution(completing.id, 'go');
    await completing;
    const left = executor.execute(hold);
    const lost = left.catch((error: unknown) => error);
    const signal = (await executor.getExecutionContext(left.id)).getAbortSignal();
    await executor.close();
    await lost;
    expect(quiet.aborted).toBe(false);
    expect(signal.reason).toMatchObject({ code: 'EXECUTOR_CLOSED' });
  });
});

describe('toJSON and fromJSON', () => {
  test('give a view that shows the same and does nothing', async () => {
    const executor = openExecutor({ agentManager: { worker: () => 7 } });
    const { execution } = await executor.execute(twoPhases);
    const context = await executor.getExecutionContext(execution);
    const text = JSON.stringify(context);
    const view = ExecutionContext.fromJSON(text);
    expect(JSON.stringify(view)).toBe(text);
    expect(ExecutionContext.fromJSON(context.toJSON()).getTemplateContext()).toEqual(
      context.getTemplateContext(),
    );
    expect([view.id, view.task, view.status, view.input]).toEqual([execution, 'scripted', 'completed', {}]);
    expect(view.getAbortSignal().aborted).toBe(false);
    await expect(view.pause()).rejects.toMatchObject({ code: 'CONTEXT_READ_ONLY' });
    await expect(view.complete()).rejects.toMatchObject({ code: 'CONTEXT_READ_ONLY' });
  });
});

test('getExecutionContext refuses what nobody knows', async () => {
  await expect(openExecutor().getExecutionContext('nobody')).rejects.toMatchObject({
    code: 'EXECUTION_UNKNOWN',
  });
});
