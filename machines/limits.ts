import { lastReactionOf } from '../src/task/asks.ts';
import type { Limit, People, PhaseDefinition, RollbackTarget } from '../src/task/definition.ts';
import { slugOf } from '../src/task/slug.ts';
import { type ApprovalVerdict, approvalRunOf } from './approval.ts';
import type { Deviation, ExecutionError, PhaseMetrics, RollbackDemand } from './ledger.ts';
import type { PhaseContext } from './phase-context.ts';
import { phaseOf, type World, waitingTime } from './world.ts';

/** Control points: what of a phase at work is watched, and when it goes beyond what its file allows. Pure. */

/** What expressions of limits see as `metrics`. */
export interface Metrics {
  /** Since the phase began, pauses left out; ms. */
  readonly durationMs: number;
  readonly usd: number;
  readonly tokens: number;
  /** Attempts that were claimed. */
  readonly attempts: number;
  readonly failedAttempts: number;
  /** Of the attempts that have ended, the share that failed; 0 before any has. */
  readonly failureRate: number;
  /** Agent steps that have ended. */
  readonly succeeded: number;
  readonly failed: number;
}

/** A limit that was passed. */
export interface Excess {
  readonly limit: Limit;
  /** What was measured: a number, or what the expression gave. */
  readonly value: number | boolean;
}

function metricsOf(context: PhaseContext): Metrics {
  const world = context.world();
  const measured = world.ledger.phases.get(context.name)?.metrics ?? NOTHING_YET;
  const ended = measured.succeeded + measured.failed;
  return {
    durationMs: context.measuredFrom === undefined ? 0 : waitingTime(world) - context.measuredFrom,
    usd: measured.usd,
    tokens: measured.tokens,
    attempts: measured.attempts,
    failedAttempts: measured.failed,
    failureRate: ended === 0 ? 0 : measured.failed / ended,
    succeeded: context.succeeded,
    failed: context.failed,
  };
}

const NOTHING_YET: PhaseMetrics = { usd: 0, tokens: 0, attempts: 0, succeeded: 0, failed: 0 };

/** The limits that the phase goes beyond now and has not gone beyond before. */
export function excesses(context: PhaseContext): readonly Excess[] {
  const world = context.world();
  const open = limitsOf(phaseOf(world, context.name)).filter(
    // One question at a time.
    ({ name, reaction }) => !isPassed(context, name) && (context.asking === undefined || !isAsking(reaction)),
  );
  if (open.length === 0) return [];
  const metrics = metricsOf(context);
  return open.flatMap((limit) => {
    const value = measure(limit, metrics, world);
    return value === undefined ? [] : [{ limit, value }];
  });
}

function isPassed({ passedLimits }: PhaseContext, name: string): boolean {
  return passedLimits?.includes(name) === true;
}

export function limitsOf(phase: PhaseDefinition): readonly Limit[] {
  return phase.limits ?? [];
}

/** When the limit on the phase's duration is reached, if it has one that was not passed yet; absolute, ms. */
export function limitDueAt(context: PhaseContext, limit: Limit): number | undefined {
  if (limit.durationMs === undefined || context.measuredFrom === undefined) return undefined;
  return isPassed(context, limit.name) ? undefined : context.measuredFrom + limit.durationMs;
}

/** The measured value when it is beyond the limit. */
function measure(limit: Limit, metrics: Metrics, world: World): number | boolean | undefined {
  const { durationMs, usd, tokens, failureRate, attempts, when } = limit;
  if (durationMs !== undefined) return metrics.durationMs >= durationMs ? metrics.durationMs : undefined;
  if (usd !== undefined) return beyond(metrics.usd, usd);
  if (tokens !== undefined) return beyond(metrics.tokens, tokens);
  if (failureRate !== undefined) return beyond(metrics.failureRate, failureRate);
  if (attempts !== undefined) return beyond(metrics.attempts, attempts);
  if (when === undefined) return undefined;
  try {
    return world.rules.evaluate(when, { ...EMPTY_SCOPE, input: world.input, metrics }) === true
      ? true
      : undefined;
  } catch {
    // A limit that cannot be evaluated holds nobody up; `validate` has looked at its names.
    return undefined;
  }
}

