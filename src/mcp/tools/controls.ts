import { z } from 'zod';
import type { Json } from '../../json.ts';
import { type Control, refusalOf } from '../../library/controls.ts';
import type { McpPlace } from '../place.ts';
import { tool } from '../tool.ts';
import { executionId, json, placeOf } from './words.ts';

const output = z.object({
  execution: z.string(),
  status: z.string(),
  isDriven: z.boolean().describe('False: no living process drives it, and so acts on it'),
});

const reason = z.string().max(2_000).optional().describe('Why, for whoever looks at it');

/** Throws what the control is refused with. */
async function ask(place: McpPlace, execution: string, control: Control) {
  const {
    accepted,
    reason: why,
    status,
    owner,
  } = await (await placeOf(place, execution)).send(execution, control);
  if (!accepted) throw refusalOf(execution, control, why ?? 'not-accepted-now', status);
  return { execution, status, isDriven: owner !== null };
}

export function pauseTool(place: McpPlace) {
  return tool({
    name: 'pause',
    title: 'Pause an execution',
    description: 'Lets attempts at work end, then holds the execution. `resume` goes on.',
    effect: 'act',
    input: z.strictObject({ execution: executionId, reason }),
    output,
    run: ({ execution, reason: why }) => ask(place, execution, { kind: 'pause', reason: why }),
  });
}

export function resumeTool(place: McpPlace) {
  return tool({
    name: 'resume',
    title: 'Resume an execution',
    description: 'Goes on with an execution that is paused.',
    effect: 'act',
    input: z.strictObject({ execution: executionId }),
    output,
    run: ({ execution }) => ask(place, execution, { kind: 'resume' }),
  });
}

export function abortTool(place: McpPlace) {
  return tool({
    name: 'abort',
    title: 'Abort an execution',
    description:
      'Ends an execution for good; its agents are stopped. With `rollback`, what it did is undone first, as far as its steps say how.',
    effect: 'decide',
    input: z.strictObject({ execution: executionId, reason, rollback: z.boolean().default(false) }),
    output,
    run: ({ execution, reason: why, rollback }) => {
      const by = place.person();
      return ask(place, execution, { kind: 'abort', reason: why, by, ...(rollback ? { rollback } : {}) });
    },
  });
}

export function signalTool(place: McpPlace) {
  return tool({
    name: 'signal',
    title: 'Send a signal',
    description:
      'Sends an execution what a `wait` step waits for (`why` names it), with a payload that fits the step. One that nothing waits for yet is kept.',
    effect: 'act',
    input: z.strictObject({
      execution: executionId,
      name: z.string().min(1).max(256),
      payload: json.optional().describe('Any JSON; null when left out'),
    }),
    output,
    run: ({ execution, name, payload }) =>
      ask(place, execution, { kind: 'signal', name, payload: (payload ?? null) as Json }),
  });
}
