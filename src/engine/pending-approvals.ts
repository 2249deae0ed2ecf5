import type { ApprovalContext } from '../../machines/approval.ts';
import { approversOf, namesIn } from '../../machines/approval-standing.ts';
import type { Json } from '../json.ts';
import type { Fold } from './fold.ts';

/** A question that waits for a person. Instants are ms since 1970. */
export interface PendingApproval {
  readonly execution: string;
  readonly task: string;
  readonly phase: string;
  /** What `troupe approve` names. */
  readonly step: string;
  readonly question: string;
  readonly since: number;
  readonly deadline?: number | undefined;
  /** As the file and those who escalated or delegated name them; absent: anyone may decide. */
  readonly approvers?: readonly string[] | undefined;
  /** The same with groups resolved to their members. */
  readonly people?: readonly string[] | undefined;
  /** What is approved, as the owner last found it. */
  readonly subject?:
    | {
        readonly digest: string;
        readonly files?: readonly {
          readonly path: string;
          readonly digest: string;
          readonly bytes: number;
        }[];
        /** The value, or a reference to it. */
        readonly value?: Json | undefined;
      }
    | undefined;
  readonly escalated: boolean;
  /** How often a grant did not count, since what was approved had changed. */
  readonly voids: number;
  readonly reminders: number;
}

/** What the execution asks people, oldest first. Also while it is paused; nothing once it has ended. */
export function pendingApprovalsOf(fold: Fold): readonly PendingApproval[] {
  if (fold.hasEnded) return [];
  const { world } = fold;
  const pending: PendingApproval[] = [];
  for (const [step, actor] of world.steps) {
    const { value, context } = actor.getSnapshot() as { value: string; context: ApprovalContext };
    const standing = world.ledger.approvals.get(step);
    if (actor.src !== 'approval' || value !== 'pending' || standing === undefined) continue;
    const approvers = approversOf(standing);
    const { subject, voids = [], reminders = 0 } = standing;
    pending.push({
      execution: world.execution,
      task: world.definition.name,
      phase: context.phase,
      step,
      question: standing.question,
      since: standing.since,
      ...(context.dueAt === undefined ? {} : { deadline: context.dueAt }),
      ...(approvers === undefined ? {} : { approvers, people: [...namesIn(approvers, world.groups)] }),
      ...(subject === undefined ? {} : { subject: subject as PendingApproval['subject'] }),
      escalated: standing.escalated === true,
      voids: voids.length,
      reminders,
    });
  }
  return pending.sort((a, b) => a.since - b.since || (a.step < b.step ? -1 : 1));
}
