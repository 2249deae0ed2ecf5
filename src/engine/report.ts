import type { AnyActorRef } from 'xstate';
import type { AgentContext } from '../../machines/agent-context.ts';
import { approvalRunOf } from '../../machines/approval.ts';
import { approversOf } from '../../machines/approval-standing.ts';
import type { ConsensusContext } from '../../machines/consensus/context.ts';
import { turnoutOf } from '../../machines/consensus/poll.ts';
import type { Checkpoint } from '../../machines/execution-context.ts';
import type { Deviation, ExecutionError, StepResult, UsageTotals } from '../../machines/ledger.ts';
import { runId } from '../../machines/program.ts';
import { isoTime } from '../iso-time.ts';
import type { Json } from '../json.ts';
import type { StepError } from '../ports/agent-request.ts';
import type { PhaseDefinition, StepDefinition } from '../task/definition.ts';
import type { Fold } from './fold.ts';
import type { RerunLink } from './fold-snapshot.ts';
import { type RollbackReport, rollbackReportOf } from './rollback-report.ts';

/** An execution as people and scripts see it: the JSON of `troupe run --json` and `troupe show --json`. */
export interface ExecutionReport {
  readonly execution: string;
  readonly task: string;
  readonly version: string;
  readonly status: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** Up to the end, or to the time of the report. */
  readonly durationMs: number;
  readonly input: Json;
  readonly outputs: { readonly [name: string]: Json | undefined };
  readonly error: ExecutionError | null;
  /** Some agent step failed in a phase that completed. */
  readonly degraded: boolean;
  readonly reason?: string | undefined;
  readonly usage: UsageTotals;
  readonly checkpoints: readonly Checkpoint[];
  /** The newest, when there was one. */
  readonly rollback?: RollbackReport | undefined;
  /** Records that the fold refused, by reason. */
  readonly refused: { readonly [reason: string]: number };
  readonly phases: readonly PhaseReport[];
  /** The execution that this one was run again of, and from which step. */
  readonly rerunOf?: RerunLink | undefined;
}

export interface PhaseReport {
  readonly name: string;
  /** `pending` until its dependencies are met; then the phase's own state. */
  readonly status: string;
  readonly degraded: boolean;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly durationMs: number | null;
  readonly error: ExecutionError | null;
  readonly outputs: { readonly [name: string]: Json | undefined };
  /** Limits that it went beyond. */
  readonly deviations?: readonly Deviation[] | undefined;
  readonly steps: readonly StepReport[];
}

export interface StepReport {
  readonly id: string;
  readonly title: string;
  readonly kind: string;
  readonly agent: string | null;
  /**
   * `pending`; of a step at work the state of its actor (`offered`, `claimed`, `draining`, `backingOff`, `evaluating`, `waiting`, `opening`,
   * `voting`, `asking`, `verifying`, …); `succeeded`, `failed`, `cancelled`, `undone`.
   */
  readonly status: string;
  readonly attempts: number;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly durationMs: number | null;
  readonly output: Json;
  /** The output was kept from before: the agent was not asked. */
  readonly cached?: true | undefined;
  /** The output was kept from this execution, which was run again from a later step: nobody was asked. */
  readonly kept?: string | undefined;
  /** Who finished it by hand. */
  readonly completedBy?: string | undefined;
  readonly error: StepError | null;
  /** While it is live: who holds it, what it waits for. */
  readonly claimedBy?: string | undefined;
  readonly waitsFor?: string | undefined;
  /** Of a vote while it is held: who has voted, not how. */
  readonly poll?: PollReport | undefined;
  /** Digest of what its last attempt wrote to stderr. */
  readonly logs?: string | undefined;
}

export interface PollReport {
  /** From 1, in the present try of the phase. */
  readonly round: number;
  /** ISO 8601; when the round opened. */
  readonly since: string;
  readonly voted: readonly string[];
  readonly missing: readonly string[];
}

/**
 * Pure. Large values stand in it as references.
 * @param at the time of the report, in ms of the log's time, where that is later than the last record: while a process drives it
 */
