import { useSyncExternalStore } from 'react';

/**
 * The token that changes need. The start-up link carries it behind `#token=`; the page keeps it for the tab and takes it out of the
 * address, so that it is in no history and no copied link.
 */

const KEY = 'troupe.token';
const listeners = new Set<() => void>();
let token: string | undefined;
let isAsked = false;

/** Once, before anything is fetched. */
export function takeTokenFromAddress(): void {
  const params = new URLSearchParams(location.hash.slice(1));
  const given = params.get('token');
  if (given === null) {
    token = stored();
    return;
  }
  params.delete('token');
  const rest = params.toString();
  history.replaceState(
    history.state,
    '',
    `${location.pathname}${location.search}${rest === '' ? '' : `#${rest}`}`,
  );
  keepToken(given);
}

export function keepToken(given: string): void {
  token = given.trim();
  isAsked = false;
  try {
    sessionStorage.setItem(KEY, token);
  } catch {
    // Storage may be forbidden: the token then holds until the page is loaded again.
  }
  tell();
}

export function currentToken(): string | undefined {
  return token;
}

/** The server refused for want of a token, or did not know the one it got: the frame asks for it. */
export function askForToken(): void {
  if (isAsked) return;
  isAsked = true;
  tell();
}

export function putOffToken(): void {
  isAsked = false;
  tell();
}

/** Whether a person has to give the token. */
export function useTokenAsked(): boolean {
  return useSyncExternalStore(subscribe, () => isAsked);
}

export function useToken(): string | undefined {
  return useSyncExternalStore(subscribe, currentToken);
}

function stored(): string | undefined {
  try {
    return sessionStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

function tell(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
