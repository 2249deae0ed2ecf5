import { useEffect, useMemo, useState } from 'react';
import { layOut } from '../layout/elk.ts';
import {
  type Arrangement,
  arrangeSimply,
  fromElk,
  isPlain,
  type Outline,
  shapeOf,
  toElk,
  withNewSteps,
} from './arrangement.ts';

/** By shape: whoever comes back finds everything where it was. */
const known = new Map<string, Arrangement>();

/** Undefined until it is laid out the first time; then the last one until the next is there. */
export function useArrangement(outline: Outline | undefined): Arrangement | undefined {
  const shape = useMemo(() => (outline === undefined ? undefined : shapeOf(outline)), [outline]);
  const [arranged, setArranged] = useState<{ readonly shape: string; readonly arrangement: Arrangement }>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: laid out once per shape; steps that come later are added below
  useEffect(() => {
    if (outline === undefined || shape === undefined || known.has(shape)) return;
    if (isPlain(outline)) {
      known.set(shape, arrangeSimply(outline));
      setArranged({ shape, arrangement: known.get(shape) as Arrangement });
      return;
    }
    let isWanted = true;
    void layOut(toElk(outline))
      .then((root) => fromElk(outline, root))
      // Where no worker can run, as in a file opened from disk.
      .catch(() => arrangeSimply(outline))
      .then((arrangement) => {
        known.set(shape, arrangement);
        if (isWanted) setArranged({ shape, arrangement });
      });
    return () => {
      isWanted = false;
    };
  }, [shape]);
  const base = (shape === undefined ? undefined : known.get(shape)) ?? arranged?.arrangement;
  return useMemo(() => {
    if (base === undefined || outline === undefined) return base;
    const grown = withNewSteps(base, outline);
    if (shape !== undefined && known.has(shape)) known.set(shape, grown);
    return grown;
  }, [base, outline, shape]);
}
