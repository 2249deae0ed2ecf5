import { useEffect, useRef, useSyncExternalStore } from 'react';
import { strokeOf } from './stroke.ts';

/** What a key does where a person is now. */
export interface Shortcut {
  /** `j`, `/`, `?`, `ArrowLeft`, `shift+ArrowLeft`, `mod+k` (⌘ or Ctrl), `g e` (one after the other). */
  readonly keys: string;
  readonly title: string;
  /** Groups them in the list that `?` opens. */
  readonly section: string;
  readonly run: () => void;
  /** Also while a field has the focus. Default false. */
  readonly isGlobal?: boolean | undefined;
}

const SEQUENCE_MS = 1_000;
const registered: { current: readonly Shortcut[] }[] = [];
const listeners = new Set<() => void>();
let all: readonly Shortcut[] = [];
let prefix = '';
let prefixTimer: ReturnType<typeof setTimeout> | undefined;

/** The keys hold while the component is there. What was mounted last wins. `run` may change with each render. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const entry = useRef(shortcuts);
  entry.current = shortcuts;
  const signature = shortcuts.map(({ keys, title }) => `${keys} ${title}`).join('\n');
  // biome-ignore lint/correctness/useExhaustiveDependencies: told again when what is listed changes
  useEffect(() => {
    registered.unshift(entry);
    changed();
    return () => {
      registered.splice(registered.indexOf(entry), 1);
      changed();
    };
  }, [signature]);
}

/** All that hold now, those of the innermost part first. */
export function useAllShortcuts(): readonly Shortcut[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => all,
  );
}

/** Once, in the frame. */
export function useKeyboard(): void {
  useEffect(() => {
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const stroke = strokeOf(event);
  if (stroke === undefined) return;
  if (PRESSES.has(stroke) && isPressed(event.target)) return;
  const isTyping = takesText(event.target);
  const isCovered = document.querySelector('dialog[open]') !== null;
  const shortcuts = registered.flatMap(({ current }) => current);
  const sequence = prefix === '' ? stroke : `${prefix} ${stroke}`;
  const usable = shortcuts.filter(
    ({ isGlobal }) => (!isTyping && !isCovered) || (isGlobal === true && !isCovered),
  );
  const hit = usable.find(({ keys }) => keys === sequence) ?? usable.find(({ keys }) => keys === stroke);
  clearTimeout(prefixTimer);
  prefix = '';
  if (hit !== undefined) {
    event.preventDefault();
    hit.run();
  } else if (usable.some(({ keys }) => keys.startsWith(`${stroke} `))) {
    prefix = stroke;
    prefixTimer = setTimeout(() => {
      prefix = '';
    }, SEQUENCE_MS);
  }
}

/** What has the focus takes these itself. */
const PRESSES: ReadonlySet<string> = new Set(['Enter', 'Space']);

function isPressed(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('button, a[href], summary, input, select, [role="treeitem"]') !== null
  );
}

function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (
    target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  )
    return true;
  return (
    target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'range'].includes(target.type)
  );
}

function changed(): void {
  const seen = new Set<string>();
  all = registered
    .flatMap(({ current }) => current)
    .filter(({ keys }) => {
      if (seen.has(keys)) return false;
      seen.add(keys);
      return true;
    });
  for (const listener of listeners) listener();
}
