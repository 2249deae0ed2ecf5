import { taskRules } from '../../src/engine/rules.ts';
import { lanesOf } from '../../src/inspection/lanes.ts';
import { rowAt } from '../../src/inspection/log-rows.ts';
import { momentOf } from '../../src/inspection/moment.ts';
import { Reading } from '../../src/inspection/reading.ts';
import { taskGraphOf } from '../../src/inspection/task-graph.ts';
import { longLog } from '../long-log.ts';
import { MemoryWatch } from '../memory.ts';
import type { BenchOptions } from '../options.ts';
import { median, round, spread } from '../statistics.ts';

const STEPS = 40_000;

/** What the page's worker does with an execution of 40,000 steps that each were tried twice: 200,000 records. */
export async function w8({ runs }: BenchOptions): Promise<object> {
  const { source, records } = await longLog(STEPS);
  const memory = new MemoryWatch();
  const figures = new Map<string, number[]>();
  const measure = <Made>(name: string, make: () => Made): Made => {
    const began = performance.now();
    const made = make();
    const known = figures.get(name) ?? [];
    figures.set(name, [...known, performance.now() - began]);
    return made;
  };
  for (let run = 0; run < runs; run += 1) {
    const reading = new Reading(source, taskRules);
    const half = records.length >> 1;
    measure('read_ms', () => {
      for (let at = 0; at < records.length; at += 5_000) reading.append(records.slice(at, at + 5_000));
    });
    measure('seek_back_ms', () => reading.at(half));
    measure('step_back_ms', () => reading.at(half - 1));
    measure('step_on_ms', () => reading.at(half));
    const fold = reading.at(half);
    measure('moment_ms', () => momentOf(fold, { ...placeOf(reading, half), isLive: false }));
    const end = reading.at(reading.count);
    measure('moment_end_ms', () => momentOf(end, { ...placeOf(reading, reading.count), isLive: true }));
    measure('lanes_ms', () => lanesOf(end, reading.trace, reading.count));
    measure('graph_ms', () => taskGraphOf(end, { now: records.at(-1)?.at ?? 0 }));
    if (end.status !== 'completed') throw new Error(`it is ${end.status}`);
  }
  const [reads = []] = [figures.get('read_ms')];
  return {
    executions: 1,
    steps: STEPS,
    records: records.length,
    wall_s: round(median(reads) / 1000),
    records_per_s: round(records.length / (median(reads) / 1000)),
    read_ms_min_med_max: spread(reads),
    ...Object.fromEntries([...figures].map(([name, times]) => [name, round(median(times))])),
    peak_rss_mb: memory.stop(),
  };
}

function placeOf(reading: Reading, index: number) {
  const { at } = reading.record(index);
  const row = rowAt(reading, index);
  return { index, count: reading.count, end: reading.end, at, row, now: at, surroundings: null };
}
