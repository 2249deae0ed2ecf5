import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { StepDetail } from '../../../../src/inspection/documents.ts';
import type { Json } from '../../../../src/json.ts';
import { problemOf } from '../../api/problem.ts';
import { Button } from '../../parts/button.tsx';
import { LongText } from '../../parts/long-text.tsx';
import { tell } from '../../parts/toast.tsx';
import { type ArtifactText, useExecution } from '../execution-context.ts';
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
