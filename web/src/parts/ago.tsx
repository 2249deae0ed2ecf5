import { useNow } from './clock.ts';
import styles from './times.module.css';
import { formatAgo, formatInstant } from './times.ts';

/** An instant relative to now; the instant itself on hover. */
export function Ago({ at }: { readonly at: number }) {
  const now = useNow();
  return (
    <time className={styles.ago} dateTime={isoOf(at)} title={formatInstant(at)}>
      {formatAgo(at, now)}
    </time>
  );
}

function isoOf(at: number): string | undefined {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
