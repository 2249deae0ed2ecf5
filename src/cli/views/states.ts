import type { Style } from '../style.ts';

/** How a state is shown: a sign, a word and a colour, so that none of the three is needed to tell them apart. */
export interface StateLook {
  readonly glyph: string;
  readonly word: string;
  readonly colour: keyof Style | undefined;
}

/** Where a result comes from that nobody was asked for; undefined where somebody was. */
export function originOf({
  cached,
  kept,
}: {
  readonly cached?: true | undefined;
  readonly kept?: string | undefined;
}): string | undefined {
  if (kept !== undefined) return `kept from ${kept}`;
  return cached === true ? 'from the cache' : undefined;
}

/** Of an execution, a phase or a step. */
export function lookOf(state: string): StateLook {
  return LOOKS[state] ?? { glyph: '?', word: state, colour: undefined };
}

/** The same where all is over: what never came will not come any more. */
export function lookWhenOver(state: string): StateLook {
  return TO_COME.has(state) ? NOT_RUN : lookOf(state);
}

const TO_COME: ReadonlySet<string> = new Set(['pending', 'deciding']);

const waiting = (word: string): StateLook => ({ glyph: '○', word, colour: 'dim' });
const working = (word: string): StateLook => ({ glyph: '●', word, colour: 'cyan' });
const halted = (word: string): StateLook => ({ glyph: '‖', word, colour: 'yellow' });
const good = (word: string): StateLook => ({ glyph: '✓', word, colour: 'green' });
const bad = (word: string): StateLook => ({ glyph: '✗', word, colour: 'red' });
const dropped = (word: string): StateLook => ({ glyph: '⊘', word, colour: 'dim' });

const NOT_RUN = dropped('not run');

const LOOKS: Readonly<Record<string, StateLook>> = {
  // of executions
  running: working('running'),
  pausing: halted('pausing'),
  paused: halted('paused'),
  suspended: bad('suspended'),
  rollingBack: halted('rolling back'),
  completed: good('completed'),
  failed: bad('failed'),
  aborted: bad('aborted'),
  timedOut: bad('timed out'),
  rolledBack: halted('rolled back'),
  // of phases
  pending: waiting('to come'),
  deciding: waiting('about to start'),
  expanding: working('listing its items'),
  concluding: working('gathering outputs'),
  failing: bad('failing'),
  draining: halted('stopping'),
  backingOff: halted('waiting to retry'),
  skipped: dropped('skipped'),
  cancelled: dropped('cancelled'),
  // of steps
  offered: waiting('queued'),
  claimed: working('working'),
  evaluating: working('evaluating'),
  waiting: halted('waiting'),
  opening: working('looking'),
  asking: halted('asking'),
  verifying: working('verifying'),
  voting: working('voting'),
  revealing: working('opening votes'),
  checking: working('checking'),
  cancelling: halted('stopping'),
  succeeded: good('done'),
  undone: dropped('undone'),
  // of rollbacks
  compensating: working('undoing'),
  measuring: working('comparing artifacts'),
  compensated: dropped('undone'),
};
