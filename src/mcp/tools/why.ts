import { z } from 'zod';
import { loadFold } from '../../engine/load.ts';
import { executionUnknown } from '../../errors.ts';
import { possibleControls } from '../../inspection/possible.ts';
import { whyOf } from '../../inspection/why.ts';
import { isoTime } from '../../iso-time.ts';
import { surroundingsOf } from '../../server/live/shared.ts';
import type { McpPlace } from '../place.ts';
import { tool } from '../tool.ts';
import { executionId, placeOf } from './words.ts';

const reason = z.object({
  text: z.string(),
  who: z.array(z.string()).describe('Who could move it on, or the command that would'),
  since: z.string().nullable(),
  until: z.string().nullable(),
  otherwise: z.string().nullable().describe('What happens at `until`'),
  isAlarming: z.boolean().describe('A person should look at it'),
  step: z.string().nullable(),
});

export function whyTool(place: McpPlace) {
  return tool({
    name: 'why',
    title: 'Why it is where it is',
    description:
      'Why an execution that has not ended does not move, in plain words: what it waits for, who could send that, since when, what happens next by itself; or that nothing can move it any more.',
    effect: 'look',
    input: z.strictObject({ execution: executionId }),
    output: z.object({
      execution: z.string(),
      status: z.string(),
      kind: z.enum(['moving', 'person', 'waiting', 'held', 'dead', 'nobody']),
      headline: z.string(),
      reasons: z.array(reason),
      next: z.array(z.object({ at: z.string(), what: z.string() })),
      possible: z.array(z.string()).describe('Controls that it would take now'),
    }),
    run: async ({ execution }) => {
      const access = await placeOf(place, execution);
      const fold = access.present(execution) ?? (await loadFold(execution, access.of(execution).sources));
      if (fold === undefined) throw executionUnknown(execution);
      const surroundings = await surroundingsOf(access, execution);
      const { kind, headline, reasons, next } = whyOf(fold, { now: access.clock.now(), surroundings });
      return {
        execution,
        status: fold.status,
        kind,
        headline,
        reasons: reasons.map(({ since, until, who, ...rest }) => ({
          ...rest,
          who: [...who],
          since: since === null ? null : isoTime(since),
          until: until === null ? null : isoTime(until),
        })),
        next: next.map(({ at, what }) => ({ at: isoTime(at), what })),
        possible: [...possibleControls(fold)],
      };
    },
  });
}
