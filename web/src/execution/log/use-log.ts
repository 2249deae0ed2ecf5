import { useRef, useState } from 'react';
import type { LogFilter, LogRow } from '../../../../src/inspection/documents.ts';
import { useAnswer } from '../execution-context.ts';

/** Rows that are asked for at a time; two neighbouring halves of it are always there around what is in sight. */
const PAGE = 400;

export interface LogRows {
  /** Undefined until the first answer. */
  readonly total: number | undefined;
  /** Undefined while it is on its way. */
  readonly row: (place: number) => LogRow | undefined;
  readonly onShown: (first: number, last: number) => void;
}

/** The log as far as the position, of which only the part in sight is asked for. What was seen is kept: a log does not change. */
export function useLog(filter: LogFilter): LogRows {
  const key = JSON.stringify(filter);
  const kept = useRef({ key, rows: new Map<number, LogRow>(), total: undefined as number | undefined });
  if (kept.current.key !== key) kept.current = { key, rows: new Map(), total: undefined };
  const [offset, setOffset] = useState(0);
  const page = useAnswer({ ask: 'log', filter, offset, limit: PAGE });
  if (page !== undefined) {
    kept.current.total = page.total;
    for (const [place, row] of page.rows.entries()) kept.current.rows.set(page.offset + place, row);
  }
  const { rows, total } = kept.current;
  return {
    total,
    row: (place) => (total !== undefined && place < total ? rows.get(place) : undefined),
    onShown: (first, last) => {
      const middle = (first + last) / 2;
      setOffset(Math.max(0, (Math.round(middle / (PAGE / 2)) - 1) * (PAGE / 2)));
    },
  };
}
