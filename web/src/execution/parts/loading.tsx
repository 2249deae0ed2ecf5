import { Skeleton } from '../../parts/skeleton.tsx';
import styles from './loading.module.css';

/** Where a view will stand. */
export function Loading({ lines = 6 }: { readonly lines?: number | undefined }) {
  return (
    <div className={styles.room}>
      <Skeleton lines={lines} />
    </div>
  );
}
