import { useNow } from './clock.ts';
import styles from './times.module.css';
import { formatDuration, formatSeconds } from './times.ts';

/** How long it took, or takes: with `to` null it counts. Right-aligned in its column by tabular figures. */
export function Duration({ from, to }: { readonly from: number | null; readonly to: number | null }) {
  if (from === null) return <span className={styles.duration} aria-hidden="true" />;
  return to === null ? (
    <Counting from={from} />
  ) : (
    <span className={styles.duration}>{formatDuration(to - from)}</span>
  );
}

function Counting({ from }: { readonly from: number }) {
  const now = useNow();
  return <span className={styles.duration}>{formatSeconds(now - from)}</span>;
}
