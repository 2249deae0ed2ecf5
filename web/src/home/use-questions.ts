import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { approvalsQuery } from '../api/queries.ts';
import type { PendingApproval } from '../api/types.ts';

/** A question as the list shows it: one that was decided meanwhile keeps its place until the list is read again. */
export interface ShownQuestion {
  readonly approval: PendingApproval;
  readonly isDecided: boolean;
}

/** Questions that stood when the list was read; what came since is only counted, so that nothing jumps. */
export function useQuestions(): {
  readonly shown: readonly ShownQuestion[];
  readonly newCount: number;
  refresh(): void;
} {
  const { data } = useQuery(approvalsQuery);
  const [kept, setKept] = useState<readonly PendingApproval[] | undefined>();
  if (kept === undefined && data !== undefined) setKept(data);
  const open = new Set(data?.map(keyOf));
  const known = new Set(kept?.map(keyOf));
  return {
    shown:
      kept?.map((approval) => ({ approval, isDecided: data !== undefined && !open.has(keyOf(approval)) })) ??
      [],
    newCount: data?.filter((approval) => !known.has(keyOf(approval))).length ?? 0,
    refresh: () => setKept(data),
  };
}

export function keyOf({ execution, step }: Pick<PendingApproval, 'execution' | 'step'>): string {
  return `${execution} ${step}`;
}
