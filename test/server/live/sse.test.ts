import { expect, test } from 'vitest';
import { type Feed, type Message, Signal } from '../../../src/server/live/feed.ts';
import { sseResponse } from '../../../src/server/live/sse.ts';

/** Tells what it is given, then waits until it is closed, as a quiet execution does. */
class QuietFeed implements Feed {
  readonly #signal = new Signal();
  readonly #messages: (readonly Message[] | Error)[];
  readonly #waits = Promise.withResolvers<void>();
  isClosed = false;

  constructor(...messages: (readonly Message[] | Error)[]) {
    this.#messages = messages;
  }

  async next(): Promise<readonly Message[] | undefined> {
    const next = this.#messages.shift();
    if (next instanceof Error) throw next;
    if (next !== undefined) return next;
    this.#waits.resolve();
    while (!this.isClosed) await this.#signal.wait();
    return undefined;
  }

  /** Resolves when it is asked for more than it has. */
  get waits(): Promise<void> {
    return this.#waits.promise;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.#signal.set();
  }
}

function readerOf(feed: Feed): {
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly failures: unknown[];
} {
  const failures: unknown[] = [];
  const { body } = sseResponse(feed, (error) => failures.push(error));
  if (body === null) throw new Error('no body');
  return { reader: body.getReader(), failures };
}

const textOf = ({ value }: { value?: Uint8Array | undefined }): string => new TextDecoder().decode(value);

test('a reader that leaves while nothing is told is no failure', async () => {
  const feed = new QuietFeed([{ event: 'record', id: '7', data: 'a\nb' }]);
  const { reader, failures } = readerOf(feed);
  expect(textOf(await reader.read())).toBe('retry: 1000\n\n');
  expect(textOf(await reader.read())).toBe('event: record\nid: 7\ndata: "a\\nb"\n\n');
  const waiting = reader.read();
  await feed.waits;
  await reader.cancel();
  expect((await waiting).done).toBe(true);
  // What the feed says to its end has been taken by now.
  await new Promise((resolve) => setImmediate(resolve));
  expect(feed.isClosed).toBe(true);
  expect(failures).toEqual([]);
});

test('a feed that breaks is told to the operator; its reader comes again', async () => {
  const feed = new QuietFeed(new Error('the disk is gone'));
  const { reader, failures } = readerOf(feed);
  await reader.read();
  expect((await reader.read()).done).toBe(true);
  expect(feed.isClosed).toBe(true);
  expect(failures).toEqual([new Error('the disk is gone')]);
});
