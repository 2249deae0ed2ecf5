import { z } from 'zod';
import { isoTime } from '../../iso-time.ts';
import { allApprovals } from '../../server/approvals.ts';
import { States } from '../../server/live/states.ts';
import type { McpPlace } from '../place.ts';
import { tool } from '../tool.ts';
import { json } from './words.ts';

const pending = z.object({
  execution: z.string(),
  task: z.string(),
  step: z.string(),
  question: z.string(),
  since: z.string(),
  deadline: z.string().nullable(),
  approvers: z.array(z.string()).nullable().describe('Null: anyone may decide'),
  mayDecide: z.boolean().describe('Whether the person in whose name this server speaks may'),
  subject: json.describe('What is approved: files with digests, or a value. Null: nothing in particular'),
});

export function approvalsTool(place: McpPlace) {
  return tool({
    name: 'approvals',
    title: 'What waits for a person',
    description:
      'Questions that executions ask people, the oldest first. Ask the person you work for before you answer one with `approve` or `reject`.',
    effect: 'look',
    input: z.strictObject({}),
    output: z.object({ by: z.string(), approvals: z.array(pending) }),
    run: async () => {
      const by = place.person();
      const access = await place.look();
      if (access === undefined) return { by, approvals: [] };
      const found = await allApprovals(access, new States(access));
      return {
        by,
        approvals: found.map(
          ({ execution, task, step, question, since, deadline, approvers, people, subject }) => ({
            execution,
            task,
            step,
            question,
            since: isoTime(since),
            deadline: deadline === undefined ? null : isoTime(deadline),
            approvers: approvers === undefined ? null : [...approvers],
            mayDecide: people?.includes(by) !== false,
            subject: subject ?? null,
          }),
        ),
      };
    },
  });
}
