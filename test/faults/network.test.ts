import { expect, test } from 'vitest';
import { FarNetwork, noFarNetwork } from './network.ts';
import { clusterForTest } from './scene.ts';

const obstacle = noFarNetwork();

test.skipIf(obstacle !== undefined)(
  `an orchestrator that is cut off is replaced, and takes its share again when the network is back${obstacle === undefined ? '' : ` (${obstacle})`}`,
  async () => {
    const network = new FarNetwork();
    const cluster = await clusterForTest({ server: { address: '0.0.0.0' } });
    const url = `nats://${network.address}:${cluster.server.port}`;
    const far = await cluster.orchestrator({ url }, network.prefix);
    const near = await cluster.orchestrator();
    await Promise.all([cluster.host(), cluster.host()]);
    await Promise.all([far, near].map((one) => one.says(holds(2))));

    await cluster.submit(10);
    await cluster.witness.untilMore(60);
    network.cut();
    const taken = near.says(holds(4));
    await cluster.submit(10);
    await taken;
    await cluster.witness.untilEnded(cluster.submitted);

    const before = far.said.length;
    network.mend();
    await far.says((news) => far.said.indexOf(news) >= before && holds(2)(news));
    await cluster.witness.untilEnded(await cluster.submit(10));
    const { findings, lost } = await cluster.verify();
    expect(findings).toEqual([]);
    expect(lost).toEqual([]);
  },
  60_000,
);

function holds(partitions: number) {
  return (news: { readonly type: string; readonly partitions?: readonly number[] }): boolean =>
    news.type === 'held' && news.partitions?.length === partitions;
}
