import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readMandate } from '../../../agents/committee/mandate.ts';
import { METHODS } from '../../../agents/committee/methods/all.ts';
import { replayPast } from '../../../agents/committee/replays.ts';
import { CARRIED, pathOfCarried } from '../../../agents/market/catalogue.ts';
import { loadSeries } from '../../../agents/market/load.ts';
import { knownAt } from '../../../agents/market/series.ts';
import { writeCsv } from '../csv-file.ts';
import { holdMeeting } from '../meeting.ts';
import { AGENTS } from '../run-program.ts';

const AS_OF = '2012-06-15';
const INPUT = {
  ticker: 'SPX',
  amount: 10_000,
  timeHorizon: '30 days',
  riskTolerance: 'medium',
  asOf: AS_OF,
} as const;

/** The index with every row after the day replaced by what `change` makes of it. */
function pricesWith(change: (row: string, index: number) => string): string {
  const [index] = CARRIED;
  if (index === undefined) throw new Error('nothing is carried');
  const lines = readFileSync(pathOfCarried(index), 'utf8').split('\n');
  return lines
    .map((line, row) => (row > 0 && line.slice(0, 10) > AS_OF ? change(line, row) : line))
    .join('\n');
}

describe('nobody reads past asOf', () => {
  it('so changing every later row changes nothing that anyone says', { timeout: 120_000 }, async () => {
    const dataFile = writeCsv(pricesWith((row) => row));
    const before = await holdMeeting({ ...INPUT, dataFile });
    writeFileSync(
      dataFile,
      pricesWith((row, index) => `${row.slice(0, 10)},${index},${2 * index},1,${1 + (index % 7)},1,${index}`),
    );
    expect(await holdMeeting({ ...INPUT, dataFile })).toEqual(before);
    writeFileSync(
      dataFile,
      pricesWith(() => 'no,price,at,all'),
    );
    expect(await holdMeeting({ ...INPUT, dataFile })).toEqual(before);
    writeFileSync(
      dataFile,
      pricesWith(() => ''),
    );
    expect(await holdMeeting({ ...INPUT, dataFile })).toEqual(before);
  });

  it('but changing the last row known changes what they say', async () => {
    const dataFile = writeCsv(pricesWith((row) => row));
    const before = await holdMeeting({ ...INPUT, dataFile });
    const content = readFileSync(dataFile, 'utf8');
    const changed = content.replace(/^(2012-06-15,[^,]*,[^,]*,)[^,]*,[^,]*/m, '$11000,1100');
    expect(changed).not.toBe(content);
    writeFileSync(dataFile, changed);
    const after = await holdMeeting({ ...INPUT, dataFile });
    expect(after.decision.verdict.score).not.toBe(before.decision.verdict.score);
  });

  it('since one file alone reads prices', () => {
    const readers = readdirSync(AGENTS, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .filter((file) =>
        /node:fs|vega-datasets|node:child_process|\bfetch\(/.test(readFileSync(join(AGENTS, file), 'utf8')),
      );
    expect(readers.sort()).toEqual(['market/catalogue.ts', 'market/load.ts', 'program/journal.ts']);
  });
});

describe('replays of the past', () => {
  const series = loadSeries({ ticker: 'SPX', asOf: AS_OF });
  const mandate = readMandate({ timeHorizon: '30 days' });

  it('give each method what was known then and no more', () => {
    const replays = replayPast(series, mandate);
    for (const replay of [replays[0], replays[60], replays.at(-1)]) {
      if (replay === undefined) throw new Error('too few replays');
      const then = loadSeries({ ticker: 'SPX', asOf: replay.date });
      for (const method of METHODS) {
        if (replay.scores[method.agent] === undefined) expect(method.obstacle(then, mandate)).toBeDefined();
        else expect(method.score(then, mandate)).toBe(replay.scores[method.agent]);
      }
    }
  });

  it('end before the last row, a horizon apart', () => {
    const replays = replayPast(series, mandate);
    const rows = replays.map(({ date }) => series.dates.indexOf(date));
    expect(rows.at(-1)).toBe(series.dates.length - 22);
    for (const [index, row] of rows.entries()) if (index > 0) expect(row - (rows[index - 1] ?? 0)).toBe(21);
  });

  it('take their outcome from the rows that followed', () => {
    const replay = replayPast(series, mandate).at(-1);
    const from = series.dates.indexOf(replay?.date ?? '');
    const after = [...series.close.slice(from + 1, from + 22)];
    const price = series.close[from] ?? Number.NaN;
    expect(replay?.return).toBeCloseTo((after.at(-1) ?? 0) / price - 1, 12);
    expect(replay?.worst).toBeCloseTo(Math.min(0, Math.min(...after) / price - 1), 12);
  });

  it('see the same numbers as a shorter file', () => {
    const short = knownAt(series, 1000);
    expect(short.dates.at(-1)).toBe(series.dates[999]);
    expect(short.close.length).toBe(1000);
    expect(short.volume?.length).toBe(1000);
  });
});
