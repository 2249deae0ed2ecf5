import type { Fold } from '../../engine/fold.ts';
import type { Reason, Why } from '../documents.ts';

/** A reason with what the line above all of them needs. */
export interface Cause {
  /** Lower comes first. */
  readonly rank: number;
  readonly kind: Why['kind'];
  /** In a few words: `waits for the signal go`. */
  readonly short: string;
  readonly reason: Reason;
}

/** What needs somebody most comes first. */
export const RANK = {
  person: 10,
  vote: 12,
  noHost: 20,
  signal: 25,
  limit: 30,
  claimed: 40,
  evaluating: 45,
  offered: 50,
  backingOff: 55,
  held: 60,
  queue: 70,
} as const;

/** The reason with what is most often so. */
export function reason(text: string, rest: Partial<Omit<Reason, 'text'>> = {}): Reason {
  return { text, who: [], since: null, until: null, otherwise: null, isAlarming: false, step: null, ...rest };
}

/** One line: what it waits for, or how it ended. */
export function headlineOf(fold: Fold, causes: readonly Cause[]): string {
  if (fold.hasEnded) return endInWords(fold);
  const [first, ...others] = causes;
  if (first === undefined) return fold.status === 'running' ? 'nothing can move it any more' : fold.status;
  const told = others.filter(({ rank }) => rank < RANK.held);
  return told.length === 0 ? first.short : `${first.short}; and ${told.length} more`;
}

const ENDS: { readonly [status: string]: string } = {
  completed: 'completed',
  failed: 'failed',
  aborted: 'aborted',
  timedOut: 'timed out',
  rolledBack: 'rolled back',
};

function endInWords(fold: Fold): string {
  const word = ENDS[fold.status] ?? fold.status;
  const why = fold.status === 'completed' ? undefined : (fold.context.reason ?? fold.error?.message);
  return why === undefined ? word : `${word}: ${why}`;
}

/** `a`, `a and b`, `a, b and 3 more`. */
export function namesInWords(names: readonly string[], most = 3): string {
  const all = [...new Set(names)];
  const [first = 'nobody'] = all;
  if (all.length < 2) return first;
  if (all.length <= most) return `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
  return `${all.slice(0, most - 1).join(', ')} and ${all.length - most + 1} more`;
}

/** `alice, bob or the group release`; `anybody`. */
export function alternatives(names: readonly string[] | undefined): string {
  if (names === undefined) return 'anybody';
  const shown = names.map((name) => name.replace(/^group:(.*)$/, 'the group $1'));
  const last = shown.at(-1) ?? 'nobody';
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(', ')} or ${last}`;
}

/** With its point at the end. */
export function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
