import type { Node, NodeProps } from '@xyflow/react';
import { memo } from 'react';
import { Duration } from '../../parts/duration.tsx';
import { StatusShape } from '../../parts/status-mark.tsx';
import { wordsOf } from '../../theme/tone.ts';
import type { StepData } from './boxes.ts';
import styles from './graph.module.css';

/** A step: shape, title, and below them its status in words, tries, and how long it took. */
export const StepBox = memo(function StepBox({ data }: NodeProps<Node<StepData>>) {
  const { node, tone, isSelected, at } = data;
  const word = wordsOf(node.status);
  const tries = node.attempts > 1 ? `${node.attempts} attempts` : '';
  return (
    <button
      type="button"
      className={`${styles.step} nopan`}
      data-tone={tone}
      data-status={node.status}
      data-critical={node.isCritical || undefined}
      data-selected={isSelected || undefined}
      aria-pressed={isSelected}
    >
      <StatusShape tone={tone} />
      <span className={styles.title} title={node.title} data-tried={node.attempts > 1 || undefined}>
        {node.title}
      </span>
      <span className={styles.word}>{word}</span>
      {node.attempts > 1 ? (
        <span className={styles.tries} title={tries}>
          <span aria-hidden="true">×{node.attempts}</span>
          <span className="visually-hidden">{tries}</span>
        </span>
      ) : null}
      <span className={styles.time}>
        <Duration from={node.startedAt} to={node.endedAt ?? at} />
      </span>
    </button>
  );
});
