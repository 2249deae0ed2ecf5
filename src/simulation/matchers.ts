import { isDeepStrictEqual } from 'node:util';
import type { LifecycleEvents } from '../engine/lifecycle.ts';
import { formatDuration, parseDuration } from '../task/duration.ts';
import type { Duration } from './agents/script.ts';
import { Simulation } from './simulation.ts';

/**
 * For `expect.extend(matchers)`, in vitest and in jest. Each is about a {@link Simulation}. Without them everything can be asserted
 * on the simulation's own fields.
 */
export const matchers = {
  /** The execution has completed. */
  toHaveCompleted(received: unknown): Verdict {
    const run = asSimulation(received, 'toHaveCompleted');
    return verdict(run.status === 'completed', run, 'to have completed', `it is ${standingIn(run)}`);
  },

  /** The execution has failed, and the code or the message of its error is, or matches, this. */
  toHaveFailedWith(received: unknown, expected: string | RegExp): Verdict {
    const run = asSimulation(received, 'toHaveFailedWith');
    const { error } = run.report();
    const found = error === null ? undefined : [error.code, error.message];
    const fits = (text: string): boolean =>
      typeof expected === 'string' ? text === expected : new RegExp(expected).test(text);
    const pass = ENDED_BADLY.has(run.status) && found?.some(fits) === true;
    return verdict(pass, run, `to have failed with ${String(expected)}`, `it is ${standingIn(run)}`);
  },

  /** An output of the execution, or without `expected` any. Asymmetric matchers of the framework work in it. */
  toHaveOutput(
    this: MatcherContext | undefined,
    received: unknown,
    name: string,
    ...rest: [expected?: unknown]
  ): Verdict {
    const run = asSimulation(received, 'toHaveOutput');
    const { outputs } = run;
    const has = Object.hasOwn(outputs, name);
    const [expected] = rest;
    const pass = has && (rest.length === 0 || equal(this, outputs[name], expected));
    const wanted =
      rest.length === 0 ? `to have an output '${name}'` : `to have the output '${name}': ${shown(expected)}`;
    const found = has
      ? `it is ${shown(outputs[name])}`
      : `its outputs are ${Object.keys(outputs).join(', ') || 'none'}; it is ${standingIn(run)}`;
    return verdict(pass, run, wanted, found);
  },

  /** An attempt at the step was made; with `times`, so many of them. */
  toHaveRun(received: unknown, step: string, { times }: { readonly times?: number } = {}): Verdict {
    const run = asSimulation(received, 'toHaveRun');
    const attempts = run.attempts(step);
    const count = attempts.length > 0 ? attempts.length : run.order.filter((id) => id === step).length;
    const pass = times === undefined ? count > 0 : count === times;
    const wanted = `to have run ${step}${times === undefined ? '' : ` ${timesOf(times)}`}`;
    const outcomes = attempts.map(({ attempt, outcome, error }) => {
      const why = error === undefined ? '' : ` (${error.class}: ${error.message})`;
      return `\n  attempt ${attempt}: ${outcome ?? 'at work'}${why}`;
    });
    return verdict(pass, run, wanted, `it ran ${timesOf(count)}${outcomes.join('')}`);
  },

  /** Step `first` had succeeded before step `second` began. */
  toHaveRunBefore(received: unknown, first: string, second: string): Verdict {
    const run = asSimulation(received, 'toHaveRunBefore');
    const found = `steps succeeded in this order: ${run.order.join(', ') || 'none did'}`;
    return verdict(run.ranBefore(first, second), run, `to have run ${first} before ${second} began`, found);
  },

  /** So much virtual time from the start to its end, or to now. */
  toHaveTaken(
    received: unknown,
    expected: Duration | { readonly atLeast?: Duration; readonly atMost?: Duration },
  ): Verdict {
    const run = asSimulation(received, 'toHaveTaken');
    const { atLeast, atMost } =
      typeof expected === 'object' ? expected : { atLeast: expected, atMost: expected };
    const low = atLeast === undefined ? 0 : msOf(atLeast);
    const high = atMost === undefined ? Number.POSITIVE_INFINITY : msOf(atMost);
    const bounds = [
      ...(atLeast === undefined ? [] : [`at least ${formatDuration(low)}`]),
      ...(atMost === undefined ? [] : [`at most ${formatDuration(high)}`]),
    ].join(' and ');
    const wanted = typeof expected === 'object' ? bounds : formatDuration(low);
    const pass = run.elapsedMs >= low && run.elapsedMs <= high;
    return verdict(pass, run, `to have taken ${wanted}`, `it took ${formatDuration(run.elapsedMs)}`);
  },

  /** A listener was told of such an event, with at least these fields. */
  toHaveEmitted(
    this: MatcherContext | undefined,
    received: unknown,
    name: keyof LifecycleEvents,
    fields: { readonly [field: string]: unknown } = {},
  ): Verdict {
    const run = asSimulation(received, 'toHaveEmitted');
    const named = run.events.filter(({ type }) => type === name);
    const pass = named.some((event) =>
      Object.entries(fields).every(([field, value]) =>
        equal(this, (event as unknown as typeof fields)[field], value),
      ),
    );
    const wanted = `to have emitted ${name}${Object.keys(fields).length === 0 ? '' : ` with ${shown(fields)}`}`;
    const found =
      named.length > 0
        ? `it emitted\n  ${named.map(shown).join('\n  ')}`
        : `it emitted ${[...new Set(run.events.map(({ type }) => type))].join(', ') || 'nothing'}`;
    return verdict(pass, run, wanted, found);
  },
};

/** The matchers as `expect(…)` has them, for the declaration that tells TypeScript of them. */
export interface SimulationMatchers<Result = void> {
  toHaveCompleted(): Result;
  toHaveFailedWith(codeOrMessage: string | RegExp): Result;
  toHaveOutput(name: string, expected?: unknown): Result;
  toHaveRun(step: string, options?: { readonly times?: number }): Result;
  toHaveRunBefore(first: string, second: string): Result;
  toHaveTaken(expected: Duration | { readonly atLeast?: Duration; readonly atMost?: Duration }): Result;
  toHaveEmitted(name: keyof LifecycleEvents, fields?: { readonly [field: string]: unknown }): Result;
}

interface Verdict {
  readonly pass: boolean;
  readonly message: () => string;
}

/** What the frameworks give a matcher. */
interface MatcherContext {
  readonly equals?: (one: unknown, other: unknown) => boolean;
}

const ENDED_BADLY: ReadonlySet<string> = new Set([
  'failed',
  'timedOut',
  'aborted',
  'suspended',
  'rolledBack',
]);

/** Longer values are cut. */
const MOST_SHOWN = 500;

function asSimulation(received: unknown, matcher: string): Simulation {
  if (received instanceof Simulation) return received;
  throw new TypeError(
    `${matcher} is about what simulate() resolves with, and got ${typeof received}. Was it awaited?`,
  );
}

function verdict(pass: boolean, run: Simulation, wanted: string, found: string): Verdict {
  return { pass, message: () => `expected ${run.id} ${pass ? 'not ' : ''}${wanted}, and ${found}` };
}

function standingIn(run: Simulation): string {
  return run.standing.replace(/^it is /, '').replace(/\.$/, '');
}

function equal(context: MatcherContext | undefined, one: unknown, other: unknown): boolean {
  return context?.equals === undefined ? isDeepStrictEqual(one, other) : context.equals(one, other);
}

function timesOf(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function msOf(duration: Duration): number {
  return typeof duration === 'number' ? duration : parseDuration(duration);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN - 1)}…` : text;
}
