import type { PendingApproval } from '../../engine/pending-approvals.ts';
import { isoTime } from '../../iso-time.ts';

export function approvalNode({ since, deadline, approvers, subject, ...rest }: PendingApproval) {
  return {
    ...rest,
    since: isoTime(since),
    deadline: deadline === undefined ? null : isoTime(deadline),
    approvers: approvers ?? null,
    subject: subject ?? null,
  };
}
