import type { ReactNode } from 'react';
import styles from './page-head.module.css';

/** The heading of a page, with what can be done there at its end. */
export function PageHead({
  title,
  detail,
  children,
}: {
  readonly title: ReactNode;
  readonly detail?: ReactNode;
  readonly children?: ReactNode;
}) {
  return (
    <header className={styles.head}>
      <div className={styles.words}>
        <h1>{title}</h1>
        {detail ? <div className={styles.detail}>{detail}</div> : null}
      </div>
      {children ? <div className={styles.tools}>{children}</div> : null}
    </header>
  );
}
