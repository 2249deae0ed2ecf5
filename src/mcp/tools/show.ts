import { z } from 'zod';
import { executionUnknown, stepUnknown } from '../../errors.ts';
import type { Json } from '../../json.ts';
import { nearest } from '../../task/nearest.ts';
import type { McpPlace } from '../place.ts';
import { shortened } from '../shortened.ts';
import { tool } from '../tool.ts';
import { executionId, placeOf } from './words.ts';

interface ShownStep {
  readonly id: string;
}

export function showTool(place: McpPlace) {
  return tool({
    name: 'show',
    title: 'Show an execution',
    description:
      'Where one execution stands: phases and steps with status, attempts and errors, its input, outputs and use. Long texts are cut; name a `step` for all that is known of it, its output whole.',
    effect: 'look',
    input: z.strictObject({
      execution: executionId,
      step: z.string().min(1).max(128).optional().describe('Only this step, in full'),
    }),
    output: z.looseObject({ execution: z.string(), status: z.string() }),
    run: async ({ execution, step }) => {
      const report = await (await placeOf(place, execution)).report(execution);
      if (report === undefined) throw executionUnknown(execution);
      const status = String(report.status);
      if (step === undefined) return { ...(shortened(report as Json) as object), execution, status };
      const phases = report.phases as readonly {
        readonly name: string;
        readonly steps: readonly ShownStep[];
      }[];
      const steps = phases.flatMap(({ name, steps: its }) => its.map((each) => ({ phase: name, ...each })));
      const found = steps.find(({ id }) => id === step);
      if (found === undefined) {
        const ids = steps.map(({ id }) => id);
        throw stepUnknown(execution, step, nearest(step, ids));
      }
      return { execution, status, step: found };
    },
  });
}
