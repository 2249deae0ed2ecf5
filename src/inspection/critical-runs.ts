import type { Fold } from '../engine/fold.ts';
import type { PhaseDefinition } from '../task/definition.ts';
import { runsOfPhase } from './plan-runs.ts';

/**
 * The runs of a phase that decided when it ended, or decide when it will: the one that ended last or, in a phase at work, is at work
 * the longest, and back from there each time the one whose end it began after.
 */
export function criticalRunsIn(fold: Fold, phase: PhaseDefinition): ReadonlySet<string> {
  const { steps, ledger } = fold.world;
  const results = ledger.phases.get(phase.name)?.results;
  const ended: Span[] = [];
  let open: Span | undefined;
  let first: string | undefined;
  for (const { run, kind } of runsOfPhase(fold, phase)) {
    if (kind === 'ballot') continue;
    first ??= run;
    const live = steps.get(run)?.getSnapshot();
    const result = live === undefined ? results?.get(run) : undefined;
    if (live !== undefined && (open === undefined || live.context.offeredAt < open.startedAt))
      open = { run, startedAt: live.context.offeredAt, endedAt: Number.POSITIVE_INFINITY };
    if (result !== undefined && result.status !== 'cancelled')
      ended.push({ run, startedAt: result.startedAt, endedAt: result.endedAt });
  }
  ended.sort((a, b) => b.endedAt - a.endedAt || a.startedAt - b.startedAt);
  const path = new Set<string>();
  let present = open ?? ended[0];
  // Before anything has begun it is the first step that decides.
  if (present === undefined) return new Set(first === undefined ? [] : [first]);
  path.add(present.run);
  for (const span of ended) {
    if (path.has(span.run) || span.endedAt > present.startedAt) continue;
    path.add(span.run);
    present = span;
  }
  return path;
}

interface Span {
  readonly run: string;
  readonly startedAt: number;
  readonly endedAt: number;
}
