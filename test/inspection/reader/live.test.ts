import { describe, expect, test } from 'vitest';
import type { LogRecord } from '../../../src/ports/event-log.ts';
import type { ProblemDetails } from '../../../web/src/api/problem.ts';
import { liveTransport } from '../../../web/src/reader/live.ts';
import type { Connection } from '../../../web/src/reader/messages.ts';
import type { Sink } from '../../../web/src/reader/transport.ts';
import { goldenLogs, type Log } from '../logs.ts';
import { ShakyServer } from './shaky-server.ts';

const log = goldenLogs.reduce((longest, each) =>
  each.records.length > longest.records.length ? each : longest,
);

/** Takes all that comes, and lets a test wait until something has. */
class Taker implements Sink {
  readonly taken: LogRecord[] = [];
  readonly connections: Connection[] = [];
  readonly pauses: number[] = [];
  sources = 0;
  problem: ProblemDetails | undefined;
  said: unknown[] = [];
  #waiting: { isMet: () => boolean; resolve: () => void }[] = [];

  get end(): number {
    return this.taken.at(-1)?.position ?? 0;
  }
  get hasSource(): boolean {
    return this.sources > 0;
  }
  source(): void {
    this.sources += 1;
  }
  records(records: readonly LogRecord[]): void {
    this.taken.push(...records.filter(({ position }) => position > this.end));
    this.#look();
  }
  read(): void {}
  surroundings(said: unknown): void {
    this.said.push(said);
    this.#look();
  }
  progress(said: unknown): void {
    this.said.push(said);
    this.#look();
  }
  connection(connection: Connection): void {
    this.connections.push(connection);
    this.#look();
  }
  failure(problem: ProblemDetails): void {
    this.problem = problem;
    this.#look();
  }
  until(isMet: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ isMet, resolve });
      this.#look();
    });
  }
  #look(): void {
    for (const { resolve } of this.#waiting.filter(({ isMet }) => isMet())) resolve();
    this.#waiting = this.#waiting.filter(({ isMet }) => !isMet());
  }
}

function follow(server: ShakyServer, from: Log = log) {
  const taker = new Taker();
  const stop = new AbortController();
  const goOn: (() => void)[] = [];
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      taker.pauses.push(ms);
      goOn.push(resolve);
      taker.connection(taker.connections.at(-1) ?? 'connecting');
    });
  const over = liveTransport({ execution: from.source.execution, fetch: server.fetch, pause })(
    taker,
    stop.signal,
  );
  const isLive = (): boolean => taker.connections.at(-1) === 'live';
  const hasPaused = (times: number) => () => taker.pauses.length >= times;
  return { taker, over, isLive, hasPaused, goOn: () => goOn.shift()?.(), stop: () => stop.abort() };
}

describe('a log that is followed', () => {
  test('is read page by page and then as it grows', async () => {
    const server = new ShakyServer(log, 25);
    const { taker, isLive, over, stop } = follow(server);
    await taker.until(isLive);
    expect(taker.taken).toEqual(log.records.slice(0, 25));
    server.grow(5);
    await taker.until(() => taker.taken.length === 30);
    server.send(
      'event: surroundings\ndata: {"isDriven":true,"hosts":null}\n\n: beat\n\nevent: progress\ndata: {"step":"a"}\n\n',
    );
    await taker.until(() => taker.said.length === 2);
    stop();
    await over;
    expect(taker.taken).toEqual(log.records.slice(0, 30));
    expect(taker.sources).toBe(1);
  });

  test.each(['breakOff', 'endStreams'] as const)('loses nothing and has nothing twice: %s', async (end) => {
    const server = new ShakyServer(log, 10);
    const { taker, isLive, hasPaused, goOn, over, stop } = follow(server);
    await taker.until(isLive);
    server[end]();
    await taker.until(hasPaused(1));
    server.grow(7);
    goOn();
    await taker.until(() => isLive() && taker.taken.length === 17);
    server.grow(3);
    await taker.until(() => taker.taken.length === 20);
    stop();
    await over;
    expect(taker.taken).toEqual(log.records.slice(0, 20));
    expect(taker.connections).toContain('reconnecting');
    expect(server.asked.filter((path) => path.endsWith('/source'))).toHaveLength(1);
  });

  test('waits longer each time while nobody answers, and goes on when somebody does', async () => {
    const server = new ShakyServer(log, 10);
    const { taker, isLive, hasPaused, goOn, over, stop } = follow(server);
    await taker.until(isLive);
    server.isDown = true;
    server.breakOff();
    for (let failures = 1; failures <= 6; failures += 1) {
      await taker.until(hasPaused(failures));
      if (failures < 6) goOn();
    }
    expect(taker.pauses).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]);
    expect(taker.connections.at(-1)).toBe('offline');
    server.isDown = false;
    goOn();
    await taker.until(isLive);
    server.breakOff();
    await taker.until(hasPaused(7));
    expect(taker.pauses.at(-1)).toBe(1000);
    stop();
    goOn();
    await over;
  });

  test('what is refused is not asked for again', async () => {
    const fetch = () =>
      Promise.resolve(
        Response.json(
          { title: 'Unknown', code: 'EXECUTION_UNKNOWN', detail: 'There is none.' },
          { status: 404 },
        ),
      );
    const taker = new Taker();
    await liveTransport({ execution: 'x', fetch })(taker, new AbortController().signal);
    expect(taker.problem).toMatchObject({ code: 'EXECUTION_UNKNOWN', status: 404 });
  });
});
