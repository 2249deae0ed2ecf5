import { textWidth } from '../terminal/text-width.ts';
import type { Segment } from '../views/segments.ts';
import { listPane, type Pane } from './pane.ts';

/** All keys, for `?`. */
const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ['j k ↓ ↑', 'the next, the one before; PgDn PgUp a page, g G the first, the last'],
  ['enter', 'open the execution, the step, or the moment of the record'],
  ['esc', 'out again: of the step, of the past, of the execution'],
  ['q', 'the same; at last it leaves. The executions go on'],
  ['tab', 'the next pane; shift-tab the one before'],
  ['/', 'filter executions, steps or the log'],
  ['', ''],
  ['[ ] ← →', 'a record back, a record on; { } ten, 0 the first'],
  ['l', 'live again'],
  ['', ''],
  ['a n', 'approve, reject: what is chosen among the approvals, or the only one'],
  ['v', 'vote'],
  ['p r', 'pause, resume'],
  ['t', 'try again what failed'],
  ['x', 'abort'],
  ['b', 'roll back; the plan is shown before'],
  ['', ''],
  ['ctrl-l', 'draw all of it again'],
  ['ctrl-z', 'to the shell for a while'],
];

export function helpPane(): Pane {
  const rows = KEYS.map(([keys, what]) => ({
    id: null,
    segments: [[keys.padEnd(12), 'cyan'], [what]] as readonly Segment[],
  }));
  return listPane('Keys', rows, { empty: '' });
}

/** What can be pressed now, as much of it as fits. */
export function footerSegments(
  place: 'home' | 'execution' | 'step' | 'help',
  possible: readonly string[],
  columns: number,
): readonly Segment[] {
  const hints = [...HINTS[place], ...(place === 'execution' ? actionsOf(possible) : [])];
  const last: Hint = ['?', 'keys'];
  const segments: Segment[] = [];
  let left = columns - widthOf(last);
  for (const hint of hints) {
    left -= widthOf(hint);
    if (left < 0) break;
    segments.push(...shown(hint));
  }
  return [...segments, ...shown(last)];
}

type Hint = readonly [key: string, what: string];

const HINTS: Readonly<Record<'home' | 'execution' | 'step' | 'help', readonly Hint[]>> = {
  home: [
    ['enter', 'open'],
    ['tab', 'pane'],
    ['/', 'filter'],
    ['a', 'approve'],
    ['n', 'reject'],
    ['q', 'leave'],
  ],
  execution: [
    ['enter', 'open'],
    ['tab', 'pane'],
    ['[ ]', 'back, on'],
    ['q', 'leave'],
  ],
  step: [
    ['j k', 'scroll'],
    ['esc', 'back'],
  ],
  help: [['esc', 'back']],
};

const ACTIONS: readonly (readonly [control: string, key: string])[] = [
  ['approve', 'a'],
  ['reject', 'n'],
  ['vote', 'v'],
  ['resume', 'r'],
  ['retry', 't'],
  ['pause', 'p'],
  ['abort', 'x'],
  ['rollback', 'b'],
];

function actionsOf(possible: readonly string[]): readonly Hint[] {
  return ACTIONS.filter(([control]) => possible.includes(control)).map(([control, key]) => [
    key,
    control === 'rollback' ? 'roll back' : control,
  ]);
}

function shown([key, what]: Hint): readonly Segment[] {
  return [
    [key, 'bold'],
    [` ${what}   `, 'dim'],
  ];
}

function widthOf([key, what]: Hint): number {
  return textWidth(key) + textWidth(what) + 4;
}
