import { expect, test } from 'vitest';
import { openEmbedded } from '../../../src/cli/context.ts';
import { phase, task, wait } from '../../fixtures/executions/definitions.ts';
import { createTestContext } from '../run-in-process.ts';
import { Stage } from '../stage.ts';

test('an execution that cannot be folded further ends the command with 6; it can still be aborted', async () => {
  const stage = new Stage();
  const embedded = await openEmbedded(createTestContext({ cwd: stage.cwd, logLevel: 'silent' }));
  // No reader lets this schema through: it cannot be compiled, so a signal checked against it cannot be folded.
  const definition = task([phase('Ask', [wait('ask', 'go', { schema: { type: 'string', pattern: '(' } })])]);
  await embedded.engine.begin({ execution: 'x', pinned: { definition, agents: {} }, input: {} });
  const resume = stage.troupe('resume', 'x', '--log-level', 'silent');
  await resume.says(/is driven by process/);
  await embedded.store.log.append({
    id: 'signal-1',
    execution: 'x',
    source: 'control',
    type: 'signal.sent',
    data: { name: 'go', payload: 'a' },
  });
  const { code, stdout } = await resume.ended;
  expect(code).toBe(6);
  expect(stdout).toMatch(/✗ suspended after [\s\S]*Record \d+ \(signal\.sent\) cannot be folded/);
  expect(stdout).toMatch(/give it up {3}troupe abort x/);
  await embedded.close();

  expect(await stage.troupe('resume', 'x', '--json', '--log-level', 'silent').ended).toMatchObject({
    code: 6,
  });
  expect(await stage.troupe('abort', 'x').ended).toMatchObject({ code: 0, stdout: 'x is aborted.\n' });
  expect(await stage.troupe('resume', 'x').ended).toMatchObject({ code: 3 });
});