function beyond(value: number, most: number): number | undefined {
  return value > most ? value : undefined;
}

const EMPTY_SCOPE = {
  phases: {},
  outputs: {},
  results: {},
  execution: { id: '', task: '', version: '' },
} as const;

/** Why the phase ends of it, where its file says that it does. */
export function errorOfExcess(phase: string, { limit, value }: Excess): ExecutionError | undefined {
  const { reaction } = limit;
  const message = `Phase ${phase} went beyond its limit ${limit.name}: ${inWords(limit, value)}.`;
  if (reaction === 'fail') return { code: 'LIMIT_EXCEEDED', message, phase };
  if (typeof reaction === 'string' || isAsking(reaction)) return undefined;
  return errorWithRollback(phase, message, reaction.rollback);
}

function errorWithRollback(phase: string, message: string, target: RollbackTarget): ExecutionError {
  const rollback: RollbackDemand = { ...target, reason: message };
  return { code: 'LIMIT_EXCEEDED', message, phase, rollback };
}

export function isAsking(reaction: Limit['reaction']): reaction is { approval: People } {
  return typeof reaction === 'object' && 'approval' in reaction;
}

/** What the file calls what follows. */
export function reactionWord(reaction: Limit['reaction']): Deviation['reaction'] {
  if (typeof reaction === 'string') return reaction;
  return isAsking(reaction) ? 'approval' : 'rollback';
}

/** Why the phase ends when people did not let it go on; undefined: they did. */
export function errorOfAnswer(
  { name, limit, deviation }: { name: string; limit: Limit; deviation: Deviation },
  verdict: ApprovalVerdict,
): ExecutionError | undefined {
  if (verdict === 'approved') return undefined;
  const { by } = deviation.decision ?? {};
  const who = by === undefined ? 'Nobody let it go on in time.' : `${by} did not let it go on.`;
  const message = `${deviation.message} ${who}`;
  const last = isAsking(limit.reaction) ? lastReactionOf(limit.reaction.approval.onDeadline) : undefined;
  if (verdict === 'expired' && typeof last === 'object')
    return errorWithRollback(name, message, last.rollback);
  return { code: 'LIMIT_EXCEEDED', message, phase: name };
}

/**
 * What the question about a limit is called: `PHASE.LIMIT.approval`, both as slugs. The point keeps it apart from what steps ask.
 */
export function limitRunOf({ definition }: World, phase: number, limit: string): string {
  const taken = new Set<string>();
  let own = '';
  for (const [index, { name }] of definition.phases.slice(0, phase + 1).entries()) {
    const slug = slugOf(name, `phase-${index + 1}`);
    own = slug;
    for (let number = 2; taken.has(own); number += 1) own = `${slug}-${number}`;
    taken.add(own);
  }
  return approvalRunOf(`${own}.${slugOf(limit, 'limit')}`);
}

export function inWords(limit: Limit, value: number | boolean): string {
  if (limit.durationMs !== undefined) return `it has taken ${value} ms, and may take ${limit.durationMs} ms`;
  if (limit.usd !== undefined) return `its agents spent ${rounded(value)} USD, and may spend ${limit.usd}`;
  if (limit.tokens !== undefined) return `its agents used ${value} tokens, and may use ${limit.tokens}`;
  if (limit.failureRate !== undefined) {
    return `${percent(value)} of the attempts failed, and ${percent(limit.failureRate)} may`;
  }
  if (limit.attempts !== undefined) return `there were ${value} attempts, and may be ${limit.attempts}`;
  return `${limit.when} is true`;
}

/** Sums of small fractions have a long tail. */
function rounded(value: number | boolean): number {
  return Number(Number(value).toFixed(6));
}

function percent(value: number | boolean): string {
  return `${Math.round(Number(value) * 100)} %`;
}
