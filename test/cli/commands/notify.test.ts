import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Stage } from '../stage.ts';

const COPY = `require('node:fs').appendFileSync('told.jsonl', require('node:fs').readFileSync(0) + '\\n')`;

test('a phase that goes beyond its limit is told of, and shown', async () => {
  const stage = new Stage();
  stage.write(
    'tasks/watched.yaml',
    JSON.stringify({
      name: 'watched',
      version: '1.0.0',
      phases: [{ name: 'Work', limits: [{ attempts: 0 }], steps: [{ agent: 'worker', id: 'one' }] }],
    }),
  );
  stage.write('troupe.yaml', JSON.stringify({ notify: [{ command: [process.execPath, '-e', COPY] }] }));
  expect(await stage.troupe('run', 'watched', '--id', 'w1').ended).toMatchObject({ code: 0 });
  const told = readFileSync(join(stage.cwd, 'told.jsonl'), 'utf8').trimEnd().split('\n');
  expect(told.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ execution: 'w1', kind: 'deviation', phase: 'Work', reaction: 'notify' }),
  ]);
  expect((await stage.troupe('show', 'w1').ended).stdout).toContain('went beyond its limit attempts');
  expect((await stage.troupe('events', 'w1').ended).stdout).toContain('notification.sent');
});
