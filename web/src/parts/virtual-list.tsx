import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, type Ref, useImperativeHandle, useRef } from 'react';
import styles from './virtual-list.module.css';

export interface VirtualListHandle {
  scrollTo(index: number): void;
}

/**
 * A list of which only the visible rows exist; it fills the height that it is given and scrolls by itself. `rowHeight` is in px and, where
 * rows differ, a guess that is measured.
 */
export function VirtualList({
  count,
  rowHeight,
  keyOf,
  row,
  label,
  isMeasured = false,
  onShown,
  ref,
  overscan = 12,
}: {
  readonly count: number;
  readonly rowHeight: number;
  readonly keyOf: (index: number) => string | number;
  readonly row: (index: number) => ReactNode;
  readonly label: string;
  readonly isMeasured?: boolean | undefined;
  readonly onShown?: ((first: number, last: number) => void) | undefined;
  readonly ref?: Ref<VirtualListHandle> | undefined;
  readonly overscan?: number | undefined;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: keyOf,
    overscan,
    onChange: ({ range }) => {
      if (range !== null) onShown?.(range.startIndex, range.endIndex);
    },
  });
  useImperativeHandle(ref, () => ({
    scrollTo: (index) => virtualizer.scrollToIndex(index, { align: 'auto' }),
  }));
  return (
    <div ref={scroller} className={styles.scroller}>
      <ul className={styles.list} aria-label={label} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, key, start }) => (
          <li
            key={key}
            ref={isMeasured ? virtualizer.measureElement : undefined}
            data-index={index}
            className={styles.row}
            style={{ transform: `translateY(${start}px)`, ...(isMeasured ? {} : { height: rowHeight }) }}
            aria-setsize={count}
            aria-posinset={index + 1}
          >
            {row(index)}
          </li>
        ))}
      </ul>
    </div>
  );
}
