import { useSyncExternalStore } from 'react';
import type { Moment } from '../../../src/inspection/documents.ts';
import { Button } from '../parts/button.tsx';
import { Duration } from '../parts/duration.tsx';
import { ShortId } from '../parts/short-id.tsx';
import { StatusMark } from '../parts/status-mark.tsx';
import { formatInstant } from '../parts/times.ts';
import type { Connection } from '../reader/client.ts';
import { wordsOf } from '../theme/tone.ts';
import styles from './execution.module.css';
import { useExecution } from './execution-context.ts';
import { usePlace } from './place.ts';

/** Where the execution stands, in one line that is always true: also of the past, which it then says. */
export function StatusLine({
  moment,
  onDetails,
}: {
  readonly moment: Moment;
  readonly onDetails: () => void;
}) {
  const { reader } = useExecution();
  const { place } = usePlace();
  const connection = useSyncExternalStore(reader.subscribe, () => reader.connection);
  const read = useSyncExternalStore(reader.subscribe, () => reader.read);
  const { task, execution, status, startedAt, endedAt, degraded, why, index, count } = moment;
  // What the mark says already is not said twice.
  const said = why.headline === wordsOf(status) ? '' : why.headline;
  const isPast = place.at !== null && index < count;
  return (
    <header className={styles.status} data-past={isPast || undefined}>
      <h1 className={styles.task} title={task}>
        {task}
      </h1>
      <ShortId id={execution} noun="execution id" />
      <Standing moment={moment} />
      {degraded ? <StatusMark status="degraded" /> : null}
      <span className={styles.elapsed}>
        <Duration from={startedAt} to={endedAt ?? (moment.isLive ? null : moment.at)} />
      </span>
      <span className={styles.why} title={why.headline} data-kind={why.kind}>
        {said}
      </span>
      {isPast ? (
        <span className={styles.past} title={formatInstant(moment.at)}>
          as it was at record {index} of {count}
        </span>
      ) : null}
      <ConnectionWord
        connection={connection}
        isReading={read !== undefined && read.position < read.end}
        read={read}
      />
      <Button look="bare" className={styles.details} onClick={onDetails}>
        Details
      </Button>
    </header>
  );
}

/** The status, but for what wants a person or does not move: as lists have it. */
function Standing({ moment: { status, attention, why, isLive } }: { readonly moment: Moment }) {
  if (status !== 'running') return <StatusMark status={status} />;
  if (why.kind === 'dead') return <StatusMark status={status} tone="failed" word="stands still" />;
  if (attention === 'still' || (isLive && why.reasons[0]?.isAlarming === true))
    return <StatusMark status="still" />;
  return <StatusMark status={attention === 'person' ? 'person' : status} />;
}

const WORDS: { readonly [C in Connection]?: string } = {
  reconnecting: 'server gone, reconnecting…',
  offline: 'server gone; tried again by itself',
};

function ConnectionWord({
  connection,
  isReading,
  read,
}: {
  readonly connection: Connection;
  readonly isReading: boolean;
  readonly read: { readonly position: number; readonly end: number } | undefined;
}) {
  const word =
    WORDS[connection] ??
    (isReading && read !== undefined && read.end > 2000
      ? `reading ${Math.floor((read.position / read.end) * 100)} %`
      : undefined);
  return (
    <span
      className={styles.connection}
      role="status"
      data-bad={WORDS[connection] === undefined ? undefined : true}
    >
      {word ?? ''}
    </span>
  );
}
