import type { TaskGraph } from '../../../../src/inspection/documents.ts';
import { useNow } from '../../parts/clock.ts';
import { formatAgo, formatTime } from '../../parts/times.ts';
import { useMoment } from '../execution-context.ts';
import styles from './graph.module.css';

/** When it should be over, and by what that is known. */
export function ExpectedEnd({ graph: { expectedEndAt, expectedBy } }: { readonly graph: TaskGraph }) {
  const now = useNow();
  const moment = useMoment();
  if (expectedEndAt === null || moment?.endedAt !== null) return null;
  const by = expectedBy === 'history' ? 'earlier executions' : 'estimates';
  const isLate = moment.isLive && expectedEndAt < now;
  return (
    <p className={styles.expected}>
      {isLate ? 'was expected to end' : 'expected to end'}{' '}
      <b title={formatTime(expectedEndAt)}>
        {moment.isLive ? formatAgo(expectedEndAt, now) : `at ${formatTime(expectedEndAt)}`}
      </b>
      , by {by}
    </p>
  );
}
