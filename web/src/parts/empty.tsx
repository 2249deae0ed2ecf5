import type { ReactNode } from 'react';
import styles from './empty.module.css';

/** Nothing to show, and what to do next: `command` is what to type. */
export function Empty({
  title,
  command,
  children,
}: {
  readonly title: string;
  readonly command?: string | undefined;
  readonly children?: ReactNode;
}) {
  return (
    <div className={styles.empty}>
      <p className={styles.title}>{title}</p>
      {children ? <div className={styles.text}>{children}</div> : null}
      {command === undefined ? null : <code className={styles.command}>{command}</code>}
    </div>
  );
}
