import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { TroupeError } from '../errors.ts';
import type { ServerLogger } from './access.ts';
import type { ProblemDetails } from './schemas/problem.ts';

/** Each code of the catalogue that a request can meet, with the status that says whose fault it is. The rest are 500. */
const STATUS: { readonly [code: string]: ProblemStatus } = {
  REQUEST_INVALID: 400,
  USAGE: 400,
  EXECUTION_ID_INVALID: 400,
  TOKEN_REFUSED: 401,
  HOST_REFUSED: 403,
  ORIGIN_REFUSED: 403,
  NOT_ENTITLED: 403,
  ROUTE_UNKNOWN: 404,
  EXECUTION_UNKNOWN: 404,
  TASK_UNKNOWN: 404,
  AGENT_UNKNOWN: 404,
  STEP_UNKNOWN: 404,
  PHASE_UNKNOWN: 404,
  CHECKPOINT_UNKNOWN: 404,
  ARTIFACT_MISSING: 404,
  SIMULATION_UNKNOWN: 404,
  METHOD_REFUSED: 405,
  EXECUTION_EXISTS: 409,
  NOT_POSSIBLE_NOW: 409,
  RERUN_NOT_POSSIBLE: 409,
  NOT_UNDOABLE: 409,
  ROLLBACK_UNFINISHED: 409,
  NOTHING_TO_APPROVE: 409,
  APPROVAL_AMBIGUOUS: 409,
  SUBJECT_CHANGED: 409,
  DECISION_REFUSED: 409,
  STEP_NOT_LIVE: 409,
  BALLOT_REFUSED: 409,
  NOT_THE_OWNER: 409,
  EXECUTION_MOVED_ON: 409,
  FORK_IMPOSSIBLE: 409,
  BODY_TOO_LARGE: 413,
  INPUT_INVALID: 422,
  SIGNAL_MISFIT: 422,
  OUTPUT_MISFIT: 422,
  DEFINITION_INVALID: 422,
  AGENT_FILE_INVALID: 422,
  GROUP_UNKNOWN: 422,
  SCHEMA_INVALID: 422,
  AGENT_SCRIPTS_INVALID: 422,
  MESSAGE_TOO_LARGE: 413,
  VIEWER_NOT_BUILT: 503,
  STORAGE_BUSY: 503,
  STORAGE_CLOSED: 503,
  NATS_UNREACHABLE: 503,
  NATS_NOT_ANSWERED: 503,
  NATS_REFUSED: 503,
  SIMULATIONS_BUSY: 503,
  STORAGE_FULL: 507,
};

type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 422 | 500 | 503 | 507;

/** What went wrong as RFC 9457 says it. What the catalogue does not know is told to the operator, not to the caller. */
export function problemOf(thrown: unknown, logger: ServerLogger): ProblemDetails {
  if (thrown instanceof HTTPException && thrown.status < 500) {
    return problem('REQUEST_INVALID', 400, thrown.message || 'The request cannot be read.');
  }
  if (thrown instanceof TroupeError && thrown.code !== 'UNEXPECTED') {
    const status = STATUS[thrown.code] ?? (thrown.retryable ? 503 : 500);
    if (status >= 500) logger.warn({ err: thrown, code: thrown.code }, 'a request failed');
    return problem(thrown.code, status, thrown.message, HINTS[thrown.code] ?? thrown.hint, whereOf(thrown));
  }
  logger.error({ err: thrown }, 'a request failed unexpectedly');
  const hint = 'What happened is in the log of the process that serves this.';
  return problem('UNEXPECTED', 500, 'Something went wrong inside Troupe.', hint);
}

/** Where the catalogue speaks of options of the command line. */
const HINTS: { readonly [code: string]: string } = {
  INPUT_INVALID: 'Give each field in `input`; /api/tasks/NAME says which there are.',
};

/** The answer that says so. */
export function problemResponse(c: Context, thrown: unknown, logger: ServerLogger): Response {
  const details = problemOf(thrown, logger);
  c.header('content-type', 'application/problem+json');
  c.header('cache-control', 'no-store');
  if (details.status === 401) c.header('www-authenticate', 'Bearer realm="troupe"');
  return c.body(JSON.stringify(details), details.status as ProblemStatus);
}

function problem(
  code: string,
  status: ProblemStatus,
  detail: string,
  hint?: string | undefined,
  where?: ProblemDetails['where'],
): ProblemDetails {
  return {
    type: `urn:troupe:error:${code.toLowerCase().replaceAll('_', '-')}`,
    title: TITLES[status],
    status,
    detail,
    code,
    ...(hint === undefined ? {} : { hint }),
    ...(where === undefined || where.length === 0 ? {} : { where }),
  };
}

const TITLES: { readonly [status in ProblemStatus]: string } = {
  400: 'The request is not valid',
  401: 'A token is needed',
  403: 'That is not allowed',
  404: 'There is no such thing',
  405: 'That method is not known here',
  409: 'It does not fit how things stand',
  413: 'That is too large',
  422: 'What was sent does not fit',
  500: 'Something went wrong',
  503: 'Not available now',
  507: 'There is no room left',
};

/** Fields of an input that do not fit; places in a task file. */
function whereOf(error: TroupeError): ProblemDetails['where'] {
  const { problems, diagnostics } = error as {
    readonly problems?: readonly { readonly field: string; readonly message: string }[];
    readonly diagnostics?: readonly { readonly message: string; readonly line?: number }[];
  };
  if (problems !== undefined) return problems.map(({ field, message }) => ({ field, message }));
  return diagnostics?.map(({ message, line }) => ({ message, ...(line === undefined ? {} : { line }) }));
}
