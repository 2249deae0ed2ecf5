import { describe, expect, test } from 'vitest';
import { localLine } from '../../../web/src/reader/line.ts';
import type { Reply, Request } from '../../../web/src/reader/messages.ts';
import { type Reader, readThrough } from '../../../web/src/reader/reader-client.ts';
import { serveReader } from '../../../web/src/reader/serve-reader.ts';
import { foldedTo, goldenLogs } from '../logs.ts';

function open(log = goldenLogs[0]): Reader {
  if (log === undefined) throw new Error('no log');
  const { here, there } = localLine<Request, Reply>();
  serveReader(there);
  const opening = { kind: 'data', source: log.source, records: log.records } as const;
  return readThrough(here, opening, { origin: 'http://localhost', token: undefined });
}

function momentAt(reader: Reader, index: number): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (reader.moment?.index !== index) return;
      stop();
      resolve();
    };
    const stop = reader.subscribe(look);
    look();
  });
}

describe('a reader of records that are there', () => {
  test.each(goldenLogs.slice(0, 8))('answers at any position: $name', async (log) => {
    const reader = open(log);
    await momentAt(reader, log.records.length);
    for (const index of [1, Math.ceil(log.records.length / 2), log.records.length]) {
      reader.seek(index);
      expect(await reader.ask({ ask: 'hash' })).toBe(foldedTo(log, index).hash());
      expect(reader.moment).toMatchObject({ index, isLive: false, possible: [] });
    }
    reader.seek(null);
    expect((await reader.ask({ ask: 'log', filter: {}, offset: 0, limit: 5 })).total).toBe(
      log.records.length,
    );
    expect((await reader.ask({ ask: 'lanes' })).ids.length).toBeGreaterThan(0);
    expect((await reader.ask({ ask: 'graph' })).nodes.length).toBeGreaterThan(1);
    expect(await reader.ask({ ask: 'step', id: 'no-such-step' })).toBeNull();
    expect(await reader.ask({ ask: 'actor', id: 'execution/none' })).toBeNull();
    expect((await reader.ask({ ask: 'actors' })).machine).toBe('execution');
    expect((await reader.ask({ ask: 'record', index: 1 })).record).toEqual(log.records[0]);
    expect((await reader.ask({ ask: 'provenance' })).execution).toBe(log.source.execution);
    expect(await reader.ask({ ask: 'index', position: log.records[2]?.position ?? 0 })).toBe(3);
    reader.close();
  });

  test('what was asked before it was read is answered then', async () => {
    const reader = open();
    expect((await reader.ask({ ask: 'record', index: 1 })).row.type).toBe('execution.started');
    reader.close();
  });

  test('a question that cannot be answered is refused, and the next is answered', async () => {
    const reader = open();
    await expect(reader.ask({ ask: 'record', index: 100_000 })).rejects.toMatchObject({
      details: { status: 0 },
    });
    expect(await reader.ask({ ask: 'positions', id: 'none' })).toEqual([]);
    reader.close();
    reader.close();
    await expect(reader.ask({ ask: 'hash' })).rejects.toMatchObject({ details: { code: 'READER_CLOSED' } });
  });
});
