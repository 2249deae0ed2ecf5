import { describe, expect, it } from 'vitest';
import type { RecordData } from '../../machines/records.ts';
import { sealDigestOf } from '../../src/engine/seal-digest.ts';
import type { LogRecord } from '../../src/ports/event-log.ts';
import { agentStep, type Process, phase, task, World } from './open-world.ts';

const two = task([phase('a', [agentStep('one')]), phase('b', [agentStep('two')], { dependsOn: ['a'] })]);

async function recordsOf(process: Process): Promise<readonly LogRecord[]> {
  return process.embedded.store.log.read('e');
}

/** The seals of a log, each of which must hold. */
function seals(records: readonly LogRecord[]): readonly RecordData<'sealed'>[] {
  return records.flatMap((record) => {
    if (record.type !== 'sealed') return [];
    const seal = record.data as unknown as RecordData<'sealed'>;
    const covered = records.filter(({ position }) => position > seal.after && position <= seal.upTo);
    expect(seal).toMatchObject({ records: covered.length, hash: sealDigestOf(covered) });
    expect(seal.upTo).toBeLessThan(record.position);
    return [seal];
  });
}

describe('the log of an execution', () => {
  it('is sealed when it has ended, in the commit of its end', async () => {
    const world = new World();
    const process = await world.open({ worker: () => 'x' });
    const commits: number[] = [];
    process.embedded.store.log.follow(
      { fold: () => undefined, durable: (position) => commits.push(position), retracted: () => undefined },
      0,
    );
    await process.begin(two);
    await process.engine.ended('e');
    const records = await recordsOf(process);
    const last = records.at(-2);
    expect(seals(records)).toEqual([expect.objectContaining({ after: 0, upTo: last?.position })]);
    expect(records.at(-1)).toMatchObject({ type: 'sealed', source: 'engine' });
    expect(commits).toContain(records.at(-1)?.position);
    expect(commits).not.toContain(last?.position);
  });

  it('is sealed once, wherever its process dies, and each seal holds', async () => {
    const whole = new World();
    const calm = await whole.open({ worker: () => 'x' });
    await calm.begin(two);
    await calm.engine.ended('e');
    const { length } = await recordsOf(calm);
    for (let deadline = 1; deadline <= length; deadline += 1) {
      const world = new World();
      const first = await world.open({ worker: () => 'x' });
      const died = Promise.withResolvers<void>();
      let seen = 0;
      first.embedded.store.log.follow(
        {
          fold: (batch) => {
            seen += batch.length;
          },
          durable: () => {
            if (seen >= deadline) died.resolve(first.die());
          },
          retracted: () => undefined,
        },
        0,
      );
      await first.begin(two);
      await died.promise;
      const second = await world.open({ worker: () => 'x' });
      await second.engine.adoptOrphans();
      await second.settle();
      const records = await recordsOf(second);
      expect(seals(records), `after record ${deadline}`).toHaveLength(1);
      expect(records.at(-1)?.type).toBe('sealed');
    }
  });

  it('is sealed again at the end of a retry, over what came since', async () => {
    const world = new World();
    let fails = true;
    const process = await world.open({
      worker: () => {
        if (fails) throw new Error('not yet');
        return 'x';
      },
    });
    await process.begin(two);
    await process.engine.ended('e');
    fails = false;
    await process.engine.control('e', 'retry.requested', {});
    await process.engine.adopt('e');
    await process.settle();
    const records = await recordsOf(process);
    const [first, second, ...more] = seals(records);
    expect(more).toEqual([]);
    expect(second).toMatchObject({ after: first?.upTo, upTo: records.at(-2)?.position });
  });

  it('is sealed on the way when it is long', async () => {
    const world = new World();
    const process = await world.open({ worker: () => 'x' });
    const steps = Array.from({ length: 700 }, (_, at) => agentStep(`s${at}`));
    await process.begin(task([phase('many', steps)]));
    await process.engine.ended('e');
    const found = seals(await recordsOf(process));
    expect(found).toHaveLength(2);
    expect(found[1]?.after).toBe(found[0]?.upTo);
  });

  it('is sealed before the state of a long one is kept while it waits', async () => {
    const world = new World();
    const process = await world.open({ worker: () => 'x' });
    const steps = Array.from({ length: 40 }, (_, at) => agentStep(`s${at}`));
    await process.begin(
      task([phase('many', [...steps, { kind: 'wait', id: 'go', title: 'go', signal: 'go' }])]),
    );
    const records = await recordsOf(process);
    expect(seals(records)).toEqual([expect.objectContaining({ after: 0, upTo: records.at(-2)?.position })]);
    expect(process.engine.owned).toEqual({ resident: 0, parked: 1 });
  });

  it('a seal that agents or people write is refused', async () => {
    const world = new World();
    const process = await world.open({ worker: () => new Promise(() => undefined) });
    await process.begin(two);
    const data = { after: 0, upTo: 1, records: 1, hash: 'made up' };
    await process.embedded.store.log.append({
      id: 'x',
      execution: 'e',
      source: 'control',
      type: 'sealed',
      data,
    });
    await process.settle();
    expect((await process.engine.state('e'))?.refused).toEqual({ 'wrong-role': 1 });
  });
});
