import type { Lanes } from '../../../../src/inspection/documents.ts';
import { SEGMENT_KIND } from '../../../../src/inspection/documents.ts';
import type { Gap } from './time-scale.ts';

const BUCKETS = 4096;
/** Nobody works in these. */
const IDLE = new Set(['waiting', 'backoff', 'person'].map((kind) => SEGMENT_KIND.indexOf(kind as 'waiting')));

/**
 * Where no step was worked on for more than a thirtieth of the whole. Counted in {@link BUCKETS} equal parts, so that 100,000
 * segments cost no sorting; a gap is what lies wholly outside of work.
 */
export function idleGaps(lanes: Lanes, to: number): readonly Gap[] {
  const { from, segmentKind, segmentFrom, segmentTo } = lanes;
  const length = to - from;
  if (length <= 0) return [];
  const changes = new Int32Array(BUCKETS + 1);
  const bucketOf = (at: number) =>
    Math.min(BUCKETS - 1, Math.max(0, Math.floor(((at - from) / length) * BUCKETS)));
  for (let index = 0; index < segmentKind.length; index++) {
    if (IDLE.has(segmentKind[index] as number)) continue;
    const end = segmentTo[index] as number;
    const first = bucketOf(segmentFrom[index] as number);
    const last = bucketOf(Number.isNaN(end) ? to : end);
    changes[first] = (changes[first] as number) + 1;
    changes[last + 1] = (changes[last + 1] as number) - 1;
  }
  const gaps: Gap[] = [];
  let busy = 0;
  let since = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const before = busy;
    busy += changes[bucket] as number;
    if (before === 0 && busy > 0) addGap(gaps, since, bucket);
    if (before > 0 && busy === 0) since = bucket;
  }
  if (busy === 0) addGap(gaps, since, BUCKETS);
  return gaps;

  function addGap(list: Gap[], first: number, end: number): void {
    if (end - first < BUCKETS / 30) return;
    list.push({ from: from + (first / BUCKETS) * length, to: from + (end / BUCKETS) * length });
  }
}
