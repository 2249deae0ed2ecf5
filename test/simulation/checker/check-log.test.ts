import { describe, expect, test } from 'vitest';
import type { AgentRequest } from '../../../src/ports/agent-request.ts';
import type { LogRecord } from '../../../src/ports/event-log.ts';
import { checkLog, type Evidence } from '../../../src/simulation/checker/check-log.ts';
import { agentStep, phase, task } from '../../engine/open-world.ts';
import { Cluster } from '../../orchestrator/cluster.ts';

const definition = task([phase('work', [agentStep('a'), agentStep('b')])]);

async function evidence(): Promise<Evidence & { readonly records: readonly LogRecord[] }> {
  const cluster = new Cluster();
  await cluster.orchestrator('o');
  const begun: string[] = [];
  cluster.host('h', {
    worker: ({ step, attempt }: AgentRequest) => {
      begun.push(`${step}/${attempt}`);
      return { did: step };
    },
  });
  await cluster.submit('e1', definition);
  await cluster.settle();
  const { pins, artifacts } = cluster.sourcesOf('e1');
  return { records: await cluster.records('e1'), pins, artifacts, begun, isOver: true };
}

async function findingsOf(changed: Evidence): Promise<readonly string[]> {
  return (await checkLog(changed))?.findings.map(({ invariant }) => invariant) ?? [];
}

describe('the checker of logs', () => {
  test('finds nothing in a good run, and how it ended', async () => {
    const checked = await checkLog(await evidence());
    expect(checked).toMatchObject({ status: 'completed', findings: [] });
  });

  test('finds an attempt that was begun twice, or without a claim', async () => {
    const good = await evidence();
    expect(await findingsOf({ ...good, begun: ['a/1', 'a/1'] })).toEqual(['I3']);
    expect(await findingsOf({ ...good, begun: ['a/2'] })).toEqual(['I3']);
  });

  test('finds an acknowledged report that the log does not hold', async () => {
    const good = await evidence();
    const reports = good.records.filter(({ type }) => type === 'step.succeeded').map(({ id }) => id);
    expect(await findingsOf({ ...good, acknowledged: reports })).toEqual([]);
    expect(await findingsOf({ ...good, acknowledged: ['gone'] })).toEqual(['I8']);
  });

  test('finds an execution that waits for nothing', async () => {
    const good = await evidence();
    const records = good.records.slice(0, -2);
    expect(await findingsOf({ ...good, records, begun: [] })).toContain('I6');
  });

  test('finds records out of order', async () => {
    const good = await evidence();
    const [one, two, ...rest] = good.records;
    expect(await findingsOf({ ...good, records: [one, ...rest, two] as LogRecord[] })).toContain('I4');
  });
});
