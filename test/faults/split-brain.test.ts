import { expect, test } from 'vitest';
import type { OrchestratorNews } from './processes/parameters.ts';
import { clusterForTest } from './scene.ts';
import type { TalkingProcess } from './talking-process.ts';

const RECORDS = 3_000;

test('two owners of the same partitions, each stopped in turn, come to the same states', async () => {
  const cluster = await clusterForTest();
  // Neither sees the other: each drives every partition.
  const owners = await Promise.all([
    cluster.orchestrator({ isAlone: true }),
    cluster.orchestrator({ isAlone: true }),
  ]);
  await Promise.all([...owners.map(holdsAll), cluster.host(), cluster.host()]);

  let turns = 0;
  let isOver = false;
  const takeTurns = async (): Promise<void> => {
    while (cluster.witness.records < RECORDS || turns < 6) {
      const stopped = owners[turns % 2];
      await stopped?.kill('SIGSTOP');
      // The other one alone, then both at once: what the stopped one was about to do comes late.
      await cluster.witness.untilMore(cluster.pick(50, 500));
      await stopped?.kill('SIGCONT');
      await cluster.witness.untilMore(cluster.pick(20, 120));
      turns += 1;
    }
    isOver = true;
  };
  const runOneAfterAnother = async (): Promise<void> => {
    while (!isOver) await cluster.witness.untilEnded(await cluster.submit(1));
  };
  await Promise.all([takeTurns(), ...Array.from({ length: 16 }, runOneAfterAnother)]);
  await Promise.all(cluster.submitted.flatMap((id) => owners.map((owner) => tellsEndOf(owner, id))));

  const { hashes, findings, lost, records, executions, refused } = await cluster.verify();
  process.stdout.write(`${JSON.stringify({ turns, executions, records, refused })}\n`);
  expect(findings).toEqual([]);
  expect(lost).toEqual([]);
  expect(records).toBeGreaterThanOrEqual(RECORDS);
  for (const owner of owners) expect(endsOf(owner)).toEqual(hashes);
});

async function holdsAll(owner: TalkingProcess<OrchestratorNews>): Promise<void> {
  await owner.says((news) => news.type === 'held' && news.partitions.length === 4);
}

async function tellsEndOf(owner: TalkingProcess<OrchestratorNews>, execution: string): Promise<void> {
  await owner.says((news) => news.type === 'ended' && news.execution === execution);
}

/** The hash that the owner had in its memory when each execution ended. */
function endsOf(owner: TalkingProcess<OrchestratorNews>): ReadonlyMap<string, string> {
  return new Map(owner.said.flatMap((news) => (news.type === 'ended' ? [[news.execution, news.hash]] : [])));
}
