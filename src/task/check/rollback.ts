import { lastReactionOf, peopleOf, peopleOfLimit } from '../asks.ts';
import type { EffectUse } from '../build/context.ts';
import type { BuiltPhase } from '../build/phase.ts';
import { placeOfTarget } from '../build/policies.ts';
import type {
  AgentStep,
  PhaseDefinition,
  RollbackTarget,
  StepDefinition,
  TaskDefinition,
} from '../definition.ts';
import type { Report } from '../source/report.ts';
import { suggest } from '../suggest.ts';
import { isTemplate } from '../template.ts';

/** What the check knows of a task: its phases may have mistakes still. */
export interface CheckedTask extends Pick<TaskDefinition, 'onFailure' | 'mayRollback'> {
  readonly phases: readonly BuiltPhase[];
  readonly effects: readonly EffectUse[];
}

/** Reports rollbacks to checkpoints that nobody makes, steps that one could want undone and cannot, and compensations for nothing. */
export function checkRollbacks(task: CheckedTask, report: Report): void {
  const checkpoints = checkpointsOf(task.phases);
  const triggers = triggersOf(task);
  for (const { target } of triggers) checkTarget(target, checkpoints, report);
  const before = ancestorsIn(task.phases);
  for (const use of task.effects) checkEffect(use, { triggers, checkpoints, before }, report);
}

/** Rollbacks that the steps and settings of a phase can ask for: each kind of step that can has its place here. */
function rollbackTargetsOf({ onFailure, limits = [], steps }: PhaseDefinition): readonly RollbackTarget[] {
  return [
    onFailure,
    ...limits.flatMap((limit) => [limit.reaction, lastReactionOf(peopleOfLimit(limit)?.onDeadline)]),
    ...steps.flatMap(reactionsOf),
  ].flatMap(targetOf);
}

/** What a decision, or that there was none, can lead to. */
function reactionsOf(step: StepDefinition): readonly Follow[] {
  switch (step.kind) {
    case 'approval':
      return [step.ask.onReject, lastReactionOf(step.ask.onDeadline)];
    case 'consensus': {
      const last = lastReactionOf(peopleOf(step)?.onDeadline);
      return [step.onDeadlock, last, ...Object.values(step.onDecision ?? {})];
    }
    default:
      return [];
  }
}

/** What may follow something, of which only rollbacks are of interest here. */
type Follow = string | { readonly rollback: RollbackTarget } | object | undefined;

function targetOf(follow: Follow): readonly RollbackTarget[] {
  return typeof follow === 'object' && 'rollback' in follow ? [follow.rollback as RollbackTarget] : [];
}

interface Trigger {
  readonly target: RollbackTarget;
  /** Where it can come from; undefined: from anywhere, at any time. */
  readonly phase: string | undefined;
  readonly what: string;
}

function triggersOf({ phases, onFailure, mayRollback = [] }: CheckedTask): readonly Trigger[] {
  const ofTask = targetOf(onFailure).map((target) => ({
    target,
    phase: undefined,
    what: "the task's onFailure",
  }));
  const ofPhases = phases.flatMap(({ definition }) => [
    ...rollbackTargetsOf(definition).map((target) => ({
      target,
      phase: definition.name,
      what: `the phase '${definition.name}'`,
    })),
    ...rolesIn(definition)
      .filter((role) => mayRollback.includes(role) || (mayRollback.length > 0 && isTemplate(role)))
      .map((role) => ({ target: {}, phase: definition.name, what: `the agent ${role} (mayRollback)` })),
  ]);
  return [...ofTask, ...ofPhases];
}

function rolesIn({ steps }: PhaseDefinition): readonly string[] {
  return [...new Set(steps.flatMap((step) => (step.kind === 'agent' ? [step.agent] : [])))];
}

/** Checkpoint -> the phase whose end it marks. */
function checkpointsOf(phases: readonly BuiltPhase[]): ReadonlyMap<string, string> {
  return new Map(
    phases.flatMap(({ definition: { name, checkpoint } }) => {
      if (checkpoint === undefined || checkpoint === false) return [];
      return [[checkpoint === true ? name : checkpoint, name] as const];
    }),
  );
}

function checkTarget(target: RollbackTarget, checkpoints: ReadonlyMap<string, string>, report: Report): void {
  const { to } = target;
  const place = placeOfTarget(target);
  if (to === undefined || place === undefined || checkpoints.has(to)) return;
  const hint = () =>
    checkpoints.size === 0
      ? "no phase makes one; write 'checkpoint: NAME' in a phase"
      : suggest(to, checkpoints.keys(), 'checkpoints are');
  report.add(place, 'UNKNOWN_CHECKPOINT', `no phase makes a checkpoint '${to}'`, hint);
}

interface Reach {
  readonly triggers: readonly Trigger[];
  readonly checkpoints: ReadonlyMap<string, string>;
  readonly before: (phase: string) => ReadonlySet<string>;
}

function checkEffect({ step, phase, place }: EffectUse, reach: Reach, report: Report): void {
  const trigger = reach.triggers.find((each) => reaches(each, phase, reach));
  if (isUnaccepted(step) && trigger !== undefined) {
    const message = `${trigger.what} could want the step undone, which is irreversible`;
    const hint = "go back to a checkpoint after it, or say at the step 'acceptIrreversible: REASON'";
    report.add(place, 'IRREVERSIBLE', message, hint);
  }
  if (step.compensate !== undefined && trigger === undefined) {
    const message = 'nothing in the task leads to this compensation; a person can, by troupe rollback';
    report.add(place, 'UNREACHABLE_COMPENSATION', message);
  }
}

function isUnaccepted({
  effect,
  acceptIrreversible,
}: Pick<AgentStep, 'effect' | 'acceptIrreversible'>): boolean {
  return effect === 'irreversible' && acceptIrreversible === undefined;
}

/** Whether it can come when the work of the phase has been done, and goes back to before that. */
function reaches({ target, phase: from }: Trigger, phase: string, { checkpoints, before }: Reach): boolean {
  if (from !== undefined && before(phase).has(from)) return false;
  const marked = target.to === undefined ? undefined : checkpoints.get(target.to);
  return marked === undefined || (marked !== phase && !before(marked).has(phase));
}

function ancestorsIn(phases: readonly BuiltPhase[]): (phase: string) => ReadonlySet<string> {
  const direct = new Map(phases.map(({ definition }) => [definition.name, definition.dependsOn]));
  const known = new Map<string, ReadonlySet<string>>();
  return (phase) => {
    const found = known.get(phase) ?? new Set<string>();
    if (known.has(phase)) return found;
    known.set(phase, found);
    const open = [...(direct.get(phase) ?? [])];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (found.has(name)) continue;
      (found as Set<string>).add(name);
      open.push(...(direct.get(name) ?? []));
    }
    return found;
  };
}
