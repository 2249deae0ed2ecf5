import type { StepDefinition } from '../definition.ts';
import type { BulletDraft, PhaseDraft } from '../draft.ts';
import { nearest } from '../nearest.ts';
import type { PlacedText } from '../source/place.ts';
import { STEP_KINDS } from '../yaml-task.ts';
import { buildAgentStep, buildPlainSteps, TEXT_WORDS } from './agent-steps.ts';
import { buildApproval } from './approval.ts';
import { buildAggregate, buildCustom, buildValidation, buildWait } from './barrier-steps.ts';
import { buildConsensus } from './consensus.ts';
import type { BuildContext } from './context.ts';
import type { PhasePositions } from './positions.ts';
import type { StepIds } from './step-ids.ts';

/** What the builders of steps share within a phase. */
export interface PhaseSurroundings {
  readonly context: BuildContext;
  readonly ids: StepIds;
  readonly phase: PhaseDraft;
  /** Checked names of the Agents list. */
  readonly agents: readonly PlacedText[];
  readonly positions: PhasePositions;
}

/** The steps of a phase, in file order. */
export function buildSteps(around: PhaseSurroundings): StepDefinition[] {
  const { phase, agents } = around;
  if (phase.bullets.length === 0) {
    // Agents without any bullet are told the phase's title.
    return agents.length === 0 ? [] : buildPlainSteps([titleBullet(phase)], around);
  }
  const steps: StepDefinition[] = [];
  let run: BulletDraft[] = [];
  const endRun = () => {
    if (run.length > 0) steps.push(...buildPlainSteps(run, around));
    run = [];
  };
  for (const bullet of phase.bullets) {
    if (bullet.kind === undefined) {
      run.push(bullet);
      // Its settings are about the bullets up to here.
      if (bullet.settings.entries.length > 0) endRun();
      continue;
    }
    endRun();
    const step = buildStep(bullet, bullet.kind, around);
    if (step !== undefined) steps.push(step);
  }
  endRun();
  return steps;
}

function buildStep(
  bullet: BulletDraft,
  kind: PlacedText,
  around: PhaseSurroundings,
): StepDefinition | undefined {
  switch (kind.text) {
    case 'agent':
      return buildAgentStep(bullet, around);
    case 'validation':
      return buildValidation(bullet, around);
    case 'aggregate':
      return buildAggregate(bullet, around);
    case 'wait':
      return buildWait(bullet, around);
    case 'consensus':
      return buildConsensus(bullet, around);
    case 'approval':
      return buildApproval(bullet, around);
    case 'task':
    case 'compare': {
      const message = `steps of the kind '${kind.text}' are not supported yet`;
      around.context.report.add(kind.place, 'NOT_YET_SUPPORTED', message);
      return undefined;
    }
    default:
      if (around.context.known.customKinds.has(kind.text)) return buildCustom(bullet, kind.text, around);
      reportUnknownKind(kind, around.context);
      return undefined;
  }
}

function reportUnknownKind(kind: PlacedText, { form, report, known }: BuildContext): void {
  const word = form === 'data' ? TEXT_WORDS.get(kind.text.toLowerCase()) : undefined;
  const near = word ?? nearest(kind.text, [...STEP_KINDS, ...known.customKinds]);
  const hint =
    near === undefined
      ? 'register it with registerStepStrategy, or begin the bullet with another word if it is meant as a sentence'
      : `did you mean '${near}'?`;
  report.add(kind.place, 'UNKNOWN_KIND', `no kind of step is called '${kind.text}'`, hint);
}

function titleBullet({ name }: PhaseDraft): BulletDraft {
  const settings = { kind: 'map', place: name.place, entries: [] } as const;
  return { place: name.place, kind: undefined, text: name, settings };
}
