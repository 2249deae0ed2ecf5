import { ballotRun } from '../../machines/derived-steps.ts';
import { programOf } from '../../machines/program.ts';
import type { Fold } from '../engine/fold.ts';
import type { PhaseDefinition, StepDefinition } from '../task/definition.ts';

/** A run of a step, begun or still to come. */
export interface PlanRun {
  readonly run: string;
  readonly step: StepDefinition;
  readonly phase: PhaseDefinition;
  readonly item: number | undefined;
  /** `ballot` of a voter's step, else the step's own kind. */
  readonly kind: string;
  readonly agent: string | null;
}

/** Every run that is known of, in the plan's order: phases as in the file, items one after the other, ballots behind their vote. */
export function* planRunsOf(fold: Fold): Generator<PlanRun> {
  for (const phase of fold.pinned.definition.phases) yield* runsOfPhase(fold, phase);
}

export function* runsOfPhase(fold: Fold, phase: PhaseDefinition): Generator<PlanRun> {
  const produce = fold.world.ledger.phases.get(phase.name);
  // Until the items are known each step stands for its runs.
  const items = phase.forEach === undefined ? undefined : produce?.items?.length;
  const program = programOf(phase, items);
  for (let at = 0; at < program.length; at += 1) {
    const { step, item, run } = program.at(at);
    const role =
      step.kind === 'agent'
        ? item === undefined
          ? step.agent
          : (produce?.roles?.[step.id]?.[item] ?? step.agent)
        : null;
    yield { run, step, phase, item, kind: step.kind, agent: role };
    if (step.kind !== 'consensus') continue;
    const rounds = produce?.polls?.[run]?.rounds.length ?? 0;
    for (let round = 1; round <= rounds; round += 1) {
      for (const { kind, id, name } of agentVoters(step)) {
        const ballot = fold.pinned.stepsById.get(id);
        if (ballot !== undefined)
          yield { run: ballotRun(id, round), step: ballot, phase, item: undefined, kind, agent: name };
      }
    }
  }
}

function agentVoters(step: Extract<StepDefinition, { kind: 'consensus' }>) {
  return step.voters.flatMap((voter) =>
    voter.kind === 'agent' ? [{ kind: 'ballot', id: voter.id, name: voter.name }] : [],
  );
}

/** The run that is meant; undefined when there is none of that id. */
export function planRunOf(fold: Fold, run: string): PlanRun | undefined {
  const name = phaseOfRun(fold, run);
  const phase = name === undefined ? undefined : fold.pinned.phases.get(name);
  if (phase === undefined) return undefined;
  for (const each of runsOfPhase(fold, phase)) if (each.run === run) return each;
  return undefined;
}

/** Name of the phase that the run belongs to, from its id alone. */
function phaseOfRun({ pinned }: Pick<Fold, 'pinned'>, run: string): string | undefined {
  return pinned.phaseOfStep.get(run) ?? pinned.phaseOfStep.get(run.replace(/_\d+$/, ''));
}
