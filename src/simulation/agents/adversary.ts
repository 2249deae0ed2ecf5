import type { AgentRequest } from '../../ports/agent-request.ts';
import { drawFrom, type Quantity } from './distribution.ts';
import type { ScriptContext, ScriptFunction } from './script.ts';

/**
 * An agent that does what agents should not:
 *
 * - `stall` never answers; with `ignoreAbort` not even when it is told to stop
 * - `lie` says that it makes progress, every `every`, and never answers
 * - `huge` answers with `bytes` of text (default 65 MiB, more than is read of any answer)
 * - `malformed` answers with what is no answer: something that no schema asked for (`misfit`, the default), `not-json`, `cyclic`,
 *   `deep`, or with keys that mean something else to JavaScript (`proto`)
 * - `fickle` answers differently each time
 * - `throw` throws at once
 * - `late` takes no notice when it is told to stop, and answers `after` (default 1 minute) that
 */
export type Adversary = AdversaryKind & {
  /** How long it takes before it does that. Default 0. */
  readonly latency?: Quantity | undefined;
  readonly concurrency?: number | undefined;
};

type AdversaryKind =
  | { readonly adversary: 'stall'; readonly ignoreAbort?: boolean | undefined }
  | { readonly adversary: 'lie'; readonly every?: Quantity | undefined }
  | { readonly adversary: 'huge'; readonly bytes?: number | undefined }
  | { readonly adversary: 'malformed'; readonly how?: Malformation | undefined }
  | { readonly adversary: 'fickle' }
  | { readonly adversary: 'throw'; readonly message?: string | undefined }
  | { readonly adversary: 'late'; readonly after?: Quantity | undefined };

export const MALFORMATIONS = ['misfit', 'not-json', 'cyclic', 'deep', 'proto'] as const;
export type Malformation = (typeof MALFORMATIONS)[number];

export function adversaryScript(adversary: Adversary): ScriptFunction {
  return async (request, context) => {
    if (adversary.latency !== undefined) {
      await context.sleep(drawFrom(adversary.latency, context.chance('latency')));
    }
    return misbehave(adversary, request, context);
  };
}

function misbehave(adversary: Adversary, request: AgentRequest, context: ScriptContext): unknown {
  switch (adversary.adversary) {
    case 'stall':
      return adversary.ignoreAbort === true ? never() : untilAborted(context.signal);
    case 'lie':
      return lie(drawFrom(adversary.every ?? 1000, context.chance('every')), context);
    case 'huge':
      return 'x'.repeat(adversary.bytes ?? HUGE_BYTES);
    case 'malformed':
      return malformed(adversary.how ?? 'misfit');
    case 'fickle':
      return { step: request.step, attempt: request.attempt, answer: context.chance('answer') };
    case 'throw':
      throw new Error(adversary.message ?? 'thrown at once');
    case 'late':
      return answerLate(drawFrom(adversary.after ?? 60_000, context.chance('after')), context);
  }
}

/** More than 64 MiB, which is the most that is read of one answer. */
const HUGE_BYTES = 65 * 1024 * 1024;

function never(): Promise<never> {
  return new Promise(() => undefined);
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

async function lie(everyMs: number, context: ScriptContext): Promise<never> {
  for (let part = 1; ; part += 1) {
    await context.sleep(Math.max(1, everyMs));
    context.progress({ done: 1 - 1 / (part + 1) });
  }
}

async function answerLate(afterMs: number, context: ScriptContext): Promise<unknown> {
  await untilAborted(context.signal).catch(() => undefined);
  await context.sleepOn(afterMs);
  return { late: true };
}

const DEPTH = 10_000;

function malformed(how: Malformation): unknown {
  switch (how) {
    case 'misfit':
      return { 'what nobody asked for': [null, { nested: Number.NaN }] };
    case 'not-json':
      return { big: 10n, [Symbol('key')]: () => undefined };
    case 'cyclic': {
      const cycle: { self?: unknown } = {};
      cycle.self = cycle;
      return cycle;
    }
    case 'deep': {
      let deep: unknown = 'the ground';
      for (let level = 0; level < DEPTH; level += 1) deep = [deep];
      return deep;
    }
    case 'proto':
      // As JSON.parse makes it: an own key, and no prototype.
      return JSON.parse(
        '{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}',
      );
  }
}
