import { describe, expect, test, vi } from 'vitest';
import { ManagedAgents } from '../../src/library/agent-manager.ts';
import { agentStep, phase, task } from '../fixtures/executions/definitions.ts';
import { openExecutor } from './fixtures/executors.ts';

const decide = task([phase('decide', [agentStep('verdict', { agent: 'chair', instructions: 'Decide.' })])]);

describe('an agent manager', () => {
  test('is asked with the agent, its instructions, the request and a context', async () => {
    const query = vi.fn((agentId: string, instructions: string) => ({ by: agentId, on: instructions }));
    const executor = openExecutor({ agentManager: { query } });
    const result = await executor.execute(decide);
    expect(result.outputs).toEqual({ chair: { by: 'chair', on: 'Decide.' } });
    expect(query).toHaveBeenCalledExactlyOnceWith(
      'chair',
      'Decide.',
      expect.objectContaining({ execution: result.execution, step: 'verdict', attempt: 1, agent: 'chair' }),
      expect.objectContaining({ signal: expect.any(AbortSignal), progress: expect.any(Function) }),
    );
  });

  test('keeps its own `this`', async () => {
    class Manager {
      readonly answer = 42;
      query(): number {
        return this.answer;
      }
    }
    const executor = openExecutor({ agentManager: new Manager() });
    expect((await executor.execute(decide)).outputs).toEqual({ chair: 42 });
  });

  test('shows progress while it works', async () => {
    const executor = openExecutor({
      agentManager: { query: (_agent, _text, _request, { progress }) => progress({ read: 3 }) },
    });
    const news: unknown[] = [];
    executor.on('step:progress', ({ step, agent, progress }) => news.push({ step, agent, progress }));
    await executor.execute(decide);
    expect(news).toEqual([{ step: 'verdict', agent: 'chair', progress: { read: 3 } }]);
  });
});

describe('the agents of a manager', () => {
  test('are those of a record or a Map, by name', async () => {
    const chair = () => 1;
    for (const option of [{ chair }, new Map([['chair', chair]])]) {
      const managed = new ManagedAgents(option);
      expect(managed.get('chair')?.run).toBe(chair);
      expect(managed.get('constructor')).toBeUndefined();
      expect(await managed.names()).toEqual(['chair']);
    }
  });

  test('are whatever it has', async () => {
    const managed = new ManagedAgents({
      query: () => 1,
      has: (agent) => agent.startsWith('m-'),
      listAgents: async () => new Set(['m-one']),
    });
    expect(managed.get('m-two')?.name).toBe('m-two');
    expect(managed.get('other')).toBeUndefined();
    expect(await managed.names()).toEqual(['m-one']);
  });

  test('are any when it does not say, and none without a manager', async () => {
    const any = new ManagedAgents({ query: () => 1 });
    expect(any.get('whoever')?.name).toBe('whoever');
    expect(any.get('no role')).toBeUndefined();
    expect(await any.names()).toEqual([]);
    expect(new ManagedAgents(undefined).get('whoever')).toBeUndefined();
  });

  test.each([['text'], [{ chair: 'not a function' }], [null]])('cannot be %j', (option) => {
    expect(() => new ManagedAgents(option as never)).toThrow(
      expect.objectContaining({ code: 'EXECUTOR_OPTION_INVALID' }),
    );
  });
});
