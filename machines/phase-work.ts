import type { People } from '../src/task/definition.ts';
import { type ApprovalEnded, type ApprovalInput, asPlainText } from './approval.ts';
import { approvedFilesBefore } from './approved-files.ts';
import { keptIn } from './kept.ts';
import type { ExecutionError, StepResult } from './ledger.ts';
import {
  type Excess,
  errorOfAnswer,
  errorOfExcess,
  inWords,
  isAsking,
  limitDueAt,
  limitRunOf,
  limitsOf,
  reactionWord,
} from './limits.ts';
import { pickPhaseOutputs } from './outputs.ts';
import { limitTimerId, type PhaseContext } from './phase-context.ts';
import type { StartStep, StepActor } from './phase-slots.ts';
import { backoffMs, DEFAULT_STEP_WINDOW, phaseRetryOf, requiredSuccesses } from './policy.ts';
import { type Program, type ProgramEntry, programOf } from './program.ts';
import { scopeOf } from './scope.ts';
import { phaseOf, waitingTime } from './world.ts';

/** What a phase decides, as functions from its context; the statechart says when. */

function program(context: PhaseContext): Program {
  const world = context.world();
  return programOf(phaseOf(world, context.name), world.ledger.phases.get(context.name)?.items?.length);
}

function windowOf(context: PhaseContext): number {
  return context.window ?? context.world().definition.concurrency.steps ?? DEFAULT_STEP_WINDOW;
}

/** `when` is asked once: a retry goes on with the answer. */
export function decide(context: PhaseContext): Partial<PhaseContext> {
  if (context.decision === 'run') return {};
  const world = context.world();
  const phase = phaseOf(world, context.name);
  if (phase.when === undefined) return { decision: 'run' };
  try {
    return { decision: world.rules.evaluate(phase.when, scopeOf(world, phase)) === true ? 'run' : 'skip' };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      decision: 'error',
      isFinal: true,
      error: {
        code: 'PHASE_FAILED',
        message: `when: ${phase.when} cannot be evaluated: ${reason}`,
        phase: context.name,
      },
    };
  }
}

/** What a phase knows at first of the steps whose results were kept from an execution before; as after a rollback, see {@link reset}. */
export function takenOver({ world, name }: Pick<PhaseContext, 'world' | 'name'>): Partial<PhaseContext> {
  const kept = keptIn(world().ledger, name);
  return kept.length === 0
    ? {}
    : { decision: 'run', succeeded: kept.filter(({ kind }) => kind === 'agent').length };
}

/** Whether files that were approved are to be looked at first. A phase all of which was kept uses nothing. */
export function usesApprovedFiles(context: PhaseContext): boolean {
  const world = context.world();
  if (approvedFilesBefore(world, phaseOf(world, context.name)).length === 0) return false;
  const kept = new Set(keptIn(world.ledger, context.name).map(({ step }) => step));
  if (kept.size === 0) return true;
  const steps = program(context);
  for (let index = 0; index < steps.length; index += 1) {
    const { step, run } = steps.at(index);
    if (step.kind !== 'aggregate' && step.kind !== 'validation' && !kept.has(run)) return true;
  }
  return false;
}

export function begin(context: PhaseContext): Partial<PhaseContext> {
  const world = context.world();
  const { timeoutMs, limits } = phaseOf(world, context.name);
  if (limits !== undefined) watch(context);
  return {
    decision: 'run',
    startedAt: context.startedAt ?? world.now,
    dueAt: timeoutMs === undefined ? undefined : waitingTime(world) + timeoutMs,
    ...(limits === undefined ? {} : { measuredFrom: context.measuredFrom ?? waitingTime(world) }),
  };
}

function watch({ world, name }: PhaseContext): void {
  const produce = world().ledger.phase(name);
  produce.metrics ??= { usd: 0, tokens: 0, attempts: 0, succeeded: 0, failed: 0 };
}

