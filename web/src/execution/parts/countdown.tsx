import { useNow } from '../../parts/clock.ts';
import { formatAgo, formatInstant, formatTime } from '../../parts/times.ts';
import { useMoment } from '../execution-context.ts';

/** An instant: relative to now while live, the clock's time in the past. */
export function When({ at }: { readonly at: number }) {
  const moment = useMoment();
  const now = useNow();
  const isLive = moment?.isLive === true && moment.endedAt === null;
  const day = new Date(at).toDateString() === new Date(moment?.at ?? at).toDateString();
  return (
    <time dateTime={new Date(at).toISOString()} title={formatInstant(at)}>
      {isLive ? formatAgo(at, now) : `at ${day ? formatTime(at) : formatInstant(at)}`}
    </time>
  );
}
