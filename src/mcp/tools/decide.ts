import { z } from 'zod';
import { loadFold } from '../../engine/load.ts';
import { executionUnknown } from '../../errors.ts';
import { approvalMeant, type Control, refusalOf } from '../../library/controls.ts';
import type { McpPlace } from '../place.ts';
import { tool } from '../tool.ts';
import { executionId, placeOf } from './words.ts';

/** Stands in front of every comment: whoever reads the log sees that no person typed it. */
const THROUGH_AN_AGENT = '(through an agent, troupe mcp)';

/** `approve` and `reject`. */
export function decideTool(place: McpPlace, kind: 'approve' | 'reject') {
  return tool({
    name: kind,
    title: kind === 'approve' ? 'Approve' : 'Reject',
    description: `${kind === 'approve' ? 'Says yes' : 'Says no'} to a question that an execution asks people, in the name of the person who started this server. Only when that person has told you so, about this very question: it cannot be taken back. The log says that it came through an agent.`,
    effect: 'decide',
    input: z.strictObject({
      execution: executionId,
      step: z
        .string()
        .min(1)
        .max(128)
        .optional()
        .describe('As `approvals` names it; may be left out where only one thing is asked'),
      comment: z.string().max(9_000).optional().describe('Why, for whoever reads the log'),
      subject: z
        .string()
        .max(256)
        .optional()
        .describe('Digest of what was looked at: refused when it is no longer what is asked about'),
    }),
    output: z.object({
      execution: z.string(),
      step: z.string(),
      by: z.string(),
      status: z.string(),
      isDriven: z.boolean().describe('False: it counts, and somebody has to go on with the execution'),
    }),
    run: async ({ execution, step, comment, subject }) => {
      const by = place.person();
      const access = await placeOf(place, execution);
      const fold = await loadFold(execution, access.of(execution).sources);
      if (fold === undefined) throw executionUnknown(execution);
      const asked = approvalMeant(fold, step);
      const control: Control = {
        kind,
        step: asked.step,
        by,
        comment: comment === undefined ? THROUGH_AN_AGENT : `${THROUGH_AN_AGENT} ${comment}`,
        // What is asked about now: what changes before the log has it does not get approved.
        subject: subject ?? asked.subject?.digest,
      };
      const sent = await access.send(execution, control);
      if (!sent.accepted) throw refusalOf(execution, control, sent.reason ?? 'not-accepted-now', sent.status);
      return { execution, step: asked.step, by, status: sent.status, isDriven: sent.owner !== null };
    },
  });
}
