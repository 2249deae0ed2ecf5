import { useMemo, useRef } from 'react';
import type { Lanes } from '../../../../src/inspection/documents.ts';

/**
 * In the past, the lanes that are known to come: rows then keep their places at every position, and what is still to come is a shadow.
 * `basis` says which rows there are; `rowOf` finds them in `lanes`, -1 for those that are not there yet, null when they are the same.
 */
export function useShadow(lanes: Lanes): {
  readonly shadow: Lanes | null;
  readonly basis: Lanes;
  readonly rowOf: Int32Array | null;
} {
  const newest = useRef(lanes);
  if (lanes.to >= newest.current.to || lanes.from !== newest.current.from) newest.current = lanes;
  const shadow = newest.current === lanes ? null : newest.current;
  return useMemo(() => {
    if (shadow === null) return { shadow, basis: lanes, rowOf: null };
    return { shadow, basis: shadow, rowOf: sameRows(shadow, lanes) ? null : rowsIn(lanes, shadow) };
  }, [lanes, shadow]);
}

function sameRows(one: Lanes, other: Lanes): boolean {
  const { length } = one.ids;
  return length === other.ids.length && one.ids[length - 1] === other.ids[length - 1];
}

function rowsIn(lanes: Lanes, basis: Lanes): Int32Array {
  const rows = new Map(lanes.ids.map((id, row) => [id, row]));
  return Int32Array.from(basis.ids, (id) => rows.get(id) ?? -1);
}
