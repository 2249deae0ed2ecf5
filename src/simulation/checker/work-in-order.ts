import type { Fold } from '../../engine/fold.ts';
import type { PhaseDefinition, StepDefinition } from '../../task/definition.ts';

/**
 * What is wrong with work that begins: a phase before it is not over, a step that it has to wait for has not ended, or more is at work
 * than the task allows. Read from the task and the results, without the machines' program.
 */
export function wrongBeginning(fold: Fold, run: string): readonly string[] {
  const { pinned, context, world } = fold;
  const { step, phase } = placeOf(fold, run) ?? {};
  if (step === undefined || phase === undefined) return [`${run} is no step of the task`];
  const wrong: string[] = [];
  for (const needed of phase.dependsOn) {
    const standing = context.phases[needed];
    if (standing === undefined || standing === 'waiting' || standing === 'admitted')
      wrong.push(`${run} was begun before the phase ${needed} was over`);
  }
  const results = world.ledger.phases.get(phase.name)?.results;
  for (const other of phase.steps.slice(0, phase.steps.indexOf(step))) {
    const mustHaveEnded = !phase.parallel || MEETING_POINTS.has(step.kind) || MEETING_POINTS.has(other.kind);
    // Of a `forEach` phase only what is there once.
    if (
      mustHaveEnded &&
      (phase.forEach === undefined || MEETING_POINTS.has(other.kind)) &&
      results?.has(other.id) !== true
    )
      wrong.push(`${run} was begun before ${other.id} had ended`);
  }
  const atWork = fold.claims().map((claim) => ({ ...claim, phase: placeOf(fold, claim.step)?.phase.name }));
  const { steps: most = 64, phases: mostPhases = Number.POSITIVE_INFINITY } = pinned.definition.concurrency;
  // Ballots are all at once, whatever the limit: they are one step of the phase.
  const inPhase = atWork.filter(
    (claim) => claim.phase === phase.name && placeOf(fold, claim.step)?.step.kind !== 'consensus',
  );
  if (inPhase.length > most)
    wrong.push(`${inPhase.length} steps of ${phase.name} are at work, where ${most} may be`);
  const busy = new Set(atWork.flatMap((claim) => (claim.draining ? [] : [claim.phase])));
  if (busy.size > mostPhases) wrong.push(`${busy.size} phases are at work, where ${mostPhases} may be`);
  return wrong;
}

/** Claims of what is over already, and that nobody is told to give up. */
export function leftAtWork(fold: Fold): readonly string[] {
  return fold.claims().flatMap(({ step, draining }) => {
    const phase = placeOf(fold, step)?.phase.name ?? '';
    const isOver = fold.hasEnded || OVER.has(fold.context.phases[phase] ?? '');
    return isOver && !draining
      ? [`${step} is left at work although ${fold.hasEnded ? 'all' : phase} is over`]
      : [];
  });
}

/** What is wrong with how the phases ended, by the results of their steps. */
export function wrongEnds(fold: Fold): readonly string[] {
  const { pinned, context, world } = fold;
  return pinned.definition.phases.flatMap((phase) => {
    if (context.phases[phase.name] !== 'completed') return [];
    const results = [...(world.ledger.phases.get(phase.name)?.results.values() ?? [])];
    const failed = results.filter(
      ({ kind, status }) => kind !== 'agent' && kind !== 'ballot' && !WAS_DONE.has(status),
    );
    const succeeded = results.filter(({ kind, status }) => kind === 'agent' && WAS_DONE.has(status)).length;
    const all = agentStepsOf(fold, phase);
    const needed = phase.minSuccess === 'all' ? all : (phase.minSuccess ?? Math.min(1, all));
    return [
      ...failed.map(({ step, status }) => `${phase.name} is completed, and ${step} ${status}`),
      ...(succeeded < needed ? [`${phase.name} is completed with ${succeeded} successes of ${needed}`] : []),
    ];
  });
}

const MEETING_POINTS: ReadonlySet<string> = new Set([
  'validation',
  'aggregate',
  'consensus',
  'wait',
  'approval',
]);
/** Also when it was undone later. */
const WAS_DONE: ReadonlySet<string> = new Set(['succeeded', 'undone']);
const OVER: ReadonlySet<string> = new Set(['completed', 'failed', 'skipped', 'cancelled']);

function agentStepsOf({ world }: Fold, { name, steps }: PhaseDefinition): number {
  const items = world.ledger.phases.get(name)?.items?.length ?? 1;
  return items * steps.filter(({ kind }) => kind === 'agent').length;
}

/** A ballot stands where its consensus stands. */
function isBallotOf(step: StepDefinition, id: string): boolean {
  return step.kind === 'consensus' && step.voters.some((voter) => voter.kind === 'agent' && voter.id === id);
}

function placeOf(
  { pinned }: Fold,
  run: string,
): { readonly step: StepDefinition; readonly phase: PhaseDefinition } | undefined {
  const id = pinned.phaseOfStep.has(run) ? run : run.replace(/_\d+$/, '');
  const phase = pinned.phases.get(pinned.phaseOfStep.get(id) ?? '');
  const step = phase?.steps.find((other) => other.id === id || isBallotOf(other, id));
  return step === undefined || phase === undefined ? undefined : { step, phase };
}
