import { z } from 'zod';
import { taskRules } from '../../engine/rules.ts';
import { executionUnknown } from '../../errors.ts';
import { logPageOf } from '../../inspection/log-rows.ts';
import { Reading } from '../../inspection/reading.ts';
import { isoTime } from '../../iso-time.ts';
import { viewSourceOf } from '../../server/view-source.ts';
import type { McpPlace } from '../place.ts';
import { tool } from '../tool.ts';
import { executionId, placeOf } from './words.ts';

const row = z.object({
  position: z.number(),
  at: z.string(),
  type: z.string(),
  step: z.string().nullable(),
  attempt: z.number().nullable(),
  text: z.string(),
  refusal: z.string().nullable().describe('Why it changed nothing'),
});

export function eventsTool(place: McpPlace) {
  return tool({
    name: 'events',
    title: 'What happened',
    description:
      'The log of an execution, record by record in a few words each: the newest of those that match, or from `offset` on. For what an attempt did, why it failed, who decided what and when.',
    effect: 'look',
    input: z.strictObject({
      execution: executionId,
      step: z.string().min(1).max(128).optional(),
      types: z.array(z.string().max(64)).max(20).optional().describe('Such as step.failed, approval.granted'),
      text: z.string().max(256).optional().describe('Only rows with this in them'),
      offset: z.int().min(0).optional().describe('From the oldest match on; absent: the newest'),
      limit: z.int().min(1).max(500).default(50),
    }),
    output: z.object({ total: z.number(), offset: z.number(), rows: z.array(row) }),
    run: async ({ execution, step, types, text, offset, limit }) => {
      const access = await placeOf(place, execution);
      const at = access.of(execution);
      const source = await viewSourceOf(execution, at);
      if (source === undefined) throw executionUnknown(execution);
      const reading = new Reading(source, taskRules);
      reading.append(await at.log.read(execution));
      const filter = { step, types, text };
      const upTo = reading.count;
      const { total } = logPageOf(reading, { filter, offset: 0, limit: 0, upTo });
      const from = offset ?? Math.max(0, total - limit);
      const { rows } = logPageOf(reading, { filter, offset: from, limit, upTo });
      return {
        total,
        offset: from,
        rows: rows.map(({ position, at: when, type, step: run, attempt, text: words, refusal }) => ({
          position,
          at: isoTime(when),
          type,
          step: run,
          attempt,
          text: words,
          refusal,
        })),
      };
    },
  });
}
