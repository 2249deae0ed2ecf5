import styles from './skeleton.module.css';

/** Grey bars where `lines` will stand; invisible for the first 200 ms, so that what comes at once does not flicker. */
export function Skeleton({ lines = 3 }: { readonly lines?: number | undefined }) {
  return (
    <div className={styles.skeleton} role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
        <span key={line} className={styles.bar} style={{ width: `${WIDTHS[line % WIDTHS.length]}%` }} />
      ))}
    </div>
  );
}

const WIDTHS = [72, 88, 54, 80, 64];
