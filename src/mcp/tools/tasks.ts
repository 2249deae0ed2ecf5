import { z } from 'zod';
import type { McpPlace } from '../place.ts';
import { tool } from '../tool.ts';
import { json } from './words.ts';

const listing = z.object({
  name: z.string(),
  version: z.string().nullable(),
  description: z.string().nullable(),
  file: z.string(),
  isValid: z.boolean(),
});

const field = z.object({
  field: z.string(),
  type: z.string(),
  required: z.boolean(),
  default: json.optional(),
  description: z.string().optional(),
  choices: z.array(json).optional(),
});

export function tasksTool(place: McpPlace) {
  return tool({
    name: 'tasks',
    title: 'List tasks',
    description:
      'Tasks that `run` can run. With `name`, one of them: the fields of its input, its phases and steps, and what is wrong with its file.',
    effect: 'look',
    input: z.strictObject({ name: z.string().min(1).max(256).optional().describe('Only this one, in full') }),
    output: z.object({
      tasks: z.array(
        listing.extend({
          input: z.array(field).optional(),
          phases: z
            .array(
              z.object({
                name: z.string(),
                dependsOn: z.array(z.string()),
                steps: z.array(z.object({ id: z.string(), kind: z.string(), agent: z.string().nullable() })),
              }),
            )
            .optional(),
          problems: z.array(z.string()).optional(),
        }),
      ),
    }),
    run: async ({ name }) => {
      if (name === undefined) return { tasks: (await place.tasks()).map(listed) };
      const page = await place.task(name);
      return {
        tasks: [
          {
            ...listed(page),
            input: page.requirements.map(({ schema: _, ...rest }) => ({
              ...rest,
              choices: rest.choices === undefined ? undefined : [...rest.choices],
            })),
            phases: page.phases.map(({ name: phase, dependsOn, steps }) => ({
              name: phase,
              dependsOn: [...dependsOn],
              steps: steps.map(({ id, kind, agent }) => ({ id, kind, agent })),
            })),
            problems: page.problems.map(({ severity, line, message }) =>
              line === null ? `${severity}: ${message}` : `${severity} in line ${line}: ${message}`,
            ),
          },
        ],
      };
    },
  });
}

function listed({
  name,
  version,
  description,
  file,
  isValid,
}: Awaited<ReturnType<McpPlace['tasks']>>[number]) {
  return { name, version, description, file, isValid };
}
