import type { AgentContext } from '../../machines/agent-context.ts';
import { phaseId } from '../../machines/execution-work.ts';
import type { PhaseSummary, Rollback, StepResult } from '../../machines/ledger.ts';
import type { StepIdentity } from '../../machines/step.ts';
import { childrenOf } from '../engine/delivery.ts';
import type { Fold } from '../engine/fold.ts';
import type { StepError, Usage } from '../ports/agent-request.ts';
import type { LogRecord } from '../ports/event-log.ts';
import { ATTRIBUTE, type SpanAttributes, type SpanRecord } from './span-record.ts';
import { spanIds, traceOf } from './trace-of.ts';

/** What of a state is gone once a record that ends something is folded. */
export interface Before {
  readonly status: string;
  readonly phases: Fold['context']['phases'];
  readonly rollback: Rollback | undefined;
  /** Live runs of steps: at most as many as the windows of the phases hold. */
  readonly runs: readonly LiveRun[];
}

interface LiveRun {
  readonly run: string;
  readonly kind: string;
  readonly context: StepIdentity & { readonly offeredAt: number } & Partial<AgentContext>;
}

export function standingBefore({ status, context, world }: Fold): Before {
  const runs: LiveRun[] = [];
  for (const [run, actor] of world.steps)
    runs.push({ run, kind: String(actor.src), context: actor.getSnapshot().context });
  return { status, phases: context.phases, rollback: world.ledger.rollback, runs };
}

/**
 * Spans that a record ended, from the smallest to the largest: the attempt, steps, phases, a rollback, the execution.
 * @param before undefined: the record began the execution
 */
export function endedSpans(before: Before | undefined, fold: Fold, record: LogRecord): readonly SpanRecord[] {
  const spans: SpanRecord[] = [];
  if (before !== undefined) {
    const attempt = attemptSpan(before, fold, record);
    if (attempt !== undefined) spans.push(attempt);
    for (const live of before.runs) {
      if (!fold.world.steps.has(live.run)) spans.push(stepSpan(live, fold));
    }
  }
  if (before?.phases !== fold.context.phases) spans.push(...phaseSpans(before?.phases ?? {}, fold));
  const rollback = fold.world.ledger.rollback;
  if (rollback !== undefined && rollback !== before?.rollback && rollback.endedAt !== undefined)
    spans.push(rollbackSpan(fold, rollback, rollback.endedAt));
  if (fold.hasEnded && before?.status !== fold.status) spans.push(executionSpan(fold));
  return spans;
}

const OUTCOMES: { readonly [type: string]: string } = {
  'step.succeeded': 'succeeded',
  'step.failed': 'failed',
  'step.asked': 'asked',
  'claim.released': 'released',
  'claim.expired': 'expired',
};

/** What the records that end a claim say, each as far as its type has it. */
interface EndData {
  readonly step: string;
  readonly fence: number;
  readonly error?: StepError;
  readonly usage?: Usage;
  readonly reason?: string;
}

/** The invocation of an agent: from the claim to the report, as the log saw it. */
function attemptSpan({ runs }: Before, fold: Fold, record: LogRecord): SpanRecord | undefined {
  const outcome = OUTCOMES[record.type];
  if (outcome === undefined) return undefined;
  const { step, fence, error, usage, reason } = record.data as unknown as EndData;
  const context = runs.find(({ run }) => run === step)?.context;
  const { claim, role = '', attempt = 1, run = step } = context ?? {};
  if (context === undefined || claim?.fence !== fence) return undefined;
  const { execution, now } = fold.world;
  const previous = attempt > 1 ? [spanIds.attempt(execution, run, attempt - 1)] : [];
  return {
    id: spanIds.attempt(execution, run, attempt),
    parent: spanIds.step(execution, run, context.offeredAt),
    of: 'attempt',
    name: `invoke_agent ${role}`,
    kind: 'client',
    startAt: claim.at,
    endAt: now,
    attributes: {
      [ATTRIBUTE.operation]: 'invoke_agent',
      [ATTRIBUTE.provider]: 'troupe',
      [ATTRIBUTE.agent]: role,
      [ATTRIBUTE.conversation]: execution,
      ...usageAttributes(usage),
      ...aboutStep(fold, context),
      [ATTRIBUTE.attempt]: attempt,
      [ATTRIBUTE.outcome]: outcome,
      [ATTRIBUTE.host]: claim.host,
      ...(attempt === context.firstAttempt
        ? { [ATTRIBUTE.waited]: Math.max(0, claim.at - context.offeredAt) / 1000 }
        : {}),
    },
    ...failureOf(outcome, error, reason),
    ...(previous.length === 0 ? {} : { links: previous }),
  };
}

function failureOf(
  outcome: string,
  error: StepError | undefined,
  reason: string | undefined,
): Pick<SpanRecord, 'error'> {
  if (error !== undefined) return { error: { type: error.class, message: error.message } };
  if (outcome === 'expired')
    return { error: { type: 'lease-expired', message: reason ?? 'The claim expired.' } };
  return {};
}

function usageAttributes(usage: Usage | undefined): SpanAttributes {
  return {
    [ATTRIBUTE.model]: usage?.model,
    [ATTRIBUTE.inputTokens]: usage?.inputTokens,
    [ATTRIBUTE.outputTokens]: usage?.outputTokens,
    [ATTRIBUTE.tokens]: usage?.tokens,
    [ATTRIBUTE.cost]: usage?.usd,
  };
}

