import { wordsOf } from '../theme/tone.ts';

/** What a person may do with an execution. Each but `rerun` and `export` is a control of the log. */
export type ActionKey =
  | 'approve'
  | 'vote'
  | 'signal'
  | 'pause'
  | 'resume'
  | 'retry'
  | 'abort'
  | 'rollback'
  | 'complete'
  | 'checkpoint'
  | 'rerun';

export interface Standing {
  /** A state of the execution machine. */
  readonly status: string;
  /** Kinds of controls that the state takes (`Moment.possible`). */
  readonly possible: readonly string[];
  /** False while a past position is shown. */
  readonly isLive: boolean;
  /** Questions that wait for people. */
  readonly approvalCount: number;
}

/** Why it cannot be done now, in words; undefined when it can. Pure. */
export function reasonAgainst(
  key: ActionKey,
  { status, possible, isLive, approvalCount }: Standing,
): string | undefined {
  if (key === 'rerun') return undefined;
  if (!isLive) return 'The past is shown; go to the live end first';
  if (!possible.includes(key)) return REASONS[key]?.[status] ?? `Not while it is ${wordsOf(status)}`;
  if (key === 'approve' && approvalCount === 0) return 'Nobody is asked now';
  return undefined;
}

const ENDED = 'It has ended';
const ALL_ENDED = { completed: ENDED, failed: ENDED, aborted: ENDED, timedOut: ENDED, rolledBack: ENDED };

const REASONS: { readonly [key in ActionKey]?: { readonly [status: string]: string } } = {
  pause: { ...ALL_ENDED, paused: 'It is paused', pausing: 'It is being paused' },
  resume: { ...ALL_ENDED, running: 'It is not paused' },
  abort: ALL_ENDED,
  approve: { ...ALL_ENDED, running: 'Nobody is asked now', paused: 'Nobody is asked now' },
  vote: { ...ALL_ENDED, running: 'Nothing is voted on now' },
  signal: { ...ALL_ENDED, running: 'It waits for no signal' },
  complete: { ...ALL_ENDED, running: 'No step is open' },
  checkpoint: ALL_ENDED,
  retry: {
    running: 'It has not failed',
    paused: 'It has not failed',
    completed: 'It has not failed',
    aborted: 'It was aborted; run it again instead',
  },
};
