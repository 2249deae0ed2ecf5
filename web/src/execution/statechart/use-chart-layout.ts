import { useEffect, useState } from 'react';
import type { MachineChart } from '../../../../src/inspection/documents.ts';
import { layOut } from '../layout/elk.ts';
import { type ChartLayout, fromElk, strandsOf, toElk } from './chart-layout.ts';

/** By machine: they are the same for every actor. */
const known = new Map<string, ChartLayout | null>();

/** Undefined until it is laid out; null where that cannot be done. */
export function useChartLayout(chart: MachineChart): ChartLayout | null | undefined {
  const [, setLaidOut] = useState('');
  const { machine } = chart;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a chart is the same for the same machine
  useEffect(() => {
    if (known.has(machine)) return;
    let isWanted = true;
    const strands = strandsOf(chart);
    void layOut(toElk(chart, strands))
      .then((root) => fromElk(root, strands))
      // Where no worker can run, as in a file opened from disk.
      .catch(() => null)
      .then((layout) => {
        known.set(machine, layout);
        if (isWanted) setLaidOut(machine);
      });
    return () => {
      isWanted = false;
    };
  }, [machine]);
  return known.get(machine);
}
