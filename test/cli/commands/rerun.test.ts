import { describe, expect, test } from 'vitest';
import { natsServerForFile } from '../../fixtures/nats/server.ts';
import { NatsStage } from '../nats-stage.ts';
import { Stage } from '../stage.ts';

const PHASES = { One: ['a', 'b'], Two: ['c'], Three: ['d'] };

async function finished(): Promise<Stage> {
  const stage = new Stage();
  stage.task('steps', PHASES);
  expect((await stage.troupe('run', 'steps', '--id', 'x').ended).code).toBe(0);
  return stage;
}

describe('rerun', () => {
  test('from a step asks only for what comes after, and says what it keeps', async () => {
    const stage = await finished();
    const rerun = await stage.troupe('rerun', 'x', '--from', 'd', '--id', 'y').ended;
    expect(rerun).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Running x again as y, from d: 3 results kept\./),
    });
    expect(['a', 'b', 'c', 'd'].map((id) => stage.starts(id))).toEqual([1, 1, 1, 2]);
    const show = await stage.troupe('show', 'y').ended;
    expect(show.stdout).toMatch(/Again {6}x run again, from d/);
    expect(show.stdout).toMatch(/kept from x/);
    const report = JSON.parse((await stage.troupe('show', 'y', '--json').ended).stdout);
    expect(report.rerunOf).toEqual({ execution: 'x', from: 'd', position: expect.any(Number) });
    const { executions } = JSON.parse((await stage.troupe('list', '--json').ended).stdout);
    expect(executions.map(({ id, rerunOf }: { id: string; rerunOf: unknown }) => [id, rerunOf])).toEqual([
      ['y', { execution: 'x', from: 'd' }],
      ['x', null],
    ]);
    const provenance = await stage.troupe('show', 'y', '--provenance').ended;
    expect(provenance.stdout).toMatch(/^a {2}worker.* kept from x/m);
    const prov = JSON.parse((await stage.troupe('show', 'y', '--provenance', '--json').ended).stdout);
    expect(JSON.stringify(prov)).toContain('"troupe:keptFrom":"x"');
  });

  test('only recorded, is gone on with by resume', async () => {
    const stage = await finished();
    const rerun = await stage.troupe('rerun', 'x', '--from', 'c', '--id', 'y', '--no-wait', '--json').ended;
    expect(JSON.parse(rerun.stdout)).toMatchObject({
      execution: 'y',
      isNew: true,
      kept: ['a', 'b'],
      rerunOf: { from: 'c' },
    });
    expect(stage.starts('c')).toBe(1);
    expect((await stage.troupe('resume', 'y').ended).code).toBe(0);
    expect(['a', 'c', 'd'].map((id) => stage.starts(id))).toEqual([1, 2, 2]);
  });

  test('is exported and verified with what it keeps', async () => {
    const stage = await finished();
    await stage.troupe('rerun', 'x', '--from', 'd', '--id', 'y').ended;
    expect((await stage.troupe('export', 'y', '-o', 'y.log').ended).code).toBe(0);
    expect((await stage.troupe('verify', 'y.log').ended).code).toBe(0);
  });

  test('refuses what cannot be, and leaves nothing behind', async () => {
    const stage = await finished();
    const ended = async (...words: string[]) => (await stage.troupe('rerun', ...words).ended).stderr;
    expect(await ended('x', '--from', 'e')).toMatch(/The execution x has no step 'e'/);
    expect(await ended('x', '--from', 'd', '--id', 'x')).toMatch(/x is the execution to run again/);
    expect(await ended('x', '--from', 'd', '--id', 'y z')).toMatch(/is not an id/);
    expect(await ended('x', '-i', 'colour=red')).toMatch(/'colour' is no field of this task/);
    expect(await ended('nobody')).toMatch(/There is no execution nobody here/);
    const { executions } = JSON.parse((await stage.troupe('list', '--json').ended).stdout);
    expect(executions).toHaveLength(1);
  });
});

describe('rerun on NATS', () => {
  const server = natsServerForFile();

  test('is driven by orchestrators, and keeps what comes before', async () => {
    const stage = new NatsStage(server().url);
    stage.task('steps', PHASES);
    await stage.up();
    await stage.host();
    expect((await stage.troupe('run', 'steps', '--id', 'x').ended).code).toBe(0);
    const rerun = await stage.troupe('rerun', 'x', '--from', 'd', '--id', 'y', '--json').ended;
    expect(rerun.code).toBe(0);
    expect(JSON.parse(rerun.stdout)).toMatchObject({
      status: 'completed',
      rerunOf: { execution: 'x', from: 'd' },
    });
    expect(['a', 'b', 'c', 'd'].map((id) => stage.starts(id))).toEqual([1, 1, 1, 2]);
  });
});
