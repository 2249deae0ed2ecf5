import { useSyncExternalStore } from 'react';
import type { Tone } from '../theme/tone.ts';
import { StatusShape } from './status-mark.tsx';
import styles from './toast.module.css';

interface Message {
  readonly id: number;
  readonly tone: Tone;
  readonly text: string;
  readonly detail?: string | undefined;
}

const SHOWN_FOR_MS = 6_000;
const listeners = new Set<() => void>();
let messages: readonly Message[] = [];
let last = 0;

/** Tells what happened, for six seconds, and read out politely. */
export function tell(
  text: string,
  { tone = 'succeeded', detail }: { tone?: Tone; detail?: string | undefined } = {},
): void {
  last += 1;
  const id = last;
  change([...messages.slice(-3), { id, tone, text, detail }]);
  setTimeout(() => dismiss(id), SHOWN_FOR_MS);
}

/** Where messages stand; once, in the frame. */
export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => messages);
  return (
    <div className={styles.toasts} role="status" aria-live="polite">
      {shown.map(({ id, tone, text, detail }) => (
        <button key={id} type="button" className={styles.toast} onClick={() => dismiss(id)} title="Dismiss">
          <StatusShape tone={tone} />
          <span className={styles.text}>
            <span>{text}</span>
            {detail === undefined ? null : <span className={styles.detail}>{detail}</span>}
          </span>
        </button>
      ))}
    </div>
  );
}

function dismiss(id: number): void {
  change(messages.filter((message) => message.id !== id));
}

function change(next: readonly Message[]): void {
  messages = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
