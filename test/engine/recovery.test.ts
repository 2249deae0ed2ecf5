import { describe, expect, it } from 'vitest';
import { reportOf } from '../../src/engine/report.ts';
import type { AgentRequest } from '../../src/ports/agent-request.ts';
import { agentStep, phase, task, World } from './open-world.ts';

const definition = task([
  phase('plan', [agentStep('plan')], { checkpoint: true }),
  phase(
    'work',
    [agentStep('w1'), agentStep('w2'), { kind: 'aggregate', id: 'all', title: 'all', aggregate: 'collect' }],
    {
      dependsOn: ['plan'],
    },
  ),
  phase(
    'check',
    [{ kind: 'validation', id: 'valid', title: 'valid', expression: 'size(outputs["work"].items) > 0' }],
    {
      dependsOn: ['work'],
    },
  ),
  phase('end', [agentStep('end')], { dependsOn: ['check'] }),
]);

/** Records of an execution that nobody disturbs; the number of places where a process can die. */
async function undisturbed(): Promise<{ records: number; outputs: unknown }> {
  const world = new World();
  const process = await world.open({ worker: ({ step }) => ({ did: step }) });
  await process.begin(definition);
  const fold = await process.engine.ended('e');
  const records = await process.embedded.store.log.read('e');
  return { records: records.length, outputs: reportOf(fold).outputs };
}

describe('an execution whose process dies', () => {
  it('goes on in another process, from every record, to the same end; no accepted step runs again', async () => {
    const { records, outputs } = await undisturbed();
    for (let deadline = 1; deadline <= records; deadline += 1) {
      const world = new World();
      const finished = new Map<string, number>();
      const accepted = new Set<string>();
      const again: string[] = [];
      const worker = ({ step }: AgentRequest) => {
        if (accepted.has(step)) again.push(step);
        finished.set(step, (finished.get(step) ?? 0) + 1);
        return { did: step };
      };

      const first = await world.open({ worker });
      const died = Promise.withResolvers<void>();
      let seen = 0;
      first.embedded.store.log.follow(
        {
          fold: (batch) => {
            for (const record of batch) {
              seen += 1;
              if (record.type === 'step.succeeded') accepted.add((record.data as { step: string }).step);
            }
          },
          durable: () => {
            if (seen >= deadline) died.resolve(first.die());
          },
          retracted: () => undefined,
        },
        0,
      );
      await first.begin(definition);
      await died.promise;

      const second = await world.open({ worker });
      await second.engine.adoptOrphans();
      await second.settle();
      const state = await second.engine.state('e');
      expect(state?.status, `after record ${deadline}`).toBe('completed');
      expect(reportOf(state ?? expect.fail()).outputs).toEqual(outputs);
      expect(again, `after record ${deadline}`).toEqual([]);
    }
  });

  it('is left to its owner while that lives', async () => {
    const world = new World();
    const owner = await world.open({ worker: () => new Promise(() => undefined) });
    await owner.begin(definition);
    const other = await world.open();
    expect(await other.engine.adoptOrphans()).toEqual([]);
    await expect(other.engine.adopt('e')).rejects.toMatchObject({ code: 'NOT_THE_OWNER' });
    await owner.die();
    expect(await other.engine.adoptOrphans()).toEqual(['e']);
  });

  it('does not come back when it had ended', async () => {
    const world = new World();
    const first = await world.open({ worker: () => 'x' });
    await first.begin(task([phase('one', [agentStep('a')])]));
    await first.engine.ended('e');
    await first.die();
    const second = await world.open();
    expect(await second.engine.adoptOrphans()).toEqual([]);
  });

  it('keeps every accepted output when the start is repeated in a new process', async () => {
    const world = new World();
    const first = await world.open({
      worker: ({ step }) => (step === 'plan' ? { did: 'plan' } : new Promise(() => undefined)),
    });
    await first.begin(definition);
    await first.die();
    const ran: string[] = [];
    const second = await world.open({
      worker: ({ step }) => {
        ran.push(step);
        return { did: step };
      },
    });
    expect(await second.begin(definition)).toMatchObject({ isNew: false });
    expect((await second.engine.ended('e')).status).toBe('completed');
    expect(ran.sort()).toEqual(['end', 'w1', 'w2']);
  });
});
