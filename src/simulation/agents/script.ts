import type { AgentContext } from '../../agent/define.ts';
import type { Json } from '../../json.ts';
import type { AgentRequest, FailureClass } from '../../ports/agent-request.ts';
import type { Adversary } from './adversary.ts';
import type { Distribution, Quantity } from './distribution.ts';

/**
 * How a simulated agent behaves: a function, a table of rules, distributions to draw from, or an adversary. What happened before
 * comes back with `replayAgent`, which gives a function. `performAs` makes an agent of any of them.
 */
export type AgentScript = ScriptFunction | Table | Drawn | Adversary;

/** Returns the output, or throws. It must wait for nothing real: only virtual time passes in a simulation. */
export type ScriptFunction = (request: AgentRequest, context: ScriptContext) => unknown;

export interface ScriptContext extends AgentContext {
  /** Waits in virtual time: ms, or a duration such as `'3 days'`. Rejects when the attempt is to stop. */
  sleep(duration: Duration): Promise<void>;
  /** The same, and takes no notice when the attempt is to stop. */
  sleepOn(duration: Duration): Promise<void>;
  /** A number in [0, 1) of this attempt's own sequence: what other attempts draw does not change it. */
  random(): number;
  /** A number in [0, 1) that depends on the seed, the attempt and `what` alone. */
  chance(what: string): number;
}

/** Milliseconds, or a duration such as `'90s'`. */
export type Duration = number | string;

/** Rules; the first that fits the request decides. An attempt that none fits fails with the class `fatal`. */
export type Table =
  | readonly Rule[]
  | { readonly rules: readonly Rule[]; readonly concurrency?: number | undefined };

export interface Rule {
  /** What the request must be; absent: any request. */
  readonly when?: Condition | undefined;
  /** The output: a value, or a function that makes it. */
  readonly output?: Output | undefined;
  /** Fails in place of an output. */
  readonly fail?: Failure | undefined;
  /** How long the attempt takes, in virtual time. Default 0. */
  readonly latency?: Quantity | undefined;
  readonly usage?:
    | { readonly tokens?: Quantity | undefined; readonly usd?: Quantity | undefined }
    | undefined;
  /** What the agent says while it works, spread evenly over its latency. */
  readonly progress?: readonly Json[] | undefined;
}

/** Every part that is given must fit; of a list, one value. Objects fit when they have at least what is asked for. */
export interface Condition {
  /** The step's id; in a `forEach` phase also without the item's number. */
  readonly step?: string | readonly string[] | undefined;
  readonly attempt?: number | readonly number[] | undefined;
  readonly phase?: string | readonly string[] | undefined;
  readonly item?: Json | undefined;
  readonly input?: { readonly [key: string]: Json } | undefined;
}

export interface Failure {
  /** Default `crash`. */
  readonly class?: FailureClass | undefined;
  readonly message?: string | undefined;
  /** With `rate-limit`: not before this many ms. */
  readonly retryAfterMs?: number | undefined;
  readonly details?: Json | undefined;
}

export type Output = Json | ScriptFunction;

/** Draws everything anew for each attempt. */
export interface Drawn {
  /** How long an attempt takes, a failed one too. Default 0. */
  readonly latency?: Quantity | undefined;
  /** Class -> probability; the sum is at most 1. */
  readonly failures?: { readonly [Class in FailureClass]?: number | undefined } | undefined;
  readonly usage?: Rule['usage'];
  /** Default: what the default script gives. */
  readonly output?: Output | undefined;
  /** In place of `output`: one of them, by weight (default 1). */
  readonly outputs?: readonly { readonly weight?: number | undefined; readonly output: Output }[] | undefined;
  /** Attempts at once. */
  readonly concurrency?: number | undefined;
}

export type { Adversary, Distribution, Quantity };