/** The phase went beyond a limit: it is recorded, and the phase slowed down or ended where its file says so. */
export function deviate(context: PhaseContext, excess: Excess, ask: AskPeople): Partial<PhaseContext> {
  const world = context.world();
  const { limit, value } = excess;
  const reaction = reactionWord(limit.reaction);
  // One question at a time: what is beyond as well is looked at again when this one is answered.
  if (reaction === 'approval' && (context.asking !== undefined || context.error !== undefined)) return {};
  const message = `Phase ${context.name} went beyond its limit ${limit.name}: ${inWords(limit, value)}.`;
  const produce = world.ledger.phase(context.name);
  const deviation = { limit: limit.name, message, value, reaction, at: world.now, position: world.position };
  produce.deviations = [...(produce.deviations ?? []), deviation];
  world.notices.push({ kind: 'deviation', phase: context.name, message, reaction });
  const error = errorOfExcess(context.name, excess);
  return {
    passedLimits: [...(context.passedLimits ?? []), limit.name],
    ...(isAsking(limit.reaction)
      ? { asking: askAbout(context, limit.name, limit.reaction.approval, message, ask) }
      : {}),
    ...(reaction === 'slow' ? { window: Math.max(1, Math.floor(windowOf(context) / 2)) } : {}),
    ...(error === undefined || context.error !== undefined ? {} : { error, isFinal: true }),
  };
}

export type AskPeople = (input: ApprovalInput) => void;

function askAbout(
  context: PhaseContext,
  limit: string,
  people: People,
  message: string,
  ask: AskPeople,
): NonNullable<PhaseContext['asking']> {
  const { world, name, index, tries } = context;
  const run = limitRunOf(world(), index, limit);
  const question = asPlainText(`${message} Go on?`);
  const place = { phase: name, step: '', index, item: undefined, slot: -1, firstAttempt: tries };
  ask({ world, run, ...place, ask: { ...people, question } });
  return { limit, from: waitingTime(world()) };
}

/** People have decided: the limit counts as passed, or the phase ends. */
export function takeAnswer(context: PhaseContext, { run, verdict }: ApprovalEnded): Partial<PhaseContext> {
  const { name, asking } = context;
  const { ledger } = context.world();
  const decision = ledger.approvals.get(run)?.decision;
  ledger.approvals.delete(run);
  const produce = ledger.phase(name);
  const limit = limitsOf(phaseOf(context.world(), name)).find((each) => each.name === asking?.limit);
  const at = produce.deviations?.findLastIndex((each) => each.limit === asking?.limit) ?? -1;
  const noted = produce.deviations?.[at];
  if (limit === undefined || noted === undefined) return { asking: undefined };
  const deviation = decision === undefined ? noted : { ...noted, decision };
  produce.deviations = produce.deviations?.with(at, deviation);
  const error = errorOfAnswer({ name, limit, deviation }, verdict);
  return {
    asking: undefined,
    ...(error === undefined || context.error !== undefined ? {} : { error, isFinal: true }),
  };
}

/** Starts what may start now. */
export function fill(context: PhaseContext, start: StartStep): Partial<PhaseContext> {
  if (context.error !== undefined || context.atBarrier || context.asking !== undefined) return {};
  const world = context.world();
  const phase = phaseOf(world, context.name);
  const { results } = world.ledger.phase(context.name);
  const steps = program(context);
  const freeSlots = [...context.freeSlots];
  const window = windowOf(context);
  let { cursor, live, usedSlots } = context;
  let atBarrier: boolean = context.atBarrier;
  while (cursor < steps.length && live < window && !atBarrier) {
    const entry = steps.at(cursor);
    if (isDone(results.get(entry.run))) {
      cursor += 1;
      continue;
    }
    if (live > 0 && (entry.barrier || !phase.parallel)) break;
    if (entry.barrier || !phase.parallel) {
      const shortfall = needOf(context);
      if (shortfall !== undefined) return { cursor, live, freeSlots, usedSlots, error: shortfall };
    }
    const slot = freeSlots.pop() ?? usedSlots++;
    start(actorFor(entry.step.kind), slot, entry, roleOf(context, entry));
    atBarrier = entry.barrier;
    live += 1;
    cursor += 1;
  }
  if (cursor >= steps.length && live === 0) {
    const shortfall = needOf(context);
    if (shortfall !== undefined) return { cursor, live, freeSlots, usedSlots, error: shortfall };
  }
  return { cursor, live, freeSlots, usedSlots, atBarrier };
}

