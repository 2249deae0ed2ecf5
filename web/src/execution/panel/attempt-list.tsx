import type { StepDetail } from '../../../../src/inspection/documents.ts';
import { Duration } from '../../parts/duration.tsx';
import { StatusMark } from '../../parts/status-mark.tsx';
import { formatTime } from '../../parts/times.ts';
import { useMoment } from '../execution-context.ts';
import { useShortIds } from '../parts/short-ids.ts';
import styles from './panel.module.css';

const OUTCOMES: { readonly [outcome: string]: readonly [status: string, word: string] } = {
  succeeded: ['succeeded', 'succeeded'],
  failed: ['failed', 'failed'],
  released: ['retrying', 'given back'],
  expired: ['failed', 'host went silent'],
  asked: ['person', 'asked a person'],
};

/** Every claim of the step, newest first. */
export function AttemptList({ detail: { attempts } }: { readonly detail: StepDetail }) {
  const moment = useMoment();
  const shortIds = useShortIds();
  if (attempts.length === 0) return <p className="muted">Nobody has claimed it yet.</p>;
  const isLive = moment?.isLive === true && moment.endedAt === null;
  return (
    <ol className={styles.attempts}>
      {attempts.toReversed().map(({ attempt, host, claimedAt, endedAt, outcome, error, usage }) => {
        const [status, word] =
          outcome === null ? ['running', 'at work'] : (OUTCOMES[outcome] ?? ['waiting', outcome]);
        return (
          <li key={`${attempt} ${claimedAt}`}>
            <p className={styles.attemptHead}>
              <b>{attempt}</b>
              <StatusMark status={status} word={error === undefined ? word : `${word}: ${error.class}`} />
              <span className={styles.lasted}>
                <Duration from={claimedAt} to={endedAt ?? (isLive ? null : (moment?.at ?? null))} />
              </span>
            </p>
            <p className="muted">
              <span title={host}>{shortIds(host)}</span> · {formatTime(claimedAt)} –{' '}
              {endedAt === null ? 'now' : formatTime(endedAt)}
              {usage?.tokens === undefined ? '' : ` · ${usage.tokens.toLocaleString('en')} tokens`}
              {usage?.usd === undefined ? '' : ` · $${usage.usd.toFixed(4)}`}
            </p>
            {error === undefined ? null : <p className={styles.failure}>{error.message}</p>}
          </li>
        );
      })}
    </ol>
  );
}
