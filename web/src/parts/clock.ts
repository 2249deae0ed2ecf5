import { useSyncExternalStore } from 'react';

/** The time in whole seconds, ms since 1970; one timer for the whole page, none while the page is hidden. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, read);
}

const listeners = new Set<() => void>();
let now = wholeSecond();
let timer: ReturnType<typeof setTimeout> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) {
    document.addEventListener('visibilitychange', start);
    start();
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    document.removeEventListener('visibilitychange', start);
    clearTimeout(timer);
  };
}

function read(): number {
  return listeners.size === 0 ? wholeSecond() : now;
}

function start(): void {
  clearTimeout(timer);
  if (document.hidden) return;
  tick();
}

function tick(): void {
  now = wholeSecond();
  for (const listener of listeners) listener();
  timer = setTimeout(tick, 1_000 - (Date.now() % 1_000));
}

function wholeSecond(): number {
  return Math.floor(Date.now() / 1_000) * 1_000;
}
