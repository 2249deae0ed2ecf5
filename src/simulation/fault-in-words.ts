import { formatDuration } from '../task/duration.ts';
import type { Fault } from './open-stage.ts';

/** A fault as a person would tell it: `at 4s orchestrator o1 crashes`. Pure. */
export function faultInWords(fault: Fault): string {
  if (!('at' in fault)) return `${POINTS[fault.kind] ?? fault.kind}: ${fault.place}`;
  const { kind, at, node, forMs, records } = fault;
  const who = node === undefined ? 'the server' : `${node.startsWith('o') ? 'orchestrator' : 'host'} ${node}`;
  const what = TIMED[kind] ?? kind;
  const lost = records === undefined ? '' : `, without up to ${records} of its last records`;
  return `at ${formatDuration(at)} ${who} ${what} for ${formatDuration(forMs)}${lost}`;
}

const TIMED: { readonly [kind: string]: string } = {
  crash: 'is killed, and gone',
  stop: 'stands still',
  deaf: 'gets no messages',
  mute: 'gets no message through',
  'server-down': 'is down',
  'lose-tail': 'loses power, and is down',
};

const POINTS: { readonly [kind: string]: string } = {
  drop: 'lost',
  duplicate: 'sent twice',
  delay: 'held up, with all behind it',
  overtake: 'held up alone',
  'slow-disk': 'written slowly',
  'append-fails': 'refused',
  'append-unacknowledged': 'stored, and nobody told',
  'crash-before-append': 'killed just before it is written',
  'crash-after-append': 'killed just after it was written',
  'crash-after-read-back': 'killed just after it was folded',
  'snapshot-damaged': 'snapshot cut short',
  'report-twice': 'reported twice',
  'report-late': 'reported late',
  'report-for-another': 'reported in the name of another',
  'report-forged': 'report forged',
  'vote-forged': 'vote forged',
  vanish: 'claimed, and never heard of again',
};
