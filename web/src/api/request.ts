import { ApiProblem, OFFLINE, problemIn } from './problem.ts';
import { askForToken, currentToken } from './token.ts';

/** GET; throws {@link ApiProblem}. */
export async function getJson<Body>(path: string, signal?: AbortSignal): Promise<Body> {
  const response = await request(path, { signal: signal ?? null });
  return (await response.json()) as Body;
}

/** Any other method, with a JSON body; throws {@link ApiProblem}. */
export async function sendJson<Body>(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<Body> {
  const response = await request(path, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return response.status === 204 ? (undefined as Body) : ((await response.json()) as Body);
}

/** An ok response, whatever it holds, asked for with the token; throws {@link ApiProblem}. */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  const token = currentToken();
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers, cache: 'no-store' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiProblem(OFFLINE);
  }
  if (response.ok) return response;
  if (response.status === 401) askForToken();
  throw new ApiProblem(await problemIn(response));
}

/** A path with what is defined of `query`; lists are joined by commas. */
export function pathWith(
  path: string,
  query: { readonly [name: string]: string | number | boolean | readonly string[] | undefined },
): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) continue;
    params.set(name, Array.isArray(value) ? value.join(',') : String(value));
  }
  const text = params.toString();
  return text === '' ? path : `${path}?${text}`;
}