export function reportOf(fold: Fold, at = 0): ExecutionReport {
  const { world, context, pinned } = fold;
  const now = Math.max(world.now, at);
  const phases = pinned.definition.phases.map((phase, index) => phaseReport(fold, phase, index, now));
  const end = context.endedAt ?? now;
  const rollback = rollbackReportOf(fold);
  return {
    execution: world.execution,
    task: pinned.definition.name,
    version: pinned.definition.version,
    status: fold.status,
    startedAt: isoTime(context.startedAt),
    finishedAt: context.endedAt === undefined ? null : isoTime(context.endedAt),
    durationMs: end - context.startedAt,
    input: world.input,
    outputs: world.ledger.outputs ?? {},
    error: fold.error ?? null,
    degraded: phases.some((phase) => phase.degraded),
    ...(context.reason === undefined ? {} : { reason: context.reason }),
    usage: { ...world.ledger.usage },
    checkpoints: context.checkpoints,
    ...(rollback === undefined ? {} : { rollback }),
    refused: { ...fold.refused },
    ...(fold.rerunOf === undefined ? {} : { rerunOf: fold.rerunOf }),
    phases,
  };
}

function phaseReport(fold: Fold, phase: PhaseDefinition, index: number, now: number): PhaseReport {
  const actor = childOf(fold.root, `phase-${index}`);
  const produce = fold.world.ledger.phases.get(phase.name);
  const summary = produce?.summary;
  const state = actor === undefined ? 'pending' : String(actor.getSnapshot().value);
  const ended = actor?.getSnapshot().hasTag('ended') === true;
  const startedAt: number | undefined = actor?.getSnapshot().context.startedAt;
  const endedAt = ended ? summary?.endedAt : undefined;
  return {
    name: phase.name,
    status: state,
    degraded: ended && summary?.degraded === true,
    startedAt: startedAt === undefined ? null : isoTime(startedAt),
    finishedAt: endedAt === undefined ? null : isoTime(endedAt),
    durationMs: startedAt === undefined ? null : (endedAt ?? now) - startedAt,
    error: (ended ? summary?.error : actor?.getSnapshot().context.error) ?? null,
    outputs: produce?.outputs ?? {},
    ...(produce?.deviations === undefined ? {} : { deviations: produce.deviations }),
    steps: stepReports(fold, phase, actor, now),
  };
}

function stepReports(
  fold: Fold,
  phase: PhaseDefinition,
  actor: AnyActorRef | undefined,
  now: number,
): readonly StepReport[] {
  const produce = fold.world.ledger.phases.get(phase.name);
  const items = phase.forEach === undefined ? undefined : (produce?.items?.length ?? 0);
  const live = liveSteps(actor);
  return phase.steps.flatMap((step) => {
    const repeats = items !== undefined && (step.kind === 'agent' || step.kind === 'custom');
    const runs = repeats ? Array.from({ length: items }, (_, item) => item) : [undefined];
    return runs.map((item): StepReport => {
      const id = runId(step, item);
      const role = step.kind === 'agent' ? roleOf(produce?.roles?.[step.id], item, step.agent) : null;
      return reportOfRun(
        fold,
        { run: id, step, agent: role },
        { live: live.get(id), result: produce?.results.get(id) },
        now,
      );
    });
  });
}

interface Run {
  readonly run: string;
  readonly step: StepDefinition;
  readonly agent: string | null;
}

/** One run of a step, a ballot's too. @param at as of {@link reportOf} */
export function stepReportOf(fold: Fold, run: Run & { readonly phase: PhaseDefinition }, at = 0): StepReport {
  const { world } = fold;
  const found = {
    live: world.steps.get(run.run),
    result: world.ledger.phases.get(run.phase.name)?.results.get(run.run),
  };
  return reportOfRun(fold, run, found, Math.max(world.now, at));
}

function reportOfRun(
  fold: Fold,
  { run: id, step, agent }: Run,
  { live, result }: { readonly live: AnyActorRef | undefined; readonly result: StepResult | undefined },
  now: number,
): StepReport {
  const base = { id, title: step.title, kind: step.kind };
  if (live !== undefined) return { ...base, ...liveReport(fold, live, now) };
  if (result !== undefined) return { ...base, ...endedReport(result) };
  return { ...base, ...PENDING, agent };
}

const PENDING = {
  status: 'pending',
  attempts: 0,
  startedAt: null,
  finishedAt: null,
  durationMs: null,
  output: null,
  error: null,
} as const;

function roleOf(roles: readonly string[] | undefined, item: number | undefined, agent: string): string {
  return item === undefined ? agent : (roles?.[item] ?? agent);
}

