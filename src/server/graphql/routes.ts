import { createRoute, z } from '@hono/zod-openapi';
import { requestInvalid } from '../../errors.ts';
import { createRoutes, type Routes } from '../routes/route.ts';
import { problems } from '../schemas/common.ts';
import type { GraphqlAnswer, GraphqlRequest } from './answer.ts';
import { SDL } from './sdl.ts';

const MEDIA_TYPE = 'application/graphql-response+json';

const answerSchema = z
  .object({
    data: z.unknown().optional(),
    errors: z
      .array(
        z.looseObject({ message: z.string(), extensions: z.looseObject({ code: z.string() }).optional() }),
      )
      .optional(),
  })
  .openapi('GraphqlAnswer');

const answers = {
  200: { description: 'What was asked for', content: { [MEDIA_TYPE]: { schema: answerSchema } } },
  400: {
    description: 'It is no question, or too large a one',
    content: { [MEDIA_TYPE]: { schema: answerSchema } },
  },
  ...problems,
} as const;

const text = z.string().min(1).max(100_000);

const asked = createRoute({
  method: 'get',
  path: '/graphql',
  tags: ['graphql'],
  summary: 'A question in the query string',
  request: {
    query: z.object({
      query: text,
      variables: z.string().max(100_000).optional().openapi({ description: 'A JSON object' }),
      operationName: z.string().max(256).optional(),
    }),
  },
  responses: answers,
});

const posted = createRoute({
  method: 'post',
  path: '/graphql',
  tags: ['graphql'],
  summary: 'A question in the body; it changes nothing, and needs the token as all that is posted does',
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.object({
            query: text,
            variables: z.record(z.string(), z.unknown()).nullish(),
            operationName: z.string().max(256).nullish(),
          }),
        },
      },
    },
  },
  responses: answers,
});

const printed = createRoute({
  method: 'get',
  path: '/graphql/schema',
  tags: ['graphql'],
  summary: 'The schema, in GraphQL’s own language',
  responses: { 200: { description: 'SDL', content: { 'text/plain': { schema: z.string() } } }, ...problems },
});

export const graphqlRoutes: Routes = (services) => {
  // The language is loaded by the first who speaks it.
  // Both its answers are of the one schema, whatever the status.
  const ask = async (request: GraphqlRequest): Promise<never> =>
    respond(await (await import('./answer.ts')).answer(services, request)) as never;
  return createRoutes()
    .openapi(asked, (c) => {
      const { query, variables, operationName } = c.req.valid('query');
      return ask({ query, variables: variablesIn(variables), operationName });
    })
    .openapi(posted, (c) => ask(c.req.valid('json')))
    .openapi(printed, (c) => c.text(SDL, 200));
};

function variablesIn(text: string | undefined): { readonly [name: string]: unknown } | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    const variables: unknown = JSON.parse(text);
    if (typeof variables === 'object' && variables !== null && !Array.isArray(variables))
      return variables as { [name: string]: unknown };
  } catch {
    // Told below, as what is JSON and no object is.
  }
  throw requestInvalid('variables is no JSON object');
}

function respond(answer: GraphqlAnswer): Response {
  const status = 'data' in answer ? 200 : 400;
  const headers = { 'content-type': `${MEDIA_TYPE}; charset=utf-8`, 'cache-control': 'no-store' };
  return new Response(JSON.stringify(answer), { status, headers });
}