/** Of a validation: the expression and the values it saw. */
export function withDetails(context: PhaseContext, error: ExecutionError): ExecutionError {
  const results = context.world().ledger.phase(context.name).results;
  const details = error.step === undefined ? undefined : results.get(error.step)?.error?.details;
  return details === undefined ? error : { ...error, details };
}

/** On a retry, work that succeeded stays; what was worked out from it is worked out again. */
function isDone(result: StepResult | undefined): boolean {
  return result?.status === 'succeeded' && result.kind !== 'aggregate' && result.kind !== 'validation';
}

function actorFor(kind: string): StepActor {
  const hasActor = kind === 'agent' || kind === 'wait' || kind === 'approval' || kind === 'consensus';
  return hasActor ? kind : 'evaluation';
}

function roleOf(context: PhaseContext, { step, item }: ProgramEntry): string {
  if (step.kind !== 'agent') return '';
  const roles = context.world().ledger.phases.get(context.name)?.roles?.[step.id];
  return item === undefined ? step.agent : (roles?.[item] ?? step.agent);
}

/** The failure, when the steps that succeeded and those still to come cannot reach what the phase needs. */
function needOf(context: PhaseContext): ExecutionError | undefined {
  const world = context.world();
  const phase = phaseOf(world, context.name);
  const total = program(context).agentSteps;
  const required = requiredSuccesses(phase, total);
  if (total - context.failed >= required) return undefined;
  const failures = [...world.ledger.phase(context.name).results.values()].filter(
    (result) => result.status === 'failed' && result.kind === 'agent',
  );
  const reasons = failures
    .slice(0, 3)
    .map((result) => `${result.step}: ${result.error?.message ?? 'failed'}`);
  return {
    code: 'PHASE_FAILED',
    message: `Phase ${context.name} needs ${required} of ${total} agent steps to succeed, and ${context.failed} failed (${reasons.join('; ')}${failures.length > 3 ? '; …' : ''}).`,
    phase: context.name,
    step: failures[0]?.step,
  };
}

export function settle(
  context: PhaseContext,
  event: { readonly run: string; readonly slot: number },
): Partial<PhaseContext> {
  const result = context.world().ledger.phase(context.name).results.get(event.run);
  const freed = {
    live: context.live - 1,
    freeSlots: [...context.freeSlots, event.slot],
    atBarrier: false,
  } satisfies Partial<PhaseContext>;
  if (result === undefined || result.status === 'cancelled') return freed;
  if (result.rollback !== undefined && context.error === undefined) {
    const { reason } = result.rollback;
    return {
      ...freed,
      ...(result.kind === 'agent' && result.status === 'succeeded'
        ? { succeeded: context.succeeded + 1 }
        : {}),
      // Trying the phase again is not what was asked for.
      isFinal: true,
      error: {
        code: 'ROLLBACK_DEMANDED',
        message: result.error?.message ?? reason,
        phase: context.name,
        step: result.step,
        rollback: result.rollback,
      },
    };
  }
  if (result.kind === 'agent') {
    return result.status === 'succeeded'
      ? { ...freed, succeeded: context.succeeded + 1 }
      : { ...freed, failed: context.failed + 1 };
  }
  if (result.status === 'succeeded' || context.error !== undefined) return freed;
  const isValidation = result.kind === 'validation';
  // The details stay in the ledger: they hold what agents said.
  return {
    ...freed,
    isFinal: isValidation,
    error: {
      code: codeOf(result),
      message: result.error?.message ?? `Step ${result.step} failed.`,
      phase: context.name,
      step: result.step,
      ...(result.rollback === undefined ? {} : { rollback: result.rollback }),
    },
  };
}

