import type { AnyActorRef } from 'xstate';
import type { Fold } from '../../engine/fold.ts';
import type { LifecycleEvent } from '../../engine/lifecycle.ts';
import { missingPeople } from '../../history/waits-for.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Output } from '../output.ts';
import { durationInWords } from '../words.ts';
import { eventLine } from './event-line.ts';
import type { RunView } from './run-view.ts';

export interface PlainViewOptions {
  /** Where the lines go. */
  readonly output: Output;
  readonly stderr: Output;
  readonly clock: Clock;
  /** See {@link RunViewOptions}. */
  readonly hostsAreElsewhere?: boolean | undefined;
}

/** One line per event, each with the time since the execution started: for logs, pipes and simple terminals. */
export class PlainView implements RunView {
  readonly stderr: Output;
  readonly #output: Output;
  readonly #clock: Clock;
  readonly #hostsAreElsewhere: boolean;
  #startedAt: number | undefined;
  #noted: readonly string[] = [];
  /** Steps that were said to wait for a signal, or for a host. */
  readonly #waiting = new Set<string>();

  constructor({ output, stderr, clock, hostsAreElsewhere = false }: PlainViewOptions) {
    this.#output = output;
    this.#hostsAreElsewhere = hostsAreElsewhere;
    this.stderr = stderr;
    this.#clock = clock;
  }

  see(fold: Fold): void {
    this.#startedAt ??= fold.context.startedAt;
    for (const [step, actor] of fold.world.steps) {
      if (this.#waiting.has(step)) continue;
      const wait = waitOf(fold, actor as AnyActorRef, this.#hostsAreElsewhere);
      if (wait === undefined) continue;
      this.#waiting.add(step);
      this.#line(`step ${step}: ${wait}`);
    }
  }

  tell(event: LifecycleEvent): void {
    if (event.type === 'execution:start') this.#startedAt ??= event.at;
    const line = eventLine(event);
    if (line !== undefined) this.#line(line, 'at' in event ? event.at : undefined);
  }

  say(text: string): void {
    this.#output.line(text);
  }

  note(notes: readonly string[]): void {
    for (const note of notes) if (!this.#noted.includes(note)) this.#output.line(note);
    this.#noted = notes;
  }

  end(): void {
    // Nothing stands that would have to be taken away.
  }

  #line(text: string, at = this.#clock.now()): void {
    const elapsed = durationInWords(Math.max(0, at - (this.#startedAt ?? at)));
    this.#output.line(`[${elapsed.padStart(8)}] ${text}`);
  }
}

/** What a step waits for that does not come by itself. */
function waitOf(fold: Fold, actor: AnyActorRef, hostsAreElsewhere: boolean): string | undefined {
  const { world, pinned } = fold;
  const { signal, role } = actor.getSnapshot().context;
  if (actor.src === 'wait') {
    return `waiting for the signal ${signal} (troupe signal ${world.execution} ${signal})`;
  }
  if (actor.src === 'approval' && actor.getSnapshot().value === 'pending')
    return `waiting for a person (troupe approve ${world.execution} ${actor.getSnapshot().context.run})`;
  if (actor.src === 'consensus') {
    const people = missingPeople(fold, actor);
    const { run } = actor.getSnapshot().context;
    return people.length === 0
      ? undefined
      : `waiting for the vote of ${people.join(', ')} (troupe vote ${world.execution} ${run} CHOICE)`;
  }
  if (hostsAreElsewhere) return undefined;
  // The file of an agent that runs nothing here has no runner.
  const agent: object | undefined = actor.src === 'agent' ? pinned.agents[role] : undefined;
  if (agent === undefined || 'runner' in agent) return undefined;
  return `waiting for a host that offers ${role}: its file names no command and no module`;
}
