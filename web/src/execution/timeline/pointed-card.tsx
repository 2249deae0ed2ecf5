import { LANE_STATUS, type Lanes, SEGMENT_KIND } from '../../../../src/inspection/documents.ts';
import { StatusMark } from '../../parts/status-mark.tsx';
import { formatDuration, formatTime } from '../../parts/times.ts';
import type { Rows } from './rows.ts';
import { tickLabel } from './ticks.ts';
import styles from './timeline.module.css';
import type { Pointed } from './timeline-canvas.ts';

const KINDS: { readonly [K in (typeof SEGMENT_KIND)[number]]: string } = {
  waiting: 'waited',
  claimed: 'claimed, not begun',
  running: 'worked on',
  backoff: 'before the next try',
  person: 'with a person',
  failed: 'failed',
  compensating: 'undone',
};

/** What the pointer rests on, in words. */
export function PointedCard({
  pointed,
  rows,
  lanes,
  basis,
  rowOf,
}: {
  readonly pointed: Pointed;
  readonly rows: Rows;
  readonly lanes: Lanes;
  readonly basis: Lanes;
  readonly rowOf: Int32Array | null;
}) {
  const row = rows.entries[pointed.entry] ?? -1;
  if (row < 0) return null;
  const own = rowOf === null ? row : (rowOf[row] as number);
  const title = basis.names[basis.rowTitle[row] as number] ?? basis.ids[row];
  const status = own < 0 ? 'pending' : (LANE_STATUS[lanes.rowStatus[own] as number] ?? 'pending');
  const segment = own < 0 || pointed.at === null ? undefined : segmentAt(lanes, own, pointed.at);
  const isLeft = pointed.x > innerWidth / 2;
  return (
    <div
      className={styles.card}
      aria-hidden="true"
      style={{
        top: pointed.y + 14,
        ...(isLeft ? { right: `calc(100% - ${pointed.x - 8}px)` } : { left: pointed.x + 14 }),
      }}
    >
      <div className={styles.cardTitle}>
        <StatusMark status={status} hasWord={false} />
        <span>{title}</span>
      </div>
      {segment === undefined ? null : (
        <div>
          {KINDS[segment.kind]} {formatDuration(segment.to - segment.from)}
          {segment.attempt > 1 ? ` · attempt ${segment.attempt}` : ''}
          <br />
          <span className={styles.cardTime}>
            {formatTime(segment.from)} – {segment.isOpen ? 'now' : formatTime(segment.to)}
          </span>
        </div>
      )}
      {pointed.at === null || pointed.at < lanes.from ? null : (
        <div className={styles.cardTime}>
          {tickLabel(Math.round(pointed.at - lanes.from), 100)} after the start
        </div>
      )}
    </div>
  );
}

function segmentAt(lanes: Lanes, row: number, at: number) {
  const end = lanes.firstSegment[row + 1] as number;
  for (let index = lanes.firstSegment[row] as number; index < end; index++) {
    const from = lanes.segmentFrom[index] as number;
    const given = lanes.segmentTo[index] as number;
    const isOpen = Number.isNaN(given);
    const to = isOpen ? Math.max(lanes.to, at) : given;
    if (at < from || at > to) continue;
    const kind = SEGMENT_KIND[lanes.segmentKind[index] as number];
    if (kind !== undefined) return { kind, from, to, isOpen, attempt: lanes.segmentAttempt[index] as number };
  }
  return undefined;
}
