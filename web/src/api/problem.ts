/** What went wrong, as `application/problem+json` says it, or as the page found it. */
export interface ProblemDetails {
  readonly title: string;
  readonly detail: string;
  /** Of the catalogue; `OFFLINE` when no server answered. */
  readonly code: string;
  readonly hint?: string | undefined;
  /** Fields or lines that are wrong. */
  readonly where?: readonly Place[] | undefined;
  /** HTTP status; 0 when no server answered. */
  readonly status: number;
}

export interface Place {
  readonly field?: string | undefined;
  readonly line?: number | undefined;
  readonly message: string;
}

export class ApiProblem extends Error {
  readonly details: ProblemDetails;

  constructor(details: ProblemDetails) {
    super(details.detail);
    this.name = 'ApiProblem';
    this.details = details;
  }
}

/** Anything that was thrown, as a problem that can be shown. */
export function problemOf(thrown: unknown): ProblemDetails {
  if (thrown instanceof ApiProblem) return thrown.details;
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return { title: 'Something in the page went wrong', detail, code: 'PAGE', status: 0 };
}

/** The problem in a response that is not ok. */
export async function problemIn(response: Response): Promise<ProblemDetails> {
  const body: unknown = await response.json().catch(() => undefined);
  const given =
    typeof body === 'object' && body !== null ? (body as { readonly [key: string]: unknown }) : {};
  const title = textOf(given.title) ?? response.statusText ?? 'The server refused';
  return {
    title,
    detail: textOf(given.detail) ?? title,
    code: textOf(given.code) ?? `HTTP_${response.status}`,
    hint: textOf(given.hint),
    where: whereOf(given.where),
    status: response.status,
  };
}

export const OFFLINE: ProblemDetails = {
  title: 'No server answers',
  detail: 'The server that this page came from does not answer.',
  code: 'OFFLINE',
  hint: 'Start it again with `troupe up`; the page goes on by itself.',
  status: 0,
};

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function whereOf(value: unknown): readonly Place[] | undefined {
  return Array.isArray(value) && value.length > 0 ? (value as readonly Place[]) : undefined;
}
