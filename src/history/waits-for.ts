import type { AnyActorRef } from 'xstate';
import type { Fold } from '../engine/fold.ts';

/** What a live execution waits for, named so that a person knows what to send; null once it has ended. */
export function waitsFor(fold: Fold): string | null {
  if (fold.hasEnded) return null;
  switch (fold.status) {
    case 'paused':
      return 'being resumed';
    case 'pausing':
      return `${namesOf(fold.claims().map(({ role }) => role))} to finish`;
    case 'rollingBack':
      return rollbackWaitsFor(fold);
    case 'suspended':
      return 'a repair, or being aborted';
    default:
      return stepsWaitFor(fold);
  }
}

/** While claims of what is to be undone stand, their holders; then the compensation. */
function rollbackWaitsFor(fold: Fold): string | null {
  const steps = stepsWaitFor(fold);
  return steps ?? 'artifacts to be compared';
}

/** The kinds of waiting, the one that most needs somebody first: only the first that occurs is named. */
const NAMED = [
  { state: 'waiting', say: (names: readonly string[]) => `the signal ${namesOf(names)}` },
  { state: 'offered', say: (names: readonly string[]) => `a host that offers ${namesOf(names)}` },
  { state: 'claimed', say: namesOf },
  { state: 'draining', say: (names: readonly string[]) => `${namesOf(names)} to stop` },
  { state: 'backingOff', say: (names: readonly string[]) => `another try of ${namesOf(names)}` },
] as const;

function stepsWaitFor(fold: Fold): string | null {
  const byState = new Map<string, Set<string>>();
  for (const [run, actor] of fold.world.steps) {
    const { value, name } = standingOf(run, actor);
    const names = byState.get(value);
    if (names === undefined) byState.set(value, new Set([name]));
    else names.add(name);
  }
  for (const { state, say } of NAMED) {
    const names = byState.get(state);
    if (names !== undefined) return say([...names]);
  }
  return null;
}

function standingOf(run: string, actor: AnyActorRef): { readonly value: string; readonly name: string } {
  const { value, context } = actor.getSnapshot() as {
    value: string;
    context: { signal?: string; role?: string };
  };
  return { value, name: context.signal ?? context.role ?? run };
}

/** `a`, `a and b`, `a, b and 3 more`. */
function namesOf(names: readonly string[]): string {
  const [first = 'nothing', second, ...others] = [...new Set(names)];
  if (second === undefined) return first;
  return others.length === 0 ? `${first} and ${second}` : `${first}, ${second} and ${others.length} more`;
}
