import { valid } from 'semver';
import { checkDeadlines } from '../check/deadlines.ts';
import { checkExpressions } from '../check/expressions.ts';
import { checkGraph } from '../check/graph.ts';
import { checkRollbacks } from '../check/rollback.ts';
import {
  type AgentStep,
  type PhaseDefinition,
  type TaskDefinition,
  taskDefinitionSchema,
} from '../definition.ts';
import type { TaskDraft } from '../draft.ts';
import { REFUSED_KEYS } from '../source/located.ts';
import { readOutputs } from '../source/output-list.ts';
import type { Report } from '../source/report.ts';
import { suggest } from '../suggest.ts';
import { isTemplate } from '../template.ts';
import type { BuildContext, KnownNames } from './context.ts';
import { Fields } from './fields.ts';
import { buildOutputs } from './outputs.ts';
import { type BuiltPhase, buildPhase } from './phase.ts';
import { buildBudget, buildConcurrency, buildReaction, buildRetry, withoutAbsent } from './policies.ts';
import { TASK_POSITION } from './positions.ts';
import { buildRequirements } from './requirements.ts';
import { StepIds } from './step-ids.ts';
import { buildRollback, readPaths } from './undoing.ts';

/** The version of a task that gives none. */
const DEFAULT_VERSION = '0.0.0';

/** Makes the model of a draft; undefined when the report has errors. */
export function buildTask(draft: TaskDraft, known: KnownNames, report: Report): TaskDefinition | undefined {
  const fields = new Fields(draft.settings, report);
  const requirements = buildRequirements(fields, report);
  const context: BuildContext = {
    form: draft.form,
    report,
    known,
    requirements: new Set(Object.keys(requirements)),
    uses: [],
    effects: [],
  };
  const name = fields.text('name') ?? draft.title;
  if (name === undefined || name.text === '') {
    report.add(
      name?.place ?? draft.place,
      'MISSING_NAME',
      'the task has no name',
      "add 'name:' to its settings",
    );
  } else if (name.text.length > LONGEST_NAME) {
    report.add(name.place, 'BAD_NAME', `the name of a task has at most ${LONGEST_NAME} characters`);
  }
  const outputs = fields.take('outputs');
  const rollback = buildRollback(fields, report);
  const settings = {
    name: name?.text ?? '',
    description: fields.text('description')?.text,
    version: readVersion(fields, report),
    maxExecutionTimeMs: fields.duration('maxExecutionTime'),
    retry: buildRetry(fields, report),
    requirements,
    concurrency: buildConcurrency(fields, report),
    budget: buildBudget(fields, report),
    outputs: outputs && buildOutputs(readOutputs(outputs, report), TASK_POSITION, context),
    onFailure: buildReaction(fields, 'onFailure', report) ?? 'fail',
    mayRollback: fields.texts('mayRollback')?.map(({ text }) => text),
    rollback: rollback.policy,
    checkpointArtifacts: readPaths(fields, 'checkpointArtifacts', report),
  };
  fields.finish('a task');
  const phases = buildPhases(draft, context);
  checkRoles(fields, phases, context);
  checkRollbacks({ ...settings, phases, effects: context.effects }, report);
  checkGraph(phases, context);
  checkDeadlines(phases, settings, report);
  checkExpressions(context, phases);
  if (report.hasErrors) return undefined;
  // What the builders made fits; the schema is the last word, and gives the model its own key order.
  return taskDefinitionSchema.parse(
    withoutAbsent({
      ...settings,
      phases: phases.map(({ definition }) => withCompensationRetry(definition, rollback.retry)),
    }),
  );
}

/** A role that no step has would never ask. */
function checkRoles(fields: Fields, phases: readonly BuiltPhase[], { report }: BuildContext): void {
  const steps = phases.flatMap(({ definition }) => definition.steps);
  const roles = steps.flatMap((step) => (step.kind === 'agent' ? [step.agent] : []));
  if (roles.some(isTemplate)) return;
  for (const { text, place } of fields.texts('mayRollback') ?? []) {
    if (roles.includes(text)) continue;
    const hint = () => suggest(text, new Set(roles), 'agents of the task are');
    report.add(place, 'UNKNOWN_AGENT', `no step of the task is done by '${text}'`, hint);
  }
}

function withCompensationRetry(phase: PhaseDefinition, retry: AgentStep['retry']): PhaseDefinition {
  if (retry === undefined) return phase;
  const steps = phase.steps.map((step) =>
    step.kind === 'agent' && step.compensate !== undefined
      ? { ...step, compensate: { retry, ...step.compensate } }
      : step,
  );
  return { ...phase, steps };
}

function buildPhases(draft: TaskDraft, context: BuildContext): BuiltPhase[] {
  const { report } = context;
  if (draft.phases.length === 0) {
    const hint =
      draft.form === 'markdown'
        ? "a phase begins with a heading '## Phase: NAME'"
        : "list them in 'phases', each a map with a 'name'";
    report.add(draft.place, 'NO_PHASES', 'the task has no phases', hint);
  }
  const ids = new StepIds(report);
  const gates = draft.phases.flatMap(({ settings }) => {
    const gate = settings.entries.find(({ key }) => key.text === 'consensus')?.value;
    return gate?.kind === 'map' ? [{ settings: gate }] : [];
  });
  for (const { settings } of [...draft.phases.flatMap((phase) => phase.bullets), ...gates]) {
    const id = settings.entries.find(({ key }) => key.text === 'id')?.value;
    if (id?.kind === 'scalar') ids.reserve({ text: id.text.trim(), place: id.place });
  }
  for (const phase of draft.phases) {
    const gate = phase.settings.entries.find(({ key }) => key.text === 'approval')?.value;
    const id = gate?.kind === 'map' ? gate.entries.find(({ key }) => key.text === 'id')?.value : undefined;
    if (id?.kind === 'scalar') ids.reserve({ text: id.text.trim(), place: id.place });
  }
  const names = new Set<string>();
  return draft.phases.map((phase) => {
    const { text, place } = phase.name;
    if (text === '' || text.length > LONGEST_NAME || REFUSED_KEYS.has(text)) {
      const shown = `'${text.slice(0, 80)}' cannot be the name of a phase`;
      report.add(place, 'BAD_NAME', text === '' ? 'the phase has no name' : shown);
    } else if (names.has(text)) {
      report.add(place, 'DUPLICATE_PHASE', `two phases are called '${text}'`);
    }
    names.add(text);
    return buildPhase(phase, ids, context);
  });
}

/** Of a task or a phase: longer ones would fill every list and report. */
const LONGEST_NAME = 200;

function readVersion(fields: Fields, report: Report): string {
  const version = fields.text('version');
  if (version === undefined) return DEFAULT_VERSION;
  if (valid(version.text) === version.text) return version.text;
  const hint = 'write three numbers, such as 1.0.0 (see https://semver.org)';
  report.add(version.place, 'BAD_VERSION', `'${version.text}' is no version`, hint);
  return DEFAULT_VERSION;
}
