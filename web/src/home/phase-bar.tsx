import type { ExecutionRow } from '../api/types.ts';
import styles from './phase-bar.module.css';

/** A cell per phase up to twelve, else shares; and the number in words for those who do not see it. */
export function PhaseBar({ phases }: { readonly phases: ExecutionRow['phases'] }) {
  const { total, completed, skipped, failed, cancelled, running } = phases;
  const parts = [
    ['succeeded', completed],
    ['skipped', skipped],
    ['failed', failed + cancelled],
    ['running', running],
    ['pending', Math.max(0, total - completed - skipped - failed - cancelled - running)],
  ] as const;
  const words = `${completed + skipped} of ${total} phases${failed > 0 ? `, ${failed} failed` : ''}`;
  return (
    <span className={styles.bar} role="img" aria-label={words} title={words}>
      {parts.map(([kind, count]) =>
        total <= MOST_CELLS ? (
          <Cells key={kind} kind={kind} count={count} />
        ) : (
          <Share key={kind} kind={kind} count={count} />
        ),
      )}
    </span>
  );
}

const MOST_CELLS = 12;

function Cells({ kind, count }: { readonly kind: string; readonly count: number }) {
  return Array.from({ length: count }, (_, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: cells of one kind are all the same
    <span key={at} className={styles.cell} data-kind={kind} />
  ));
}

function Share({ kind, count }: { readonly kind: string; readonly count: number }) {
  return count === 0 ? null : <span className={styles.cell} data-kind={kind} style={{ flexGrow: count }} />;
}
