import { Handle, type Node, type NodeProps, Position } from '@xyflow/react';
import { memo } from 'react';
import { Duration } from '../../parts/duration.tsx';
import { StatusShape } from '../../parts/status-mark.tsx';
import { toneOf, wordsOf } from '../../theme/tone.ts';
import { JOIN } from './arrangement.ts';
import type { PhaseData } from './boxes.ts';
import styles from './graph.module.css';

/** A phase: around its steps, or closed, with what they come to. */
export const PhaseBox = memo(function PhaseBox({ data }: NodeProps<Node<PhaseData>>) {
  const { node, tone, isClosed, at, counts, total, hidden, joins, toggle } = data;
  return (
    <section
      className={styles.phase}
      data-tone={tone}
      data-status={node.status}
      data-critical={node.isCritical || undefined}
      aria-label={node.title}
    >
      <Handle type="target" id="left" position={Position.Left} className={styles.handle} />
      <button
        type="button"
        className={`${styles.head} nopan`}
        aria-expanded={!isClosed}
        title={isClosed ? 'Show its steps' : 'Hide its steps'}
        onClick={(event) => {
          event.stopPropagation();
          toggle();
        }}
      >
        <StatusShape tone={tone} />
        <span className={styles.name}>{node.title}</span>
        <span className="visually-hidden">{wordsOf(node.status)}</span>
        <span className={styles.sum}>{isClosed || total < 2 ? '' : doneOf(counts, total)}</span>
        <span className={styles.time}>
          <Duration from={node.startedAt} to={node.endedAt ?? at} />
        </span>
      </button>
      {isClosed ? <Summary counts={counts} total={total} /> : null}
      {joins.map((join) => (
        <Gap key={join.y} {...join} />
      ))}
      {hidden > 0 ? (
        <p className={styles.rest}>and {hidden.toLocaleString('en')} more: see the timeline</p>
      ) : null}
      <Handle type="source" id="right" position={Position.Right} className={styles.handle} />
    </section>
  );
});

/** An arrow from what is above to what is below; a bar above it where several have to end, or begin. */
function Gap({ y, isWide, isCritical, isPast }: PhaseData['joins'][number]) {
  return (
    <svg
      className={styles.gap}
      style={{ top: y, height: JOIN }}
      data-critical={isCritical || undefined}
      data-past={isPast || undefined}
      aria-hidden="true"
    >
      {isWide ? <line x1="12%" x2="88%" y1="6" y2="6" /> : null}
      <line x1="50%" x2="50%" y1={isWide ? 6 : 3} y2={JOIN - 5} />
      <svg x="50%" y={JOIN - 7} width="10" height="6" overflow="visible" aria-hidden="true">
        <path d="M-3.5 0 0 4.5 3.5 0" />
      </svg>
    </svg>
  );
}

function doneOf(counts: PhaseData['counts'], total: number): string {
  const done = counts.find(([status]) => status === 'succeeded')?.[1] ?? 0;
  return `${done} of ${total}`;
}

function Summary({ counts, total }: Pick<PhaseData, 'counts' | 'total'>) {
  const words = counts
    .slice(0, 3)
    .map(([status, count]) => `${count.toLocaleString('en')} ${wordsOf(status)}`);
  return (
    <div className={styles.summary}>
      <div className={styles.meter} aria-hidden="true">
        {[...counts].reverse().map(([status, count]) => (
          <span key={status} data-tone={toneOf(status)} data-status={status} style={{ flexGrow: count }} />
        ))}
      </div>
      <p className={styles.counts}>{total === 0 ? 'no steps yet' : words.join(' · ')}</p>
    </div>
  );
}
