import { describe, expect, it } from 'vitest';
import type { RecordData } from '../../machines/records.ts';
import type { Delivery, Notification, Notifier } from '../../src/ports/notifier.ts';
import { agentStep, type Process, phase, task, World } from './open-world.ts';

const fails = () => {
  throw new Error('no');
};
const one = task([phase('a', [agentStep('one')])]);

class Told implements Notifier {
  readonly heard: Notification[] = [];
  readonly #answer: () => Promise<readonly Delivery[]>;

  constructor(
    answer: () => Promise<readonly Delivery[]> = async () => [{ name: 'pager', ok: true, tries: 1 }],
  ) {
    this.#answer = answer;
  }

  tell(notification: Notification): Promise<readonly Delivery[]> {
    this.heard.push(notification);
    return this.#answer();
  }
}

async function sentIn(process: Process): Promise<readonly RecordData<'notification.sent'>[]> {
  const records = await process.embedded.store.log.read('e');
  return records.flatMap(({ type, data }) =>
    type === 'notification.sent' ? [data as unknown as RecordData<'notification.sent'>] : [],
  );
}

describe('a notice', () => {
  it('is told once it is durable, and what came of it is written down', async () => {
    const notifier = new Told();
    const world = new World();
    const process = await world.open({ worker: fails }, { notifier });
    await process.begin(one);
    await process.engine.ended('e');
    await process.settle();
    expect(notifier.heard).toEqual([
      expect.objectContaining({
        id: expect.stringMatching(/^e\/notice\//),
        execution: 'e',
        kind: 'failure',
        status: 'failed',
      }),
    ]);
    expect(await sentIn(process)).toMatchObject([{ to: [{ name: 'pager', ok: true, tries: 1 }] }]);
  });

  it('holds up nobody who waits for the end', async () => {
    const notifier = new Told(() => new Promise(() => undefined));
    const world = new World();
    const process = await world.open({ worker: fails }, { notifier });
    await process.begin(one);
    expect((await process.engine.ended('e')).status).toBe('failed');
    expect(await sentIn(process)).toEqual([]);
  });

  it('is told again by the next process when the first died before it was written down', async () => {
    const world = new World();
    const first = await world.open(
      { worker: fails },
      { notifier: new Told(() => new Promise(() => undefined)) },
    );
    await first.begin(one);
    await first.engine.ended('e');
    await first.die();
    const notifier = new Told();
    const second = await world.open({}, { notifier });
    await second.engine.adoptOrphans();
    await second.settle();
    expect(notifier.heard.map(({ status }) => status)).toEqual(['failed']);
    expect(await sentIn(second)).toHaveLength(1);
    expect(await second.engine.adoptOrphans()).toEqual([]);
    expect(second.engine.owned).toEqual({ resident: 0, parked: 0 });
  });

  it('is done with at once where nobody is to be told', async () => {
    const world = new World();
    const process = await world.open({ worker: fails });
    await process.begin(one);
    await process.engine.ended('e');
    expect(await sentIn(process)).toMatchObject([{ to: [] }]);
    expect(process.engine.owned).toEqual({ resident: 0, parked: 0 });
  });

  it('of the very first record is told as well', async () => {
    const notifier = new Told();
    const world = new World();
    const process = await world.open({}, { notifier });
    const ask = { question: 'Begin?', approvers: ['ada'] };
    await process.begin(task([phase('gate', [{ kind: 'approval', id: 'may', title: 'may', ask }])]));
    expect(notifier.heard).toEqual([
      expect.objectContaining({
        kind: 'approval',
        about: 'asked',
        step: 'may',
        message: 'Begin? (ada may answer)',
      }),
    ]);
  });
});
