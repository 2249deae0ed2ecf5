import { phaseId } from '../../machines/execution-work.ts';
import { programOf } from '../../machines/program.ts';
import { childrenOf } from '../engine/delivery.ts';
import type { Fold } from '../engine/fold.ts';
import type { PhaseDefinition } from '../task/definition.ts';
import { criticalPath } from './critical-path.ts';
import { criticalRunsIn } from './critical-runs.ts';
import type { GraphNode, TaskGraph } from './documents.ts';
import { expectPhases } from './expected-end.ts';
import { runsOfPhase } from './plan-runs.ts';
import { runTitle } from './run-title.ts';
import { Statuses, type StepStatus } from './step-status.ts';

export interface GraphOptions {
  /** Ms since 1970; what has not ended is expected to go on from here. */
  readonly now: number;
  /** How long steps took before, in ms: the median, by step id. */
  readonly durations?: ReadonlyMap<string, number> | undefined;
  /** Steps of a phase that have a node; the rest is only counted. Default: all. */
  readonly most?: number | undefined;
}

/**
 * Phases and the runs of their steps, with what depends on what, and the chain that decides when all is over: as it happened, and
 * from there on as estimates and history have it.
 */
export function taskGraphOf(
  fold: Fold,
  { now, durations, most = Number.POSITIVE_INFINITY }: GraphOptions,
): TaskGraph {
  const { definition } = fold.pinned;
  const statuses = new Statuses(fold);
  const children = childrenOf(fold.root);
  const expected = expectPhases(fold, { now, durations });
  const path = criticalPath(expected.spans).map(({ name }) => name);
  const critical = new Set(path);
  const nodes: GraphNode[] = [];
  const edges: TaskGraph['edges'][number][] = [];
  for (const [index, phase] of definition.phases.entries()) {
    const actor = children[phaseId(index)]?.getSnapshot();
    const { summary } = fold.world.ledger.phases.get(phase.name) ?? {};
    const isCritical = critical.has(phase.name);
    const state = actor === undefined ? 'pending' : String(actor.value);
    const runs = isCritical ? criticalRunsIn(fold, phase) : NONE;
    const steps = stepNodes(fold, phase, { statuses, critical: runs, most });
    nodes.push({
      id: phaseNode(phase.name),
      parent: null,
      title: phase.name,
      kind: 'phase',
      agent: null,
      status: PHASE_STATUS[state] ?? 'running',
      state,
      attempts:
        actor === undefined || actor.context.startedAt === undefined ? 0 : Number(actor.context.tries),
      startedAt: actor?.context.startedAt ?? null,
      endedAt: actor?.hasTag('ended') === true ? (summary?.endedAt ?? null) : null,
      isCritical,
      counts: steps.counts,
    });
    for (const needed of phase.dependsOn) {
      const at = path.indexOf(phase.name);
      edges.push({
        from: phaseNode(needed),
        to: phaseNode(phase.name),
        isCritical: at > 0 && path[at - 1] === needed,
      });
    }
    nodes.push(...steps.nodes);
    edges.push(...stepEdges(fold, phase, { critical: runs, most }));
  }
  return { nodes, edges, expectedEndAt: expected.endAt, expectedBy: expected.by };
}

const NONE: ReadonlySet<string> = new Set();

function phaseNode(name: string): string {
  return `phase:${name}`;
}

function stepNode(run: string): string {
  return `step:${run}`;
}

const PHASE_STATUS: { readonly [state: string]: StepStatus } = {
  pending: 'pending',
  waiting: 'waiting',
  skipped: 'cancelled',
  cancelled: 'cancelled',
  completed: 'succeeded',
  failed: 'failed',
  backingOff: 'retrying',
  draining: 'retrying',
};

/** Ballots are part of their vote, and have no node. */
function stepNodes(
  fold: Fold,
  phase: PhaseDefinition,
  {
    statuses,
    critical,
    most,
  }: { readonly statuses: Statuses; readonly critical: ReadonlySet<string>; readonly most: number },
): { readonly nodes: readonly GraphNode[]; readonly counts: NonNullable<GraphNode['counts']> } {
  const results = fold.world.ledger.phases.get(phase.name)?.results;
  const nodes: GraphNode[] = [];
  const counts: { [S in StepStatus]?: number } = {};
  for (const planned of runsOfPhase(fold, phase)) {
    if (planned.kind === 'ballot') continue;
    const status = statuses.of(planned);
    counts[status] = (counts[status] ?? 0) + 1;
    if (nodes.length >= most) continue;
    const { run, kind, agent } = planned;
    const live = fold.world.steps.get(run)?.getSnapshot();
    const result = live === undefined ? results?.get(run) : undefined;
    const attempt: number | undefined = live?.context.attempt;
    nodes.push({
      id: stepNode(run),
      parent: phaseNode(phase.name),
      title: runTitle(fold, planned),
      kind,
      agent: result?.agent ?? agent,
      status,
      state: live === undefined ? (result?.status ?? 'pending') : String(live.value),
      attempts:
        result?.attempts ??
        (attempt === undefined ? 0 : attempt - (live?.context.claim === undefined ? 1 : 0)),
      startedAt: result?.startedAt ?? live?.context.offeredAt ?? null,
      endedAt: result?.endedAt ?? null,
      isCritical: critical.has(run),
    });
  }
  return { nodes, counts };
}

/** What has to end before a step begins: of a barrier all above it up to the barrier before, in a sequence the step above. */
function stepEdges(
  fold: Fold,
  phase: PhaseDefinition,
  { critical, most }: { readonly critical: ReadonlySet<string>; readonly most: number },
): TaskGraph['edges'] {
  const items =
    phase.forEach === undefined ? undefined : fold.world.ledger.phases.get(phase.name)?.items?.length;
  const program = programOf(phase, items);
  const edges: TaskGraph['edges'][number][] = [];
  const add = (from: string, to: string): void => {
    edges.push({
      from: stepNode(from),
      to: stepNode(to),
      isCritical: critical.has(from) && critical.has(to),
    });
  };
  /** The runs that what comes next has to wait for. */
  let before: string[] = [];
  let side: string[] = [];
  for (let at = 0; at < Math.min(program.length, most); at += 1) {
    const { run, barrier } = program.at(at);
    if (barrier || !phase.parallel) {
      for (const above of side.length > 0 ? side : before) add(above, run);
      before = [run];
      side = [];
    } else {
      for (const above of before) add(above, run);
      side.push(run);
    }
  }
  return edges;
}
