import { describe, expect, test } from 'vitest';
import type { StrategyContext, StrategyPhase, StrategyStep } from '../../src/library/step-strategies.ts';
import { TaskExecutor } from '../../src/library/task-executor.ts';
import { agentStep, custom, phase, task } from '../fixtures/executions/definitions.ts';
import { openExecutor, temporaryFolder } from './fixtures/executors.ts';

const analysed = task([
  phase('gather', [agentStep('fetch')]),
  phase(
    'analyse',
    [custom('look', { title: 'at the spread', strategy: 'custom-analysis', parameters: { window: 20 } })],
    {
      dependsOn: ['gather'],
      agents: ['worker'],
    },
  ),
]);

describe('registerStepStrategy', () => {
  test('gives the step, its phase and the execution to the handler, and its value to the execution', async () => {
    const executor = openExecutor({ agentManager: { worker: () => ({ close: 10 }) } });
    const calls: { step: StrategyStep; phase: StrategyPhase; context: StrategyContext; status: string }[] =
      [];
    executor.registerStepStrategy('custom-analysis', async (step, phase, context) => {
      calls.push({ step, phase, context, status: context.status });
      return { score: Number(step.parameters.window) * 2 };
    });
    const result = await executor.execute(analysed);
    expect(result.outputs).toEqual({ look: { score: 40 } });
    const [call] = calls;
    expect(calls).toHaveLength(1);
    expect(call?.step).toEqual({
      id: 'look',
      type: 'custom-analysis',
      text: 'at the spread',
      parameters: { window: 20 },
    });
    expect(call?.phase).toEqual({
      name: 'analyse',
      dependsOn: ['gather'],
      parallel: true,
      agents: ['worker'],
    });
    expect(call?.status).toBe('running');
    expect(call?.context).toMatchObject({
      id: result.execution,
      input: {},
      outputs: { gather: { worker: { close: 10 } } },
      results: {},
    });
    expect(call?.context.getAbortSignal()).toBe(call?.context.signal);
  });

  test('makes what the handler throws the reason of the failure', async () => {
    const executor = openExecutor({ agentManager: { worker: () => 1 } });
    executor.registerStepStrategy('custom-analysis', () => {
      throw new Error('the window is empty');
    });
    await expect(executor.execute(analysed)).rejects.toMatchObject({
      code: 'EXECUTION_FAILED',
      message: expect.stringContaining('the window is empty'),
    });
  });

  test('aborts the signal of a handler when its execution is aborted', async () => {
    const executor = openExecutor({ agentManager: { worker: () => 1 } });
    const called = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    executor.registerStepStrategy('custom-analysis', (_step, _phase, { signal }) => {
      signal.addEventListener('abort', () => aborted.resolve());
      called.resolve();
      return aborted.promise;
    });
    const running = executor.execute(analysed);
    const failure = running.catch((error: unknown) => error);
    await called.promise;
    await executor.abortExecution(running.id);
    await aborted.promise;
    expect(await failure).toMatchObject({ code: 'EXECUTION_ABORTED' });
  });

  test('aborts the signal of a handler that takes longer than its step may', async () => {
    const executor = openExecutor({ agentManager: { worker: () => 1 } });
    const aborted = Promise.withResolvers<void>();
    executor.registerStepStrategy('custom-analysis', (_step, _phase, { signal }) => {
      signal.addEventListener('abort', () => aborted.resolve());
      return aborted.promise;
    });
    const slow = phase('slow', [custom('look', { strategy: 'custom-analysis', timeoutMs: 10 })]);
    const rest = phase('rest', [custom('go-on', { strategy: 'custom-analysis' })]);
    const definition = task([{ ...slow, onFailure: 'continue' }, rest]);
    const result = await executor.execute(definition);
    expect(result.phases).toMatchObject([
      { name: 'slow', status: 'failed', error: { message: expect.stringContaining('10 ms') } },
      { name: 'rest', status: 'completed' },
    ]);
  });

  test('runs a step again whose value was not recorded, in the next process on the folder', async () => {
    const data = temporaryFolder();
    const first = new TaskExecutor({ data, logger: {}, agentManager: { worker: () => ({ close: 10 }) } });
    const called = Promise.withResolvers<void>();
    first.registerStepStrategy('custom-analysis', (_step, _phase, { signal }) => {
      called.resolve();
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    const left = first.execute(analysed, {}, { id: 'kept' }).catch((error: unknown) => error);
    await called.promise;
    await first.close();
    expect(await left).toMatchObject({ code: 'EXECUTOR_CLOSED' });

    const unasked = () => expect.unreachable('the step of the first phase was accepted');
    const second = openExecutor({ data, agentManager: { worker: unasked } });
    second.registerStepStrategy('custom-analysis', (_step, _phase, { outputs }) => ({
      saw: outputs.gather ?? null,
    }));
    const result = await second.execute(analysed, {}, { id: 'kept' });
    expect(result.outputs).toEqual({ look: { saw: { worker: { close: 10 } } } });
  });

  test.each(['agent', 'validation', 'two words', '9lives', ''])('refuses the kind %j', (kind) => {
    expect(() => openExecutor().registerStepStrategy(kind, () => 1)).toThrow(
      expect.objectContaining({ code: 'EXECUTOR_OPTION_INVALID' }),
    );
  });
});

describe('registerAggregate', () => {
  test('adds a kind that tasks can name', async () => {
    const executor = openExecutor({ agentManager: { worker: () => 3, other: () => 4 } });
    executor.registerAggregate('product', (items) => ({
      product: items.reduce((product, { output }) => product * Number(output), 1),
    }));
    const definition = task([
      phase('only', [
        agentStep('one'),
        agentStep('two', { agent: 'other' }),
        { kind: 'aggregate', id: 'fold', title: 'fold', aggregate: 'product' },
      ]),
    ]);
    expect((await executor.execute(definition)).outputs).toEqual({ product: 12 });
  });
});
