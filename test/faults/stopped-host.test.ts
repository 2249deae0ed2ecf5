import { expect, test } from 'vitest';
import type { LogRecord } from '../../src/ports/event-log.ts';
import { clusterForTest } from './scene.ts';

test('a host that stood still past its leases finds its work done by another, and its reports refused', async () => {
  const cluster = await clusterForTest();
  const { witness } = cluster;
  await cluster.orchestrator();
  // With no seat left, so that it stands still with no offer that it could not answer.
  const stopped = await cluster.host({ concurrency: 3, roles: ['worker'], workMs: 300, tellsWork: true });
  const { host } = await stopped.says((news) => news.type === 'started');
  const recordsOfHost = (...types: readonly string[]): readonly LogRecord[] =>
    cluster.submitted
      .flatMap((execution) => witness.recordsOf(execution))
      .filter(({ type, data }) => types.includes(type) && (data as { host?: string }).host === host);
  const reports = (): readonly LogRecord[] =>
    recordsOfHost('step.succeeded', 'step.failed', 'claim.released');
  const isOpen = (claim: LogRecord): boolean =>
    !reports().some((report) => fenceOf(report) === claim.position);

  const started = await cluster.submit(3);
  await Promise.all(
    started.map((execution) => stopped.says((news) => news.type === 'begun' && news.execution === execution)),
  );
  await stopped.kill('SIGSTOP');
  await cluster.host();
  await witness.untilEnded(cluster.submitted);
  // What was on its way when it was stopped has arrived since.
  const held = recordsOfHost('step.claimed').filter(isOpen);
  expect(held.length).toBeGreaterThan(0);

  await stopped.kill('SIGCONT');
  await witness.until(() => !held.some(isOpen));
  const late = reports().filter((report) => held.some(({ position }) => position === fenceOf(report)));
  await witness.untilEnded(await cluster.submit(6));
  await witness.until(() => late.every(({ id }) => cluster.isAcknowledged(id)));
  // It goes on to work.
  const isAtWork = (): boolean =>
    stopped.said.some((news) => news.type === 'begun' && !started.includes(news.execution));
  while (!isAtWork()) await witness.untilEnded(await cluster.submit(3));

  const { findings, lost, refused } = await cluster.verify();
  expect(findings).toEqual([]);
  expect(lost).toEqual([]);
  const sum = Object.values(refused).reduce((total, count) => total + count, 0);
  expect(sum).toBeGreaterThanOrEqual(late.length);
  for (const { execution, data } of held) {
    const { step } = data as { step: string };
    const byOthers = cluster.journal.filter(
      (entry) => entry.execution === execution && entry.step === step && entry.pid !== stopped.pid,
    );
    expect(byOthers.map(({ kind }) => kind)).toContain('E');
  }
});

function fenceOf({ data }: LogRecord): number | undefined {
  return (data as { fence?: number }).fence;
}
