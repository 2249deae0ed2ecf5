import type { BuiltPhase } from '../build/phase.ts';
import { ID_PATTERN, type PhaseDefinition, type StepDefinition, type TaskDefinition } from '../definition.ts';
import { rolesOf } from '../roles.ts';
import { REFUSED_KEYS } from '../source/located.ts';
import type { Place } from '../source/place.ts';
import type { Report } from '../source/report.ts';
import { isTemplate } from '../template.ts';
import { checkGraph } from './graph.ts';

/** Reports what no reader of this version would have made of any file: nothing could run such a definition to its end. */
export function checkDefinition({ phases, outputs = [] }: TaskDefinition, report: Report): void {
  const built = phases.map((definition, index) =>
    locate(definition, { line: 1, column: 1, path: `phases[${index}]` }),
  );
  checkUnique(
    built.map(({ definition, place }) => ({ name: definition.name, place })),
    'DUPLICATE_PHASE',
    report,
  );
  const steps = built.flatMap(({ definition, place }) =>
    definition.steps
      .flatMap((step) => [step.id, ...ballotIds(step), ...undoIds(step)])
      .map((id) => ({ name: id, place })),
  );
  checkUnique(steps, 'DUPLICATE_STEP', report);
  for (const { definition, place } of built) {
    for (const agent of [...definition.agents, ...plainRoles(definition)]) {
      if (!ID_PATTERN.test(agent) || REFUSED_KEYS.has(agent)) {
        report.add(place, 'BAD_NAME', `'${agent.slice(0, 80)}' cannot be the name of an agent`);
      }
    }
    for (const { name } of definition.outputs) checkName(name, place, report);
  }
  for (const { name } of outputs) checkName(name, { line: 1, column: 1, path: 'outputs' }, report);
  checkGraph(built, { form: 'data', report });
}

/** Ballots are steps with ids of their own. */
function ballotIds(step: StepDefinition): string[] {
  if (step.kind !== 'consensus') return [];
  return step.voters.flatMap((voter) => (voter.kind === 'agent' ? [voter.id] : []));
}

/** So are compensations. */
function undoIds(step: StepDefinition): string[] {
  return step.kind === 'agent' && step.compensate !== undefined ? [step.compensate.id] : [];
}

interface Named {
  readonly name: string;
  readonly place: Place;
}

function checkUnique(
  all: readonly Named[],
  code: 'DUPLICATE_PHASE' | 'DUPLICATE_STEP',
  report: Report,
): void {
  const seen = new Set<string>();
  for (const { name, place } of all) {
    checkName(name, place, report);
    if (seen.has(name)) report.add(place, code, `'${name.slice(0, 80)}' is there twice`);
    seen.add(name);
  }
}

function checkName(name: string, place: Place, report: Report): void {
  if (REFUSED_KEYS.has(name)) report.add(place, 'BAD_NAME', `nothing can be called '${name}'`);
}

/** A template is checked when it is rendered. */
function plainRoles({ steps }: PhaseDefinition): string[] {
  return steps.flatMap(rolesOf).filter((role) => !isTemplate(role));
}

function locate(definition: PhaseDefinition, place: Place): BuiltPhase {
  return { definition, place, dependsOn: definition.dependsOn.map((text) => ({ text, place })) };
}
