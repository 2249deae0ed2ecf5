import { type PendingApproval, pendingApprovalsOf } from '../engine/pending-approvals.ts';
import type { HistoryEntry } from '../history/entry.ts';
import type { ServerAccess } from './access.ts';
import type { States } from './live/states.ts';

/** All that waits for a person, oldest first. */
export async function allApprovals(
  access: ServerAccess,
  states: States,
): Promise<readonly PendingApproval[]> {
  const entries = await access.history.list({ status: ['running', 'pausing', 'paused', 'rollingBack'] });
  const found = await Promise.all(entries.filter(mayAsk).map((entry) => approvalsOf(states, entry)));
  return found.flat().sort((a, b) => a.since - b.since);
}

/** What a running one waits for says whether anything is asked, without reading its log. */
function mayAsk({ status, waitsFor }: HistoryEntry): boolean {
  return status === 'pausing' || status === 'paused' || waitsFor?.startsWith('approval ') === true;
}

async function approvalsOf(states: States, { id }: HistoryEntry): Promise<readonly PendingApproval[]> {
  const fold = await states.of(id).catch(() => undefined);
  return fold === undefined ? [] : pendingApprovalsOf(fold);
}
