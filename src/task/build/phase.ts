import type { PhaseDefinition, StepDefinition } from '../definition.ts';
import type { PhaseDraft } from '../draft.ts';
import { rolesOf } from '../roles.ts';
import type { Place, PlacedText } from '../source/place.ts';
import { checkAgentName } from './agent-names.ts';
import { buildGate as buildApprovalGate } from './approval.ts';
import { buildGate as buildVoteGate } from './consensus.ts';
import type { BuildContext } from './context.ts';
import { buildExpression } from './expressions.ts';
import { Fields } from './fields.ts';
import { buildLimits } from './limits.ts';
import { buildOutputs } from './outputs.ts';
import { buildReaction, buildRetry, withoutAbsent } from './policies.ts';
import { positionsIn } from './positions.ts';
import type { StepIds } from './step-ids.ts';
import { buildSteps } from './steps.ts';
import { readPaths } from './undoing.ts';

/** A phase with the places that later checks report. */
export interface BuiltPhase {
  readonly definition: PhaseDefinition;
  readonly place: Place;
  readonly dependsOn: readonly PlacedText[];
}

export function buildPhase(draft: PhaseDraft, ids: StepIds, context: BuildContext): BuiltPhase {
  const { report } = context;
  const fields = new Fields(draft.settings, report);
  const name = draft.name.text;
  const dependsOn = fields.texts('dependsOn') ?? [];
  const forEachSource = fields.text('forEach');
  // Also a forEach that cannot be read gives its steps an item: one mistake is reported once.
  const positions = positionsIn(name, fields.take('forEach') !== undefined);
  const settings = {
    parallel: fields.boolean('parallel') ?? true,
    when: buildExpression(fields.text('when'), positions.before, context),
    forEach: buildExpression(forEachSource, positions.before, context),
    timeoutMs: fields.duration('timeout'),
    retry: buildRetry(fields, report),
    minSuccess: readMinSuccess(fields, context),
    onFailure: buildReaction(fields, 'onFailure', report),
    limits: buildLimits(fields, name, context),
    checkpoint: readCheckpoint(fields),
    artifacts: readPaths(fields, 'artifacts', report),
    estimateMs: fields.duration('estimate'),
  };
  const question = buildApprovalGate(fields.take('approval'), { context, ids, positions });
  const gate = fields.map('consensus');
  fields.notApplied(['isolation']);
  fields.finish('a phase');
  const agents = readAgents(draft, context);
  const around = { context, ids, phase: draft, agents, positions };
  const above = buildSteps(around);
  const vote = gate === undefined ? undefined : buildVoteGate(gate, around);
  const steps = [question, ...above, vote].filter((step) => step !== undefined);
  const definition = withoutAbsent({
    name,
    dependsOn: dependsOn.map(({ text }) => text),
    ...settings,
    steps,
    agents: agents.map(({ text }) => text),
    outputs: buildOutputs(draft.outputs, positions.barrier, context),
    line: draft.name.place.path === undefined ? draft.name.place.line : undefined,
  });
  if (definition.artifacts !== undefined && (definition.checkpoint ?? false) === false) {
    const hint = "write 'checkpoint: true' beside them";
    report.add(
      fields.placeOf('artifacts'),
      'NOT_APPLIED',
      'artifacts are measured for a checkpoint of the phase',
      hint,
    );
  }
  checkWork(definition, draft, fields, context);
  return { definition, place: draft.name.place, dependsOn };
}

function readMinSuccess(fields: Fields, { report }: BuildContext): number | 'all' | undefined {
  const value = fields.take('minSuccess');
  if (value?.kind === 'scalar' && value.value === 'all') return 'all';
  if (value?.kind === 'scalar' && typeof value.value === 'string') {
    report.add(value.place, 'BAD_VALUE', `minSuccess is a number or all, not '${value.text}'`);
    return undefined;
  }
  return fields.number('minSuccess', { least: 0, whole: true });
}

function readCheckpoint(fields: Fields): boolean | string | undefined {
  const value = fields.take('checkpoint');
  return value?.kind === 'scalar' && typeof value.value === 'boolean'
    ? value.value
    : fields.text('checkpoint')?.text;
}

/** Names that can be roles, each once. */
function readAgents(draft: PhaseDraft, context: BuildContext): PlacedText[] {
  const names = new Map<string, PlacedText>();
  for (const agent of draft.agents ?? []) {
    if (!checkAgentName(agent, context)) continue;
    if (names.has(agent.text))
      context.report.add(agent.place, 'DUPLICATE_KEY', `'${agent.text}' is listed twice`);
    names.set(agent.text, agent);
  }
  return [...names.values()];
}

/** Warns of phases that do nothing or cannot succeed. */
function checkWork(
  definition: PhaseDefinition,
  draft: PhaseDraft,
  fields: Fields,
  { report }: BuildContext,
): void {
  const { steps, minSuccess, forEach } = definition;
  const agentSteps = steps.filter(isAgentStep);
  if (draft.bullets.length === 0 && (draft.agents ?? []).length === 0) {
    report.add(draft.name.place, 'EMPTY_PHASE', `the phase '${definition.name}' has no steps`);
  }
  if (
    typeof minSuccess === 'number' &&
    forEach === undefined &&
    minSuccess > agentSteps.length &&
    !report.hasErrors
  ) {
    const message = `minSuccess asks for ${minSuccess} of ${agentSteps.length} agent steps`;
    report.add(fields.placeOf('minSuccess'), 'BAD_VALUE', message);
  }
  const hasPlain = draft.bullets.length === 0 || draft.bullets.some(({ kind }) => kind === undefined);
  const busy = new Set(steps.flatMap(rolesOf));
  for (const { text, place } of hasPlain ? [] : (draft.agents ?? [])) {
    if (busy.has(text)) continue;
    const hint = 'a plain bullet is for every agent of the list';
    report.add(place, 'IDLE_AGENT', `'${text}' is listed, but no bullet of this phase is for it`, hint);
  }
}

function isAgentStep(step: StepDefinition): step is StepDefinition & { kind: 'agent' } {
  return step.kind === 'agent';
}
