import type { AnyActorRef } from 'xstate';
import { childrenOf } from '../../engine/delivery.ts';
import type { Fold } from '../../engine/fold.ts';

interface Deadline {
  /** Ms since 1970. */
  readonly dueAt: number;
  /** Goes on while the execution is paused: that of an attempt at work. */
  readonly goesOn: boolean;
}

export type Deadlines = ReadonlyMap<string, Deadline>;

/** Every deadline that the state holds, by whose it is. */
export function deadlinesOf(fold: Fold): Deadlines {
  const found = new Map<string, Deadline>();
  const note = (name: string, actor: AnyActorRef): void => {
    const { context, value } = actor.getSnapshot();
    if (context.dueAt === undefined || !LASTING.has(value)) return;
    found.set(name, { dueAt: context.dueAt, goesOn: value === 'claimed' });
  };
  note('the execution', fold.root);
  for (const phase of Object.values(childrenOf(fold.root)).filter(({ src }) => src === 'phase'))
    note(`phase ${phase.getSnapshot().context.name}`, phase);
  for (const [step, actor] of fold.world.steps) note(`step ${step}`, actor);
  return found;
}

/** What is wrong with the deadlines after a pause: all but those of work stood still as long as it took. */
export function wronglyShifted(before: Deadlines, after: Deadlines, pausedMs: number): readonly string[] {
  return [...before].flatMap(([name, { dueAt, goesOn }]) => {
    const due = after.get(name)?.dueAt;
    const expected = goesOn ? dueAt : dueAt + pausedMs;
    return due === undefined || due === expected
      ? []
      : [`the deadline of ${name} went from ${dueAt} to ${due} by a pause of ${pausedMs} ms`];
  });
}

/** States, of whichever machine, in which a deadline counts. */
const LASTING: ReadonlySet<string> = new Set([
  ...['pausing', 'paused', 'expanding', 'running', 'concluding', 'draining', 'backingOff'],
  ...['offered', 'claimed', 'evaluating', 'waiting'],
]);
