import { useNow } from '../../parts/clock.ts';
import { formatAgo, formatInstant, formatTime } from '../../parts/times.ts';
import { useMoment } from '../execution-context.ts';

/** An instant that is waited for: the clock's time, and while live how long that is. */
export function Until({ at }: { readonly at: number }) {
  const moment = useMoment();
  const now = useNow();
  const isLive = moment?.isLive === true && moment.endedAt === null;
  const isToday = new Date(at).toDateString() === new Date(moment?.at ?? at).toDateString();
  const distance = at - now;
  // Seconds only where they matter.
  const time = distance > 3_600_000 ? formatTime(at).slice(0, -3) : formatTime(at);
  return (
    <time dateTime={new Date(at).toISOString()} title={formatInstant(at)}>
      {isToday ? time : formatInstant(at)}
      {isLive ? ` (${formatAgo(at, now)})` : ''}
    </time>
  );
}

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