function endedReport(result: StepResult): Omit<StepReport, 'id' | 'title' | 'kind'> {
  return {
    agent: result.agent ?? null,
    status: result.status,
    attempts: result.attempts,
    startedAt: isoTime(result.startedAt),
    finishedAt: isoTime(result.endedAt),
    durationMs: result.endedAt - result.startedAt,
    output: result.output ?? null,
    ...(result.cached === true ? { cached: true } : {}),
    ...(result.kept === undefined ? {} : { kept: result.kept }),
    ...(result.by === undefined ? {} : { completedBy: result.by }),
    error: result.error ?? null,
    ...(result.logs === undefined ? {} : { logs: result.logs.$artifact }),
  };
}

function liveReport(fold: Fold, actor: AnyActorRef, now: number): Omit<StepReport, 'id' | 'title' | 'kind'> {
  const { context, value } = actor.getSnapshot();
  const agent = context as Partial<AgentContext> & { offeredAt: number; run: string; signal?: string };
  return {
    agent: agent.role ?? null,
    status: String(value),
    attempts: agent.attempt === undefined ? 0 : agent.attempt - (agent.claim === undefined ? 1 : 0),
    startedAt: isoTime(agent.offeredAt),
    finishedAt: null,
    durationMs: now - agent.offeredAt,
    output: null,
    error: fold.world.ledger.lastErrors.get(agent.run) ?? null,
    ...(agent.claim === undefined ? {} : { claimedBy: agent.claim.host }),
    ...(fold.isHeld(actor)
      ? { waitsFor: `people, who are asked about a limit of its phase` }
      : waitOf(String(value), agent)),
    ...(actor.src === 'consensus' ? pollOf(fold, context as ConsensusContext) : {}),
    ...askOf(fold, actor),
  };
}

function pollOf(fold: Fold, context: ConsensusContext): Pick<StepReport, 'poll' | 'waitsFor'> {
  const round = fold.world.ledger.phases.get(context.phase)?.polls?.[context.run]?.rounds[context.round - 1];
  if (round === undefined) return {};
  const { voted, missing } = turnoutOf(fold.world, context);
  const poll = {
    round: context.round - context.firstRound + 1,
    since: isoTime(round.openedAt),
    voted,
    missing,
  };
  if (missing.length === 0) return { poll };
  const named =
    missing.length > 3
      ? `${missing.slice(0, 3).join(', ')} and ${missing.length - 3} more`
      : missing.join(', ');
  return {
    poll,
    waitsFor: `the votes of ${named} (${voted.length} of ${voted.length + missing.length} have voted)`,
  };
}

function waitOf(state: string, { role, signal }: { role?: string; signal?: string }): { waitsFor?: string } {
  if (state === 'offered') return { waitsFor: `a host that offers ${role}` };
  if (state === 'waiting' && signal !== undefined) return { waitsFor: `the signal ${signal}` };
  return {};
}

/** What is asked of whom. */
function askOf(fold: Fold, actor: AnyActorRef): { status?: string; waitsFor?: string } {
  const { value, context } = actor.getSnapshot();
  const isApproval = actor.src === 'approval';
  // A step that has not begun is pending too; of this one a person is asked.
  if (value !== (isApproval ? 'pending' : 'asking')) return {};
  const standing = fold.world.ledger.approvals.get(isApproval ? context.run : approvalRunOf(context.run));
  if (standing === undefined) return {};
  const who = approversOf(standing)?.join(', ') ?? 'anybody';
  return { status: 'asking', waitsFor: `approval by ${who}: ${standing.question}` };
}

function liveSteps(phase: AnyActorRef | undefined): ReadonlyMap<string, AnyActorRef> {
  const live = new Map<string, AnyActorRef>();
  if (phase === undefined) return live;
  for (const child of Object.values(
    (phase.getSnapshot() as { children: { [id: string]: AnyActorRef } }).children,
  )) {
    // The actor of a slot stays when its step has ended; that step is in the ledger.
    if (!child.getSnapshot().hasTag('ended')) live.set(child.getSnapshot().context.run, child);
  }
  return live;
}

function childOf(actor: AnyActorRef, id: string): AnyActorRef | undefined {
  return (actor.getSnapshot() as { children: { [id: string]: AnyActorRef } }).children[id];
}
