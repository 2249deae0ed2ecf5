import { expect, test } from 'vitest';
import { NatsLiveFeed } from '../../../src/adapters/nats/live-feed.ts';
import type { LiveProgress } from '../../../src/ports/live-feed.ts';
import { natsServerForFile } from '../../fixtures/nats/server.ts';
import { linkForTest } from './links.ts';

const server = natsServerForFile();
let count = 0;

async function openFeeds(): Promise<{
  feed: NatsLiveFeed;
  other: NatsLiveFeed;
  flush: () => Promise<void>;
  publish: (subject: string, content: string) => void;
  close: () => Promise<void>;
}> {
  count += 1;
  const namespace = `live-${count}`;
  const link = await linkForTest(server().url, { namespace });
  const listening = await linkForTest(server().url, { namespace });
  return {
    feed: new NatsLiveFeed(link),
    other: new NatsLiveFeed(listening),
    flush: () => listening.nc.flush(),
    publish: (subject, content) => link.nc.publish(`${link.subjects.root}.${subject}`, content),
    close: () => link.close(),
  };
}

const progress = (execution: string, said: LiveProgress['progress'] = 'on it'): LiveProgress => ({
  execution,
  step: 's1',
  attempt: 1,
  agent: 'analyst',
  progress: said,
});

/** What a listener hears until the word `last`. */
function hearing(feed: NatsLiveFeed, execution?: string): { heard: LiveProgress[]; done: Promise<void> } {
  const heard: LiveProgress[] = [];
  const { promise: done, resolve } = Promise.withResolvers<void>();
  feed.listen(execution, (said) => {
    if (said.progress === 'last') resolve();
    else heard.push(said);
  });
  return { heard, done };
}

test('progress reaches those who listen to the execution, and those who listen to all', async () => {
  const { feed, other, flush } = await openFeeds();
  const [one, all] = [hearing(other, 'e1'), hearing(other)];
  await flush();
  for (const execution of ['e1', 'e2']) feed.publish(progress(execution, { part: execution }));
  feed.publish(progress('e1', 'last'));
  await Promise.all([one.done, all.done]);
  expect(one.heard).toEqual([progress('e1', { part: 'e1' })]);
  expect(all.heard).toEqual([progress('e1', { part: 'e1' }), progress('e2', { part: 'e2' })]);
});

test('who stopped hears nothing more', async () => {
  const { feed, other, flush } = await openFeeds();
  const heard: unknown[] = [];
  const stop = other.listen('e1', (said) => heard.push(said));
  const { done } = hearing(other);
  await flush();
  feed.publish(progress('e1'));
  feed.publish(progress('e1', 'last'));
  await done;
  expect(heard).toHaveLength(2);
  const { done: again } = hearing(other);
  await flush();
  stop();
  stop();
  feed.publish(progress('e1'));
  feed.publish(progress('e1', 'last'));
  await again;
  expect(heard).toHaveLength(2);
});

test('what is too large is dropped, rubbish is ignored, and a listener that throws harms nobody', async () => {
  const { feed, other, flush, publish } = await openFeeds();
  other.listen(undefined, () => {
    throw new Error('a test wants it');
  });
  const { heard, done } = hearing(other);
  await flush();
  feed.publish(progress('e1', 'x'.repeat(2 * 1024 * 1024)));
  publish('live.e1.s1', 'rubbish');
  publish('live.e1.s1', '{}');
  // Said in the name of another execution.
  publish('live.e1.s1', JSON.stringify(progress('e2')));
  feed.publish(progress('e1'));
  feed.publish(progress('e1', 'last'));
  await done;
  expect(heard).toEqual([progress('e1')]);
});

test('on a closed connection nothing throws', async () => {
  const { feed, close } = await openFeeds();
  await close();
  feed.publish(progress('e1'));
});
