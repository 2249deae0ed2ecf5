import type { AnyActorRef } from 'xstate';
import { turnoutOf } from '../../machines/consensus/poll.ts';
import type { Fold } from '../engine/fold.ts';
import { pendingApprovalsOf } from '../engine/pending-approvals.ts';
import { isoTime } from '../iso-time.ts';

/** What a live execution waits for, named so that a person knows what to send; null once it has ended. */
export function waitsFor(fold: Fold): string | null {
  if (fold.hasEnded) return null;
  switch (fold.status) {
    case 'paused':
      return 'being resumed';
    case 'pausing':
      return `${namesOf(fold.claims().map(({ role }) => role))} to finish`;
    case 'rollingBack':
      return peopleWaitFor(fold) ?? rollbackWaitsFor(fold);
    case 'suspended':
      return 'a repair, or being aborted';
    default:
      return peopleWaitFor(fold) ?? stepsWaitFor(fold);
  }
}

/** People first: nothing else that is waited for needs somebody so much. */
function peopleWaitFor(fold: Fold): string | null {
  const [first, ...others] = pendingApprovalsOf(fold);
  if (first === undefined) return null;
  const who = first.approvers === undefined ? 'anybody' : alternatives(first.approvers);
  const until = first.deadline === undefined ? '' : `, until ${isoTime(first.deadline)}`;
  const more = others.length === 0 ? '' : `; and ${others.length} more`;
  return `approval by ${who}: ${first.question} (since ${isoTime(first.since)}${until})${more}`;
}

/** `alice, bob or release`. */
function alternatives(names: readonly string[]): string {
  const shown = names.map((name) => name.replace(/^group:(.*)$/, 'the group $1'));
  const last = shown.at(-1) ?? 'nobody';
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(', ')} or ${last}`;
}

/** While claims of what is to be undone stand, their holders; then the compensation. */
function rollbackWaitsFor(fold: Fold): string | null {
  const steps = stepsWaitFor(fold);
  return steps ?? 'artifacts to be compared';
}

/** The kinds of waiting, the one that most needs somebody first: only the first that occurs is named. */
const NAMED = [
  { state: 'opening', say: (names: readonly string[]) => `a look at what ${namesOf(names)} is about` },
  {
    state: 'verifying',
    say: (names: readonly string[]) => `another look at what ${namesOf(names)} is about`,
  },
  { state: 'waiting', say: (names: readonly string[]) => `the signal ${namesOf(names)}` },
  { state: 'offered', say: (names: readonly string[]) => `a host that offers ${namesOf(names)}` },
  { state: 'claimed', say: namesOf },
  { state: 'draining', say: (names: readonly string[]) => `${namesOf(names)} to stop` },
  { state: 'backingOff', say: (names: readonly string[]) => `another try of ${namesOf(names)}` },
] as const;

/** People whose vote a consensus waits for; its agents are named as what they are doing. */
export function missingPeople({ world }: Fold, actor: AnyActorRef): readonly string[] {
  const { value, context } = actor.getSnapshot();
  if (actor.src !== 'consensus' || value !== 'voting') return [];
  return turnoutOf(world, context).missing.flatMap((name) =>
    name.startsWith('person:') ? [name.slice('person:'.length)] : [],
  );
}

function stepsWaitFor(fold: Fold): string | null {
  const people = [...fold.world.steps.values()].flatMap((actor) => missingPeople(fold, actor));
  if (people.length > 0) return `the vote of ${namesOf(people)}`;
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