function codeOf({ kind, error }: StepResult): string {
  if (kind === 'validation') return 'VALIDATION_FAILED';
  if (kind === 'consensus' && error?.class === 'refusal') return 'DECIDED_AGAINST';
  if (kind !== 'approval') return 'PHASE_FAILED';
  if (error?.class === 'refusal') return 'APPROVAL_REJECTED';
  return error?.class === 'timeout' ? 'APPROVAL_EXPIRED' : 'PHASE_FAILED';
}

/** The context, with the outputs gathered when the program has run to its end. */
export function conclude(context: PhaseContext): PhaseContext {
  const isOpen = context.error !== undefined || context.asking !== undefined || context.live > 0;
  if (isOpen || context.cursor < program(context).length) return context;
  const world = context.world();
  const picked = pickPhaseOutputs(world.ledger, phaseOf(world, context.name));
  switch (picked.kind) {
    case 'picked':
      world.ledger.phase(context.name).outputs = picked.outputs;
      return { ...context, conclusion: 'done' };
    case 'evaluate':
      return { ...context, conclusion: 'evaluate' };
    case 'missing':
      return {
        ...context,
        conclusion: 'missing',
        error: {
          code: 'PHASE_FAILED',
          message: `Phase ${context.name} lists the output "${picked.name}", but ${picked.looked}.`,
          phase: context.name,
        },
      };
  }
}

export function backoffUntil(context: PhaseContext): number {
  const world = context.world();
  const policy = phaseRetryOf(phaseOf(world, context.name));
  return (
    waitingTime(world) + backoffMs(policy, triesOf(context), `${world.execution}/phase/${context.index}`)
  );
}

/** Tries since it began, or since a rollback had it begin anew. */
export function triesOf({ tries, firstTry = 1 }: PhaseContext): number {
  return tries - firstTry + 1;
}

/** As if it had never begun, but for what a rollback left standing; the numbers of its tries count on. */
export function reset(context: PhaseContext): Partial<PhaseContext> {
  const produce = context.world().ledger.phase(context.name);
  const keeps = [...produce.results.values()].filter(isDone);
  return {
    startedAt: undefined,
    dueAt: undefined,
    tries: context.tries + 1,
    firstTry: context.tries + 1,
    decision: keeps.length === 0 ? undefined : context.decision,
    cursor: 0,
    atBarrier: false,
    succeeded: keeps.filter(({ kind }) => kind === 'agent').length,
    failed: 0,
    error: undefined,
    isFinal: false,
    conclusion: undefined,
  };
}

/** Whether the event is the timer of a limit on the phase's duration, and not before its time. */
export function isLimitDue(context: PhaseContext, timerId: string): boolean {
  const world = context.world();
  return limitsOf(phaseOf(world, context.name)).some((limit, at) => {
    const dueAt = limitDueAt(context, limit);
    return dueAt !== undefined && world.now >= dueAt && timerId === limitTimerId(context, at, dueAt);
  });
}

/** Its deadlines after a pause, later by as long as it took. */
export function shifted(context: PhaseContext, byMs: number): Partial<PhaseContext> {
  const { dueAt, measuredFrom, asking } = context;
  return {
    ...(dueAt === undefined ? {} : { dueAt: dueAt + byMs }),
    ...(measuredFrom === undefined ? {} : { measuredFrom: measuredFrom + byMs }),
    ...(asking === undefined ? {} : { asking: { ...asking, from: asking.from + byMs } }),
  };
}
