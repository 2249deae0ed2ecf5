import { createRoute, z } from '@hono/zod-openapi';
import { executionUnknown } from '../../errors.ts';
import { readStory } from '../../history/story.ts';
import { provenanceOf } from '../../provenance/graph.ts';
import { provenanceMermaid } from '../../provenance/mermaid.ts';
import { provJson } from '../../provenance/prov-json.ts';
import { executionParam, problems } from '../schemas/common.ts';
import { createRoutes, type Routes } from './route.ts';

const provenanceSchema = z
  .object({
    execution: z.string(),
    task: z.object({ name: z.string(), version: z.string() }),
    entities: z.array(
      z.looseObject({
        id: z.string(),
        kind: z.enum(['input', 'output', 'artifact', 'outputs']),
        name: z.string(),
        digest: z.string(),
        bytes: z.int(),
        at: z.number(),
      }),
    ),
    activities: z.array(
      z.looseObject({
        id: z.string(),
        phase: z.string(),
        kind: z.string(),
        attempt: z.int(),
        status: z.string(),
        startedAt: z.number(),
        endedAt: z.number(),
        used: z.array(z.string()),
        generated: z.array(z.string()),
      }),
    ),
    outputsFrom: z.array(z.string()).optional(),
  })
  .openapi('Provenance');

const getProvenance = createRoute({
  method: 'get',
  path: '/api/executions/{id}/provenance',
  tags: ['executions'],
  summary: 'What came of what: artifacts in and out of every step',
  request: {
    params: executionParam,
    query: z.object({
      format: z
        .enum(['prov', 'mermaid'])
        .optional()
        .openapi({ description: '`prov`: as W3C PROV-JSON; `mermaid`: as a flowchart' }),
    }),
  },
  responses: {
    200: {
      description: 'The graph',
      content: {
        'application/json': { schema: z.union([provenanceSchema, z.looseObject({ prefix: z.unknown() })]) },
        'text/plain': { schema: z.string() },
      },
    },
    ...problems,
  },
});

export const provenanceRoutes: Routes = ({ access }) =>
  createRoutes().openapi(getProvenance, async (c) => {
    const { id } = c.req.valid('param');
    const { format } = c.req.valid('query');
    const story = await readStory(id, access.of(id).sources);
    if (story === undefined) throw executionUnknown(id);
    const graph = provenanceOf(story);
    if (format === 'mermaid') return c.text(provenanceMermaid(graph), 200);
    if (format === 'prov') return c.json(provJson(graph) as { prefix: unknown }, 200);
    return c.json(graph as unknown as z.infer<typeof provenanceSchema>, 200);
  });
