import type { AskedApproval } from '../ports/agent-request.ts';

/** What an agent returns in place of an output when people have to decide first. */
export class ApprovalRequest {
  readonly approval: AskedApproval;

  constructor(approval: AskedApproval) {
    this.approval = approval;
  }
}

/**
 * Ends the attempt with a question to people: `return askApproval({ question })`. The step is offered again when they have answered,
 * with their answer as `request.approval`. Not from a module in a worker thread.
 */
export function askApproval(approval: AskedApproval): ApprovalRequest {
  return new ApprovalRequest(approval);
}
