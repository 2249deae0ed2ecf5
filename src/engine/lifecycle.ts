import { approversOf } from '../../machines/approval-standing.ts';
import type { ExecutionError } from '../../machines/ledger.ts';
import type { Json } from '../json.ts';
import type { StepError } from '../ports/agent-request.ts';
import type { LogRecord, Position } from '../ports/event-log.ts';
import type { Fold } from './fold.ts';

/**
 * What happens to executions, told as events. Names and fields `id`, `phase`, `duration`, `error` are those of the Task
 * Execution Framework; durations are in ms of log time, `at` is ms since 1970, `position` the record that made it so. Told
 * after the record is durable, in log order, at least once (again after a restart for what was not told).
 */
interface Told {
  /** The execution. */
  readonly id: string;
  readonly task: string;
  readonly at: number;
  readonly position: Position;
}

interface StepTold extends Told {
  readonly phase: string;
  readonly step: string;
  readonly agent?: string | undefined;
  readonly attempt: number;
}

interface ApprovalTold extends Told {
  readonly phase: string;
  readonly step: string;
  readonly question: string;
  /** Names, and groups as `group:NAME`; absent: anyone. */
  readonly approvers?: readonly string[] | undefined;
  /** ms since 1970. */
  readonly deadline?: number | undefined;
  /** Digest of what is approved. */
  readonly subject?: string | undefined;
  /** Who decided or delegated; absent: the deadline. */
  readonly by?: string | undefined;
}

/** Outputs by name; large ones as references. */
type Outputs = { readonly [name: string]: Json | undefined };

export interface LifecycleEvents {
  'execution:start': Told & { readonly input: Json };
  'execution:pausing': Told & { readonly reason?: string | undefined };
  'execution:paused': Told & { readonly reason?: string | undefined };
  'execution:resumed': Told;
  'execution:complete': Told & { readonly duration: number; readonly outputs: Outputs };
  'execution:error': Told & {
    readonly duration: number;
    readonly error: string;
    readonly cause: ExecutionError;
  };
  'execution:timeout': Told & { readonly duration: number; readonly error: string };
  'execution:rollback': Told & {
    readonly to: string | null;
    readonly reason: string;
    readonly by: string | null;
  };
  'execution:rolledback': Told & {
    readonly duration: number;
    readonly to: string | null;
    readonly reason: string;
    /** Whether the artifacts are those of the checkpoint; null where nothing was compared. */
    readonly verified: boolean | null;
  };
  /** A compensation ended well; the events of steps tell of its attempts too. */
  'step:compensated': StepTold & { readonly undoes: string };
  'execution:aborted': Told & { readonly duration: number; readonly reason?: string | undefined };
  'execution:suspended': Told & { readonly error: string };
  'phase:start': Told & { readonly phase: string };
  'phase:complete': Told & {
    readonly phase: string;
    readonly duration: number;
    readonly degraded: boolean;
    readonly outputs: Outputs;
  };
  'phase:failed': Told & { readonly phase: string; readonly duration: number; readonly error: string };
  'phase:skipped': Told & { readonly phase: string };
  'phase:cancelled': Told & { readonly phase: string };
  'step:start': StepTold & { readonly host: string };
  /** `cached`: with an answer kept from before; no `step:start` came before it. */
  'step:complete': StepTold & { readonly output: Json; readonly cached?: true | undefined };
  'step:failed': StepTold & { readonly error: StepError };
  /** A question waits for a person. After a grant that was void it stands again, which `approval:voided` tells. */
  'approval:requested': ApprovalTold;
  'approval:granted': ApprovalTold & { readonly comment?: string | undefined };
  'approval:rejected': ApprovalTold & { readonly comment?: string | undefined };
  /** Somebody else may decide as well. */
  'approval:delegated': ApprovalTold & { readonly to?: string | undefined };
  'approval:reminder': ApprovalTold & { readonly reminders: number };
  /** More people may decide. */
  'approval:escalated': ApprovalTold;
  /** A grant did not count: what it was about had changed. */
  'approval:voided': ApprovalTold & { readonly was?: string | undefined; readonly is?: string | undefined };
  'approval:expired': ApprovalTold;
  'step:expired': StepTold & { readonly reason: string };
  /** Live, never in the log. */
  'step:progress': {
    readonly id: string;
    readonly step: string;
    readonly agent: string;
    readonly attempt: number;
    readonly progress: Json;
  };
}

