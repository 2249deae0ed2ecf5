import {
  buildSchema,
  type DocumentNode,
  execute,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLScalarType,
  parse,
  validate,
} from 'graphql';
import { parseIsoTime } from '../../iso-time.ts';
import { problemOf } from '../problem.ts';
import type { NodeServices } from './execution-node.ts';
import { excessOf } from './limits.ts';
import { queryFields } from './resolvers.ts';
import { SDL } from './sdl.ts';

export interface GraphqlRequest {
  readonly query: string;
  readonly variables?: { readonly [name: string]: unknown } | null | undefined;
  readonly operationName?: string | null | undefined;
}

export interface GraphqlAnswer {
  readonly data?: unknown;
  readonly errors?: readonly GraphQLFormattedError[];
}

/** Of the text; a question in a few hundred words needs no more. */
const MOST_TOKENS = 2_000;

const schema = createSchema();

/** Answers a question. One that cannot be understood, or would cost too much, has no `data`: nothing of it was looked up. */
export async function answer(services: NodeServices, request: GraphqlRequest): Promise<GraphqlAnswer> {
  const { query, operationName } = request;
  const variables = request.variables ?? {};
  let document: DocumentNode;
  try {
    document = parse(query, { maxTokens: MOST_TOKENS });
  } catch (error) {
    return refused(error instanceof GraphQLError ? [error] : [new GraphQLError(String(error))]);
  }
  const invalid = validate(schema, document);
  if (invalid.length > 0) return refused(invalid);
  const excess = excessOf(document, variables);
  if (excess !== undefined) return refused([excess]);
  const result = await execute({
    schema,
    document,
    rootValue: queryFields(services),
    variableValues: { ...variables },
    ...(operationName === undefined || operationName === null ? {} : { operationName }),
  });
  const { data, errors } = result;
  const told = errors?.map((error) => toldError(error, services));
  return { ...(data === undefined ? {} : { data }), ...(told === undefined ? {} : { errors: told }) };
}

function refused(errors: readonly GraphQLError[]): GraphqlAnswer {
  return {
    errors: errors.map((error) => {
      const { extensions, ...rest } = error.toJSON();
      return { ...rest, extensions: { code: 'REQUEST_INVALID', ...extensions } };
    }),
  };
}

/** With the code of the catalogue; what it does not know is told to the operator alone. */
function toldError(error: GraphQLError, { access }: NodeServices): GraphQLFormattedError {
  const { message, ...rest } = error.toJSON();
  const thrown = error.originalError;
  if (thrown === undefined || thrown === null)
    return { message, ...rest, extensions: { code: 'REQUEST_INVALID' } };
  const { detail, code, hint } = problemOf(thrown, access.logger);
  return { ...rest, message: detail, extensions: { code, ...(hint === undefined ? {} : { hint }) } };
}

function createSchema() {
  const built = buildSchema(SDL);
  const instant = built.getType('DateTime') as GraphQLScalarType<number, string>;
  // Under both its names, of graphql 16 and 17.
  instant.parseValue = readInstant;
  instant.coerceInputValue = readInstant;
  return built;
}

/** An ISO 8601 time, or ms since 1970, as ms. */
function readInstant(value: unknown): number {
  const at = typeof value === 'number' ? value : typeof value === 'string' ? parseIsoTime(value) : Number.NaN;
  if (Number.isFinite(at)) return at;
  throw new GraphQLError('A DateTime is an ISO 8601 time, or ms since 1970.', {
    extensions: { code: 'REQUEST_INVALID' },
  });
}
