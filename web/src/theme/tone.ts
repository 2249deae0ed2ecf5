/** The seven meanings that have a hue and a shape; see theme.css. */
export type Tone = 'waiting' | 'running' | 'succeeded' | 'retrying' | 'failed' | 'person' | 'undoing';

/**
 * The meaning of a status: states of executions, phases and steps, words of `LANE_STATUS`, and attentions of lists. What is not known is
 * shown as waiting: it claims nothing.
 */
export function toneOf(status: string): Tone {
  return TONES[status] ?? 'waiting';
}

/** The status in words: `timedOut` is `timed out`. */
export function wordsOf(status: string): string {
  return WORDS[status] ?? status.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace(/-/g, ' ');
}

const TONES: { readonly [status: string]: Tone } = {
  pending: 'waiting',
  waiting: 'waiting',
  offered: 'waiting',
  skipped: 'waiting',
  cancelled: 'waiting',
  ended: 'waiting',
  claimed: 'running',
  running: 'running',
  executing: 'running',
  evaluating: 'running',
  verifying: 'running',
  opening: 'running',
  draining: 'running',
  succeeded: 'succeeded',
  completed: 'succeeded',
  compensated: 'succeeded',
  retrying: 'retrying',
  backingOff: 'retrying',
  backoff: 'retrying',
  pausing: 'retrying',
  paused: 'retrying',
  degraded: 'retrying',
  still: 'retrying',
  failed: 'failed',
  timedOut: 'failed',
  suspended: 'failed',
  aborted: 'failed',
  unreadable: 'failed',
  person: 'person',
  voting: 'person',
  asking: 'person',
  undoing: 'undoing',
  compensating: 'undoing',
  rollingBack: 'undoing',
  rolledBack: 'undoing',
  undone: 'undoing',
  measuring: 'undoing',
};

const WORDS: { readonly [status: string]: string } = {
  person: 'needs a person',
  backingOff: 'retries soon',
  still: 'stands still',
};
