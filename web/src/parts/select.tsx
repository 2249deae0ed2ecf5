import type { ReactNode, SelectHTMLAttributes } from 'react';
import styles from './select.module.css';

/** A small select for tool bars, labelled for those who do not see where it stands. */
export function Select({
  label,
  children,
  ...rest
}: SelectHTMLAttributes<HTMLSelectElement> & { readonly label: string; readonly children: ReactNode }) {
  return (
    <select {...rest} className={styles.select} aria-label={label} title={label}>
      {children}
    </select>
  );
}
