import { z } from 'zod';
import type { McpPlace } from '../place.ts';
import { tool } from '../tool.ts';
import { untilStill } from '../until-still.ts';
import { json } from './words.ts';

const MOST_WAIT_S = 600;

export function runTool(place: McpPlace) {
  return tool({
    name: 'run',
    title: 'Run a task',
    description:
      'Starts an execution of a task and gives its id. `tasks` with a name says which fields the input has. It goes on by itself, also when you ask for nothing more; with `waitSeconds` this waits that long for it to end, or to need a person. The same `id` with the same input never runs twice.',
    effect: 'act',
    input: z.strictObject({
      task: z.string().min(1).max(1024).describe('Name of the task, or path of its file'),
      input: z.record(z.string(), json).default({}).describe('Fields of the input'),
      id: z
        .string()
        .regex(/^[A-Za-z0-9_-]{1,64}$/, 'is 1 to 64 letters, digits, "_" and "-"')
        .optional()
        .describe('Of the execution; to start it only once, whatever happens'),
      waitSeconds: z.int().min(0).max(MOST_WAIT_S).default(0),
    }),
    output: z.object({
      execution: z.string(),
      isNew: z.boolean().describe('False: it was there already'),
      status: z.string(),
      outputs: z.record(z.string(), json).optional().describe('Once it has completed'),
      error: z.string().nullable().optional(),
      waitsFor: z.string().nullable().describe('What it waits for now, in words'),
      isDriven: z.boolean().nullable(),
      note: z.string().optional(),
    }),
    run: async ({ task, input, id, waitSeconds }, signal) => {
      const access = await place.make();
      const { execution, isNew } = await access.start({ task, input, id });
      const { status, waitsFor, hasEnded, error, outputs } = await untilStill(access, execution, {
        ms: waitSeconds * 1000,
        signal,
      });
      const isDriven = hasEnded ? null : !(await access.undriven([execution])).has(execution);
      return {
        execution,
        isNew,
        status,
        ...(status === 'completed' ? { outputs } : {}),
        ...(error === undefined ? {} : { error }),
        waitsFor,
        isDriven,
        ...(isDriven === false ? { note: nobodyDrives(access.about.place) } : {}),
      };
    },
  });
}

function nobodyDrives(place: 'folder' | 'nats'): string {
  return place === 'nats'
    ? 'No orchestrator drives it yet: somebody has to start `troupe up` on this namespace, and `troupe agent`.'
    : 'It is recorded, and no living process drives it: somebody has to start `troupe up` in this project, or this server with --drive.';
}
