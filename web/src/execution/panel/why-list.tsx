import type { Reason, Why } from '../../../../src/inspection/documents.ts';
import { useNow } from '../../parts/clock.ts';
import { formatDuration, formatInstant, formatSeconds } from '../../parts/times.ts';
import { useMoment } from '../execution-context.ts';
import { Until, When } from '../parts/countdown.tsx';
import { useShortIds } from '../parts/short-ids.ts';
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
  const { place } = usePlace();
  const shortIds = useShortIds();
  const said = shortIds(text);
  // One sentence goes on with how long it has been so.
  const isOne = since !== null && /^[^.?!]*\.$/.test(said);
  // Whoever the text names is not named again.
  const others = who.filter((each) => each.includes('troupe ') || !text.includes(each));
  const isElsewhere = step !== null && step !== place.step;
  // Where the sentence names the step, its name leads there.
  const at = isElsewhere ? ` ${said} `.search(new RegExp(`[ ]${escaped(step)}[ ,.:]`)) : -1;
  const isNamed = isElsewhere && at >= 0;
  const whole = isOne ? said.slice(0, -1) : said;
  const before = whole.slice(0, Math.max(0, at));
  const after = whole.slice(at + (step?.length ?? 0));
  return (
    <li className={styles.reason} data-alarming={isAlarming || undefined}>
      <p>
        {isAlarming ? <span className={styles.bell}>Look: </span> : null}
        <span title={said === text ? undefined : text}>
          {isNamed ? before : whole}
          {isNamed ? <StepLink step={step} /> : null}
          {isNamed ? after : null}
        </span>
        {since === null ? null : (
          <span className="muted">
            {isOne ? ', for ' : ' For '}
            <Elapsed since={since} />.
          </span>
        )}
      </p>
      {others.length === 0 ? null : (
        <p className={styles.who}>
          <span className="muted">Can come from </span>
          {others.map((each, index) => (
            <span
              key={each}
              className={others.length > 1 && each.includes('troupe ') ? styles.command : undefined}
            >
              {index === 0 || each.includes('troupe ') ? '' : ', '}
              <Source text={shortIds(each)} />
            </span>
          ))}
        </p>
      )}
      {until === null && otherwise === null ? null : (
        <p className="muted">
          {until === null ? null : (
            <>
              Until <Until at={until} />.{' '}
            </>
          )}
          {otherwise === null ? null : shortIds(otherwise)}
        </p>
      )}
      {isElsewhere && !isNamed ? <StepLink step={step} /> : null}
    </li>
  );
}

function StepLink({ step }: { readonly step: string }) {
  const { go } = usePlace();
  return (
    <button type="button" className={styles.link} onClick={() => go({ step, actor: null })}>
      {step}
    </button>
  );
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** A person, a host, or a command to be typed. */
function Source({ text }: { readonly text: string }) {
  const [, name = '', command] = /^(.*?)(troupe .*)$/.exec(text) ?? [];
  if (command === undefined) return text;
  return (
    <>
      {name}
      <code>{command}</code>
    </>
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
