import { expect, onTestFinished, test } from 'vitest';
import type { Rules } from '../../machines/world.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemRandom } from '../../src/adapters/system/random.ts';
import type { LifecycleEvent } from '../../src/engine/lifecycle.ts';
import { ActiveExecutions } from '../../src/library/active-executions.ts';
import { Embedded } from '../../src/library/embedded.ts';
import { failureOf, resultOf } from '../../src/library/execution-result.ts';
import { Executions } from '../../src/library/executions.ts';
import { ProcessHold } from '../../src/library/process-hold.ts';
import { phase, task, wait } from '../fixtures/executions/definitions.ts';
import { scriptedRules } from '../fixtures/executions/rules.ts';
import { temporaryFolder } from './fixtures/executors.ts';

/** An execution that a signal suspends. */
const pinned = {
  definition: task([phase('ask', [wait('ask', 'go', { schema: { type: 'object' } })])]),
  agents: {},
};
const start = { execution: 'e', pinned, input: {} };
/** Rules with a defect: the record of any signal that has to fit a schema cannot be folded. */
const rules: Rules = {
  ...scriptedRules,
  misfits: () => {
    throw new Error('a defect in the rules');
  },
};
const signal = { kind: 'signal', name: 'go', payload: {} } as const;

test('an execution that becomes suspended is over for whoever waits, and can be aborted', async () => {
  const { executions, embedded } = await open();
  await executions.start(start);
  const over = executions.over('e');
  await expect(executions.control('e', signal)).rejects.toMatchObject({ code: 'NOT_POSSIBLE_NOW' });
  const fold = await over;
  const failure = failureOf(await resultOf(fold, embedded.store.artifacts));
  expect(failure).toMatchObject({
    code: 'EXECUTION_SUSPENDED',
    message: expect.stringContaining('cannot be folded'),
    result: { status: 'suspended' },
  });
  expect((await executions.over('e')).status).toBe('suspended');
  await executions.control('e', { kind: 'abort' });
  expect((await executions.over('e')).status).toBe('aborted');
});

test('an execution that another process drives is followed to its suspension', async () => {
  const data = temporaryFolder();
  const driver = await open(data);
  const other = await open(data);
  const noticed = new Promise<void>((resolve) => {
    driver.embedded.engine.listen(({ type }) => type === 'execution:suspended' && resolve());
  });
  await driver.executions.start(start);
  await other.executions.start(start);
  const over = other.executions.over('e');
  await expect(other.executions.control('e', signal)).rejects.toMatchObject({ code: 'NOT_POSSIBLE_NOW' });
  expect((await over).status).toBe('suspended');
  await noticed;
  expect(driver.active.list()).toMatchObject([{ id: 'e', status: 'suspended' }]);
  expect(other.active.list()).toEqual([]);
});

async function open(data = 'memory') {
  const embedded = await Embedded.open({ data, rules });
  const closed = new AbortController();
  onTestFinished(async () => {
    closed.abort();
    await embedded.close();
  });
  const { engine, store } = embedded;
  const active = new ActiveExecutions({ present: (id) => engine.present(id), hold: new ProcessHold() });
  engine.listen((event) => active.hear(event));
  const told: LifecycleEvent[] = [];
  const executions = new Executions({
    engine,
    store,
    active,
    clock: systemClock,
    random: systemRandom,
    closed: closed.signal,
    tell: (event) => told.push(event),
  });
  return { embedded, executions, active, told };
}
