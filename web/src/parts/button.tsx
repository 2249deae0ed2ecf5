import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { Link } from 'wouter';
import styles from './button.module.css';

type Look = 'plain' | 'primary' | 'danger' | 'bare';

/** `reason`: why it cannot be pressed now. It stays reachable, so that the reason can be read. */
export function Button({
  look = 'plain',
  reason,
  isBusy = false,
  className,
  onClick,
  ...rest
}: Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'disabled'> & {
  readonly look?: Look | undefined;
  readonly reason?: string | undefined;
  readonly isBusy?: boolean | undefined;
}) {
  const isOff = reason !== undefined || isBusy;
  return (
    <button
      type="button"
      {...rest}
      className={[styles.button, className].filter(Boolean).join(' ')}
      data-look={look}
      data-busy={isBusy || undefined}
      aria-disabled={isOff || undefined}
      title={reason ?? rest.title}
      onClick={(event) => {
        if (isOff) event.preventDefault();
        else onClick?.(event);
      }}
    />
  );
}

/** A link that looks like a button. */
export function ButtonLink({
  href,
  look = 'plain',
  children,
}: {
  readonly href: string;
  readonly look?: Look | undefined;
  readonly children: ReactNode;
}) {
  return (
    <Link href={href} className={styles.button} data-look={look}>
      {children}
    </Link>
  );
}
