import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import type { ExecutionRow } from '../api/types.ts';
import { Ago } from '../parts/ago.tsx';
import { Duration } from '../parts/duration.tsx';
import { ShortId } from '../parts/short-id.tsx';
import { StatusMark } from '../parts/status-mark.tsx';
import { type Tone, toneOf, wordsOf } from '../theme/tone.ts';
import styles from './execution-line.module.css';
import { PhaseBar } from './phase-bar.tsx';

export function Columns() {
  return (
    <div className={styles.columns} aria-hidden="true">
      <span>Status</span>
      <span>Task</span>
      <span>Id</span>
      <span>Phases</span>
      <span>Waits for</span>
      <span className={styles.end}>Started</span>
      <span className={styles.end}>Duration</span>
    </div>
  );
}

/** One execution in the list. The whole row leads to it. */
export function ExecutionLine({
  row,
  isNarrow,
  isSelected,
  onSelect,
}: {
  readonly row: ExecutionRow | undefined;
  readonly isNarrow: boolean;
  readonly isSelected: boolean;
  readonly onSelect: () => void;
}) {
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (isSelected) link.current?.focus({ preventScroll: true });
  }, [isSelected]);
  if (row === undefined) return <div className={styles.loading} aria-hidden="true" />;
  const { id, task, phases, startedAt, endedAt } = row;
  const { tone, word } = standingOf(row);
  const name = (
    <Link
      ref={link}
      href={`/executions/${encodeURIComponent(id)}`}
      className={styles.link}
      onFocus={onSelect}
      title={task}
    >
      {task}
    </Link>
  );
  if (isNarrow) {
    return (
      <div className={styles.narrow} data-selected={isSelected || undefined}>
        <div className={styles.first}>
          <StatusMark status={row.status} tone={tone} word={word} hasWord={false} />
          <span className={styles.task}>{name}</span>
          <span className={styles.number}>
            <Duration from={startedAt} to={endedAt} />
          </span>
        </div>
        <div className={styles.second}>
          <span className={styles.waits} data-tone={tone}>
            {(endedAt === null ? row.waitsFor : row.error?.message) ?? word}
          </span>
          <PhaseBar phases={phases} />
          <span className={styles.number}>
            <Ago at={startedAt} />
          </span>
        </div>
      </div>
    );
  }
  return (
    <div className={styles.row} data-selected={isSelected || undefined}>
      <StatusMark status={row.status} tone={tone} word={word} />
      <span className={styles.task}>{name}</span>
      <span className={styles.id}>
        <ShortId id={id} />
      </span>
      <PhaseBar phases={phases} />
      <Waits row={row} />
      <span className={styles.number}>
        <Ago at={startedAt} />
      </span>
      <span className={styles.number}>
        <Duration from={startedAt} to={endedAt} />
      </span>
    </div>
  );
}

/** While it is live what it waits for; once it has failed, why. */
function Waits({ row: { waitsFor, error, isDriven, endedAt } }: { readonly row: ExecutionRow }) {
  if (endedAt === null && isDriven === false) {
    return (
      <span className={styles.waits} data-tone="retrying" title={waitsFor ?? undefined}>
        {`no living process drives it${waitsFor === null ? '' : ` · ${waitsFor}`}`}
      </span>
    );
  }
  const text = endedAt === null ? waitsFor : (error?.message ?? null);
  return (
    <span className={styles.waits} title={text ?? undefined}>
      {text ?? ''}
    </span>
  );
}

/** What the row is told as: the status, but for what wants a person or does not move. */
function standingOf({
  status,
  attention,
  degraded,
}: Pick<ExecutionRow, 'status' | 'attention' | 'degraded'>): { readonly tone: Tone; readonly word: string } {
  if (status === 'running' && attention === 'person') return { tone: 'person', word: 'needs a person' };
  if (status === 'running' && attention === 'still') return { tone: 'retrying', word: 'stands still' };
  if (status === 'completed' && degraded) return { tone: 'succeeded', word: 'completed*' };
  return { tone: toneOf(status), word: wordsOf(status) };
}
