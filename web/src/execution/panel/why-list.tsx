import type { Reason, Why } from '../../../../src/inspection/documents.ts';
import { useNow } from '../../parts/clock.ts';
import { formatDuration, formatInstant, formatSeconds } from '../../parts/times.ts';
import { useMoment } from '../execution-context.ts';
import { When } from '../parts/countdown.tsx';
import { shortIds } from '../parts/short-ids.ts';
import { usePlace } from '../place.ts';
import styles from './panel.module.css';

/** Why it is where it is, a sentence each: what it waits for, who could send it, since when, until when, and what then. */
export function WhyList({ reasons }: { readonly reasons: readonly Reason[] }) {
  return (
    <ul className={styles.reasons}>
      {reasons.map((reason, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same reason may stand twice
        <ReasonRow key={`${place} ${reason.text}`} reason={reason} />
      ))}
    </ul>
  );
}

function ReasonRow({
  reason: { text, who, since, until, otherwise, isAlarming, step },
}: {
  readonly reason: Reason;
}) {
  const { place, go } = usePlace();
  const isElsewhere = step !== null && step !== place.step;
  return (
    <li className={styles.reason} data-alarming={isAlarming || undefined}>
      <p>
        {isAlarming ? <span className={styles.bell}>Look: </span> : null}
        {shortIds(text)}
        {since === null ? null : (
          <span className="muted">
            {' '}
            For <Elapsed since={since} />.
          </span>
        )}
      </p>
      {who.length === 0 ? null : (
        <p className={styles.who}>
          <span className="muted">Can come from </span>
          {who.map((each, index) => (
            <span key={each}>
              {index === 0 ? '' : ', '}
              {each.startsWith('troupe ') ? <code>{each}</code> : shortIds(each)}
            </span>
          ))}
        </p>
      )}
      {until === null && otherwise === null ? null : (
        <p className="muted">
          {until === null ? null : (
            <>
              Until <When at={until} />.{' '}
            </>
          )}
          {otherwise === null ? null : shortIds(otherwise)}
        </p>
      )}
      {isElsewhere ? (
        <button type="button" className={styles.link} onClick={() => go({ step, actor: null })}>
          {step}
        </button>
      ) : null}
    </li>
  );
}

function Elapsed({ since }: { readonly since: number }) {
  const now = useNow();
  const moment = useMoment();
  const isLive = moment?.isLive === true && moment.endedAt === null;
  return (
    <span title={formatInstant(since)}>
      {isLive ? formatSeconds(now - since) : formatDuration((moment?.at ?? since) - since)}
    </span>
  );
}

/** What happens by itself, soonest first. */
export function NextList({ next }: Pick<Why, 'next'>) {
  return (
    <ul className={styles.next}>
      {next.map(({ at, what }, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same may come twice
        <li key={`${place} ${at}`}>
          <span className={styles.nextAt}>
            <When at={at} />
          </span>
          <span>{what}</span>
        </li>
      ))}
    </ul>
  );
}
