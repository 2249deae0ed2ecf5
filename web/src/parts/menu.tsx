import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { Button } from './button.tsx';
import { Keys } from './kbd.tsx';
import styles from './menu.module.css';

export interface MenuItem {
  readonly key: string;
  readonly title: string;
  readonly run: () => void;
  /** Why it cannot be chosen now; shown under it. */
  readonly reason?: string | undefined;
  readonly keys?: string | undefined;
  readonly isDanger?: boolean | undefined;
  /** A line above it. */
  readonly startsGroup?: boolean | undefined;
}

/** A button that opens a menu; arrows move, Escape and a click beside it close. */
export function Menu({
  label,
  children,
  items,
  look = 'plain',
}: {
  readonly label: string;
  readonly children: ReactNode;
  readonly items: readonly MenuItem[];
  readonly look?: 'plain' | 'bare' | undefined;
}) {
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => {
    if (!isOpen) return;
    list.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus();
    const close = (event: Event) => {
      if (!(event.target instanceof Node) || box.current?.contains(event.target) !== true) setOpen(false);
    };
    document.addEventListener('pointerdown', close);
    return () => document.removeEventListener('pointerdown', close);
  }, [isOpen]);
  const close = () => {
    setOpen(false);
    box.current?.querySelector('button')?.focus();
  };
  const move = (event: KeyboardEvent) => {
    const all = [...(list.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const steps: { readonly [key: string]: number } = {
      ArrowDown: (at + 1) % all.length,
      ArrowUp: (at - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    };
    const next = steps[event.key];
    if (event.key === 'Escape' || event.key === 'Tab') close();
    else if (next !== undefined) all[next]?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div ref={box} className={styles.box}>
      <Button
        look={look}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        {children}
      </Button>
      {isOpen ? (
        <div
          ref={list}
          id={id}
          className={styles.menu}
          role="menu"
          aria-label={label}
          tabIndex={-1}
          onKeyDown={move}
        >
          {items.map(({ key, title, run, reason, keys, isDanger, startsGroup }) => (
            <button
              key={key}
              type="button"
              role="menuitem"
              tabIndex={-1}
              className={styles.item}
              data-danger={isDanger || undefined}
              data-group={startsGroup || undefined}
              aria-disabled={reason !== undefined || undefined}
              onClick={() => {
                if (reason !== undefined) return;
                close();
                run();
              }}
            >
              <span className={styles.title}>
                {title}
                {keys === undefined ? null : <Keys keys={keys} />}
              </span>
              {reason === undefined ? null : <span className={styles.reason}>{reason}</span>}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}