export type LifecycleEvent = {
  [Name in keyof LifecycleEvents]: { readonly type: Name } & LifecycleEvents[Name];
}[keyof LifecycleEvents];

/** Where an execution stood before a record, cheaply comparable. */
export interface Standing {
  readonly status: string;
  readonly phases: Fold['context']['phases'];
  /** How many had begun. One may begin and end in the same record, or begin from a pause. */
  readonly rollbacks: number;
}

export function standingOf(fold: Fold): Standing {
  return { status: fold.status, phases: fold.context.phases, rollbacks: fold.world.ledger.rollbacks.length };
}

export function standsAs(standing: Standing | undefined, fold: Fold): boolean {
  return (
    standing?.status === fold.status &&
    standing.phases === fold.context.phases &&
    standing.rollbacks === fold.world.ledger.rollbacks.length
  );
}

/** Events of the execution and its phases that lie between two standings. */
export function changesSince(
  before: Standing | undefined,
  fold: Fold,
  record: Pick<LogRecord, 'execution' | 'position'>,
): readonly LifecycleEvent[] {
  const { status } = fold;
  const { phases } = fold.context;
  if (standsAs(before, fold)) return [];
  const told = toldBy(fold, record);
  const events: LifecycleEvent[] = [];
  if (before === undefined) events.push({ type: 'execution:start', ...told, input: fold.world.input });
  if (before?.phases !== phases) events.push(...phaseEvents(before?.phases ?? {}, fold, told));
  const hasBegun = fold.world.ledger.rollbacks.length > (before?.rollbacks ?? 0);
  if (hasBegun) events.push(rollbackEvent(fold, told));
  const standing = hasBegun ? 'rollingBack' : before?.status;
  if (standing !== status) events.push(...executionEvents(standing, fold, told));
  return events;
}

function rollbackEvent({ world }: Fold, told: Told): LifecycleEvent {
  const { to = null, reason = '', by = null } = world.ledger.rollback ?? {};
  return { type: 'execution:rollback', ...told, to, reason, by };
}

/** What an accepted record about a step says. */
export function stepEventOf(fold: Fold, record: LogRecord): LifecycleEvent | undefined {
  const data = record.data as unknown as StepData;
  const base = () => ({
    ...toldBy(fold, record),
    phase: phaseOfRun(fold, data.step),
    step: data.step,
    attempt: data.attempt,
    agent: record.source.startsWith('agent.') ? record.source.slice('agent.'.length) : undefined,
  });
  switch (record.type) {
    case 'step.claimed':
      return { type: 'step:start', ...base(), agent: data.role, host: data.host };
    case 'step.succeeded': {
      const undoing = fold.world.ledger.rollback?.plan?.find(({ run }) => run === data.step);
      if (undoing !== undefined) return { type: 'step:compensated', ...base(), undoes: undoing.step };
      return { type: 'step:complete', ...base(), output: data.output };
    }
    case 'step.answered': {
      const { phase, ...told } = base();
      const agent = fold.world.ledger.phases.get(phase)?.results.get(data.step)?.agent;
      return { type: 'step:complete', ...told, phase, agent, output: data.output, cached: true };
    }
    case 'step.failed':
      return { type: 'step:failed', ...base(), error: data.error };
    case 'claim.expired':
      return { type: 'step:expired', ...base(), reason: data.reason };
    default:
      return undefined;
  }
}

/** What the last record did to approvals. */
export function approvalEvents(
  fold: Fold,
  record: Pick<LogRecord, 'execution' | 'position'>,
): readonly LifecycleEvent[] {
  return fold.world.notes.map(({ what, phase, run, standing, dueAt, by, to }) => {
    const { question, subject, decision, voids, reminders = 0 } = standing;
    const approvers = approversOf(standing);
    const voided = voids?.at(-1);
    const base = {
      ...toldBy(fold, record),
      phase,
      step: run,
      question,
      ...(approvers === undefined ? {} : { approvers }),
      ...(dueAt === undefined ? {} : { deadline: dueAt }),
      ...(subject === undefined ? {} : { subject: subject.digest }),
      ...(by === undefined ? {} : { by }),
    };
    switch (what) {
      case 'granted':
      case 'rejected': {
        const { comment } = decision ?? {};
        return { type: `approval:${what}`, ...base, ...(comment === undefined ? {} : { comment }) };
      }
      case 'delegated':
        return { type: 'approval:delegated', ...base, to };
      case 'reminder':
        return { type: 'approval:reminder', ...base, reminders };
      case 'voided':
        return { type: 'approval:voided', ...base, was: voided?.was, is: voided?.is };
      default:
        return { type: `approval:${what}`, ...base };
    }
  });
}

