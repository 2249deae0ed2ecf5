import { type KeyboardEvent, type ReactNode, useId, useRef } from 'react';
import styles from './tabs.module.css';

export interface Tab<Key extends string> {
  readonly key: Key;
  readonly title: string;
  /** A number beside the title. */
  readonly count?: number | undefined;
}

/** Tabs with the one shown panel as `children`; arrows, Home and End move between them. */
export function Tabs<Key extends string>({
  label,
  tabs,
  shown,
  onShow,
  children,
  extra,
}: {
  readonly label: string;
  readonly tabs: readonly Tab<Key>[];
  readonly shown: Key;
  readonly onShow: (key: Key) => void;
  readonly children?: ReactNode;
  /** At the end of the bar. */
  readonly extra?: ReactNode;
}) {
  const id = useId();
  const bar = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const at = tabs.findIndex(({ key }) => key === shown);
    const next = tabs[targetOf(event.key, at, tabs.length)];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    onShow(next.key);
    bar.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(next.key)}"]`)?.focus();
  };
  return (
    <>
      <div className={styles.bar}>
        <div ref={bar} className={styles.tabs} role="tablist" aria-label={label} onKeyDown={move}>
          {tabs.map(({ key, title, count }) => (
            <button
              key={key}
              type="button"
              role="tab"
              id={`${id}-${key}`}
              data-key={key}
              className={styles.tab}
              aria-selected={key === shown}
              aria-controls={key === shown && children !== undefined ? `${id}-panel` : undefined}
              tabIndex={key === shown ? 0 : -1}
              onClick={() => onShow(key)}
            >
              {title}
              {count === undefined ? null : <span className={styles.count}>{count}</span>}
            </button>
          ))}
        </div>
        {extra}
      </div>
      {children === undefined ? null : (
        <div id={`${id}-panel`} role="tabpanel" aria-labelledby={`${id}-${shown}`} className={styles.panel}>
          {children}
        </div>
      )}
    </>
  );
}

function targetOf(key: string, at: number, count: number): number {
  if (key === 'ArrowRight') return (at + 1) % count;
  if (key === 'ArrowLeft') return (at - 1 + count) % count;
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  return -1;
}