/** A step of any kind, from when it was first offered to its end; also a question to people that is a part of something. */
function stepSpan({ run, kind, context }: LiveRun, fold: Fold): SpanRecord {
  const { execution, ledger, now } = fold.world;
  const { phase, offeredAt, partOf } = context;
  const results = partOf === 'rollback' ? ledger.compensations : ledger.phases.get(phase)?.results;
  const found = results?.get(run);
  const result = found?.startedAt === offeredAt ? found : undefined;
  const undoes = ledger.rollback?.plan?.find((undoing) => undoing.run === run)?.step;
  return {
    id: spanIds.step(execution, run, offeredAt),
    parent: parentOf(fold, context),
    of: 'step',
    name: `${undoes === undefined ? 'step' : 'compensate'} ${context.step}`,
    kind: 'internal',
    startAt: offeredAt,
    endAt: Math.max(offeredAt, result?.endedAt ?? now),
    attributes: {
      ...aboutStep(fold, context),
      [ATTRIBUTE.stepKind]: result?.kind ?? kind,
      [ATTRIBUTE.status]: result?.status,
      [ATTRIBUTE.attempts]: result?.attempts,
      [ATTRIBUTE.cached]: result?.cached,
      [ATTRIBUTE.undoes]: undoes,
    },
    ...stepFailure(result),
  };
}

function stepFailure(result: StepResult | undefined): Pick<SpanRecord, 'error'> {
  if (result?.status !== 'failed') return {};
  const { class: type = 'failed', message = 'The step failed.' } = result.error ?? {};
  return { error: { type, message } };
}

/** The phase's span, or the rollback's for what undoes. */
function parentOf(fold: Fold, { phase, partOf }: StepIdentity): string {
  const { execution, ledger } = fold.world;
  if (partOf === 'rollback') return spanIds.rollback(execution, ledger.rollbacks.length);
  return spanIds.phase(execution, phase, startOf(fold, phase));
}

function startOf(fold: Fold, phase: string): number | undefined {
  const index = fold.pinned.definition.phases.findIndex(({ name }) => name === phase);
  return childrenOf(fold.root)[phaseId(index)]?.getSnapshot().context.startedAt;
}

function aboutStep({ world }: Fold, { phase, run }: StepIdentity): SpanAttributes {
  return { [ATTRIBUTE.execution]: world.execution, [ATTRIBUTE.phase]: phase, [ATTRIBUTE.step]: run };
}

/** Phases that ran and are over now. One that was skipped, or cancelled before its turn, took no time and has no span. */
function phaseSpans(before: Before['phases'], fold: Fold): readonly SpanRecord[] {
  const spans: SpanRecord[] = [];
  for (const [phase, standing] of Object.entries(fold.context.phases)) {
    if (before[phase] === standing || standing === 'waiting' || standing === 'admitted') continue;
    const summary = fold.world.ledger.phases.get(phase)?.summary;
    if (summary?.startedAt !== undefined) spans.push(phaseSpan(fold, phase, summary, summary.startedAt));
  }
  return spans;
}

function phaseSpan(fold: Fold, phase: string, summary: PhaseSummary, startAt: number): SpanRecord {
  const { execution } = fold.world;
  const { status, tries, degraded, error, endedAt } = summary;
  return {
    id: spanIds.phase(execution, phase, startAt),
    parent: spanIds.execution(execution),
    of: 'phase',
    name: `phase ${phase}`,
    kind: 'internal',
    startAt,
    endAt: endedAt,
    attributes: {
      [ATTRIBUTE.execution]: execution,
      [ATTRIBUTE.phase]: phase,
      [ATTRIBUTE.status]: status,
      [ATTRIBUTE.tries]: tries,
      [ATTRIBUTE.degraded]: degraded,
    },
    ...(status === 'failed'
      ? { error: { type: error?.code ?? 'PHASE_FAILED', message: error?.message ?? 'The phase failed.' } }
      : {}),
  };
}

function rollbackSpan(fold: Fold, rollback: Rollback, endAt: number): SpanRecord {
  const { execution } = fold.world;
  const { number, to, reason, outcome, beganAt } = rollback;
  return {
    id: spanIds.rollback(execution, number),
    parent: spanIds.execution(execution),
    of: 'rollback',
    name: 'rollback',
    kind: 'internal',
    startAt: beganAt,
    endAt,
    attributes: {
      [ATTRIBUTE.execution]: execution,
      [ATTRIBUTE.rollbackTo]: to,
      [ATTRIBUTE.rollbackReason]: reason,
      [ATTRIBUTE.rollbackOutcome]: outcome,
    },
    ...(outcome === 'failed'
      ? { error: { type: 'ROLLBACK_FAILED', message: 'Not everything could be undone.' } }
      : {}),
  };
}

const FAILED: ReadonlySet<string> = new Set(['failed', 'timedOut']);

/** The span of the whole execution, as far as it is. */
export function executionSpan(fold: Fold): SpanRecord {
  const { world, context, status, error, pinned } = fold;
  const { execution, now } = world;
  const { name: task, version } = pinned.definition;
  return {
    id: spanIds.execution(execution),
    parent: traceOf(fold).parent,
    of: 'execution',
    name: `invoke_workflow ${task}`,
    kind: 'internal',
    startAt: context.startedAt,
    endAt: context.endedAt ?? now,
    attributes: {
      [ATTRIBUTE.operation]: 'invoke_workflow',
      [ATTRIBUTE.workflow]: task,
      [ATTRIBUTE.conversation]: execution,
      [ATTRIBUTE.execution]: execution,
      [ATTRIBUTE.task]: task,
      [ATTRIBUTE.version]: version,
      [ATTRIBUTE.status]: status,
      [ATTRIBUTE.tokens]: world.ledger.usage.tokens,
      [ATTRIBUTE.cost]: world.ledger.usage.usd,
    },
    ...(FAILED.has(status)
      ? { error: { type: error?.code ?? status, message: error?.message ?? `The execution ${status}.` } }
      : {}),
  };
}
