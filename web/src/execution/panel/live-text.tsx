import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { StepDetail } from '../../../../src/inspection/documents.ts';
import type { Json } from '../../../../src/json.ts';
import { problemOf } from '../../api/problem.ts';
import { Button } from '../../parts/button.tsx';
import { useNow } from '../../parts/clock.ts';
import { LongText } from '../../parts/long-text.tsx';
import { StatusMark } from '../../parts/status-mark.tsx';
import { formatAgo, formatInstant } from '../../parts/times.ts';
import { tell } from '../../parts/toast.tsx';
import { type ArtifactText, useExecution, useMoment } from '../execution-context.ts';
import { formatBytes } from '../parts/bytes.ts';
import styles from './panel.module.css';

/** What the agent says while it works, and what it wrote to stderr once it has ended. */
export function LiveText({ detail }: { readonly detail: StepDetail }) {
  const { reader } = useExecution();
  const progress = useSyncExternalStore(reader.subscribe, () => reader.progress).get(detail.id) ?? [];
  const box = useRef<HTMLOListElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    const { current } = box;
    if (current !== null && isAtEnd.current && progress.length > 0) current.scrollTop = current.scrollHeight;
  }, [progress]);
  const isWorking = detail.attempts.some(({ endedAt }) => endedAt === null);
  const logs = detail.attempts.filter(({ logs: written }) => written !== undefined).toReversed();
  return (
    <>
      <Beats detail={detail} />
      {progress.length === 0 ? (
        <p className="muted">
          {isWorking
            ? 'The agent has said nothing since this page was opened.'
            : 'Only shown while an agent works: progress is in no log.'}
        </p>
      ) : (
        <ol
          ref={box}
          className={styles.progress}
          aria-label="What the agent says"
          onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
            isAtEnd.current = scrollTop + clientHeight > scrollHeight - 24;
          }}
        >
          {progress.map(({ attempt, progress: said }, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: they only come at the end
            <li key={place}>
              {attempt > 1 ? <span className="muted">{attempt} </span> : null}
              {textOf(said)}
            </li>
          ))}
        </ol>
      )}
      {logs.map(({ attempt, claimedAt, logs: written }) =>
        written === undefined ? null : (
          <Stderr
            key={`${attempt} ${claimedAt}`}
            attempt={attempt}
            digest={written.$artifact}
            bytes={written.bytes}
          />
        ),
      )}
    </>
  );
}

/** What is heard of the host, the agent's process and its work, while it is at work. */
function Beats({ detail: { id, attempts } }: { readonly detail: StepDetail }) {
  const { reader } = useExecution();
  const moment = useMoment();
  const now = useNow();
  const surroundings = useSyncExternalStore(reader.subscribe, () => reader.surroundings);
  const claim = attempts.findLast(({ endedAt }) => endedAt === null);
  if (claim === undefined || moment?.isLive !== true || surroundings?.hosts == null) return null;
  const presence = surroundings.hosts.find(({ host }) => host === claim.host);
  if (presence === undefined)
    return (
      <p className={styles.silent}>
        <StatusMark status="still" word="its host is not heard of" />
      </p>
    );
  const work = presence.attempts?.find(
    ({ execution, step, attempt }) =>
      execution === moment.execution && step === id && attempt === claim.attempt,
  );
  const beats: readonly (readonly [what: string, at: number | undefined])[] = [
    [`host ${presence.hostname}`, presence.seenAt],
    ['agent’s process', work?.processSeenAt],
    [
      'last word of it',
      work === undefined || work.progressAt <= work.startedAt ? undefined : work.progressAt,
    ],
  ];
  return (
    <dl className={styles.beats}>
      {beats.map(([what, at]) => (
        <div key={what}>
          <dt>{what}</dt>
          <dd
            data-old={(at !== undefined && now - at > SILENT_MS && what !== 'last word of it') || undefined}
          >
            {at === undefined ? 'not yet' : <time title={formatInstant(at)}>{formatAgo(at, now)}</time>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Hosts tell of themselves every five seconds. */
const SILENT_MS = 15_000;

function textOf(said: Json): string {
  if (typeof said === 'string') return said;
  const { message, text } = (said ?? {}) as { readonly message?: Json; readonly text?: Json };
  if (typeof message === 'string') return message;
  return typeof text === 'string' ? text : JSON.stringify(said);
}

function Stderr({
  attempt,
  digest,
  bytes,
}: {
  readonly attempt: number;
  readonly digest: string;
  readonly bytes: number;
}) {
  const { can } = useExecution();
  const [shown, setShown] = useState<ArtifactText>();
  const { readArtifact, downloadArtifact } = can;
  const failed = (error: unknown) =>
    tell('It could not be read', { tone: 'failed', detail: problemOf(error).detail });
  return (
    <section className={styles.stderr}>
      <p className={styles.line}>
        <span>stderr of attempt {attempt}</span>
        <span className="muted">{formatBytes(bytes)}</span>
        {readArtifact === null || shown !== undefined ? null : (
          <Button onClick={() => void readArtifact(digest).then(setShown, failed)}>Show</Button>
        )}
        {downloadArtifact === null ? null : (
          <Button
            look="bare"
            onClick={() => void downloadArtifact(digest, `stderr-${attempt}.txt`).catch(failed)}
          >
            Download
          </Button>
        )}
      </p>
      {shown === undefined ? null : shown.text === null ? (
        <p className="muted">It is no text.</p>
      ) : (
        <>
          {shown.isCut ? <p className="muted">Its end:</p> : null}
          <LongText text={shown.text} isCode />
        </>
      )}
    </section>
  );
}