/** Fields of the records about steps; each has those of its type, checked when it was folded. */
interface StepData {
  readonly step: string;
  readonly attempt: number;
  readonly role: string;
  readonly host: string;
  readonly output: Json;
  readonly error: StepError;
  readonly reason: string;
}

function toldBy(fold: Fold, record: Pick<LogRecord, 'execution' | 'position'>): Told {
  return {
    id: record.execution,
    task: fold.pinned.definition.name,
    at: fold.world.now,
    position: record.position,
  };
}

/** A run of a step in a `forEach` phase has the item's number behind the step's id. */
function phaseOfRun({ pinned }: Fold, run: string): string {
  return pinned.phaseOfStep.get(run) ?? pinned.phaseOfStep.get(run.replace(/(_\d+)+$/, '')) ?? '';
}

function phaseEvents(before: Standing['phases'], fold: Fold, told: Told): readonly LifecycleEvent[] {
  const events: LifecycleEvent[] = [];
  for (const [phase, standing] of Object.entries(fold.context.phases)) {
    if (before[phase] === standing) continue;
    if (standing === 'waiting') continue;
    if (before[phase] !== 'admitted') events.push({ type: 'phase:start', ...told, phase });
    if (standing !== 'admitted') events.push(phaseEnd(phase, standing, fold, told));
  }
  return events;
}

function phaseEnd(
  phase: string,
  standing: 'completed' | 'failed' | 'skipped' | 'cancelled',
  fold: Fold,
  told: Told,
): LifecycleEvent {
  const produce = fold.world.ledger.phases.get(phase);
  const summary = produce?.summary;
  const duration = summary?.startedAt === undefined ? 0 : summary.endedAt - summary.startedAt;
  switch (standing) {
    case 'completed': {
      const degraded = summary?.degraded ?? false;
      return { type: 'phase:complete', ...told, phase, duration, degraded, outputs: produce?.outputs ?? {} };
    }
    case 'failed':
      return { type: 'phase:failed', ...told, phase, duration, error: summary?.error?.message ?? 'failed' };
    case 'skipped':
      return { type: 'phase:skipped', ...told, phase };
    case 'cancelled':
      return { type: 'phase:cancelled', ...told, phase };
  }
}

function executionEvents(before: string | undefined, fold: Fold, told: Told): readonly LifecycleEvent[] {
  const { context, status } = fold;
  const duration = told.at - context.startedAt;
  const cause = fold.error ?? { code: 'UNEXPECTED', message: 'The execution failed.' };
  switch (status) {
    case 'running':
      return before === undefined ? [] : [{ type: 'execution:resumed', ...told }];
    case 'pausing':
      return [{ type: 'execution:pausing', ...told, reason: context.reason }];
    case 'paused':
      return [{ type: 'execution:paused', ...told, reason: context.reason }];
    case 'completed':
      return [{ type: 'execution:complete', ...told, duration, outputs: fold.world.ledger.outputs ?? {} }];
    case 'failed':
      return [{ type: 'execution:error', ...told, duration, error: cause.message, cause }];
    case 'timedOut':
      return [{ type: 'execution:timeout', ...told, duration, error: cause.message }];
    case 'rollingBack':
      return [{ type: 'execution:resumed', ...told }];
    case 'rolledBack': {
      const { to = null, reason = '', verified = null } = fold.world.ledger.rollback ?? {};
      return [{ type: 'execution:rolledback', ...told, duration, to, reason, verified }];
    }
    case 'aborted':
      return [{ type: 'execution:aborted', ...told, duration, reason: context.reason }];
    case 'suspended':
      return [{ type: 'execution:suspended', ...told, error: cause.message }];
    default:
      return [];
  }
}
