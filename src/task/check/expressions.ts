import type { BuildContext, Use } from '../build/context.ts';
import { placeOfWord } from '../build/expressions.ts';
import type { BuiltPhase } from '../build/phase.ts';
import { parseExpression } from '../expression.ts';
import { type PlacedText, shift } from '../source/place.ts';
import { suggest } from '../suggest.ts';
import { templatePaths } from '../template.ts';
import { outputKeysOf } from './output-keys.ts';

/** Reports fields, phases and outputs, named in expressions and templates, that cannot exist where they are read. */
export function checkExpressions(
  { uses, report, requirements }: BuildContext,
  phases: readonly BuiltPhase[],
): void {
  const byName = new Map(phases.map((phase) => [phase.definition.name, phase]));
  const upstream = upstreamOf(phases);
  for (const use of uses) {
    for (const path of pathsOf(use)) checkPath(path, use);
  }
  // A step that could not be built may be the one that makes an output.
  if (!report.hasErrors) for (const phase of phases) checkOwnOutputs(phase);

  function checkPath([root, name, ...rest]: readonly string[], use: Use): void {
    if (root === 'input' && name !== undefined) checkField(name, use);
    if ((root !== 'phases' && root !== 'outputs') || name === undefined) return;
    const place = placeOfWord(name, use.source);
    const phase = byName.get(name);
    if (phase === undefined) {
      const hint = () => suggest(name, byName.keys(), 'phases are');
      report.add(place, 'UNKNOWN_PHASE', `no phase is called '${name}'`, hint);
      return;
    }
    const { phase: reader } = use.position;
    if (reader !== undefined && !upstream(reader).has(name)) {
      const hint = `add '${name}' to the phase's dependsOn`;
      report.add(
        place,
        'NOT_UPSTREAM',
        `'${reader}' does not wait for '${name}', so it cannot read what that gives`,
        hint,
      );
      return;
    }
    const key = root === 'outputs' ? rest[0] : rest[0] === 'outputs' ? rest[1] : undefined;
    const keys = outputKeysOf(phase.definition);
    if (key === undefined || keys === undefined || keys.has(key)) return;
    const hint = () => (keys.size === 0 ? 'it gives nothing' : suggest(key, keys, 'it gives'));
    report.add(
      placeOfWord(key, use.source),
      'OUTPUT_NOT_MADE',
      `the phase '${name}' has no output '${key}'`,
      hint,
    );
  }

  /** An input with a field that the task does not ask for is refused, so nothing else can be read of it. */
  function checkField(name: string, { source }: Use): void {
    if (requirements.has(name)) return;
    const hint = () =>
      requirements.size === 0
        ? "the task has no 'requirements'; list the field there"
        : suggest(name, requirements, 'requirements are');
    report.add(placeOfField(name, source), 'UNKNOWN_ROOT', `the input has no field '${name}'`, hint);
  }

  function checkOwnOutputs({ definition, place }: BuiltPhase): void {
    const made = outputKeysOf({ ...definition, outputs: [] });
    const hasAgents = definition.steps.some(
      ({ kind }) => kind === 'agent' || kind === 'wait' || kind === 'approval' || kind === 'custom',
    );
    if (made === undefined || hasAgents) return;
    for (const { name, expression } of definition.outputs) {
      if (expression !== undefined || made.has(name)) continue;
      report.add(
        place,
        'OUTPUT_NOT_MADE',
        `nothing in the phase '${definition.name}' makes its output '${name}'`,
      );
    }
  }
}

/** The word behind `input.`, since the same word may stand in the text around a template. */
function placeOfField(name: string, source: PlacedText): PlacedText['place'] {
  const whole = `input.${name}`;
  if (!source.text.includes(whole)) return placeOfWord(name, source);
  return shift(placeOfWord(whole, source), 'input.'.length);
}

function pathsOf({ kind, source }: Use): readonly (readonly string[])[] {
  if (kind === 'expression') return parseExpression(source.text).paths;
  // Liquid's own properties of lists and texts are no names.
  return templatePaths(source.text).map((path) => {
    const end = path.findIndex((name) => name === 'size' || name === 'first' || name === 'last');
    return end < 0 ? path : path.slice(0, end);
  });
}

/** The phases that one waits for, directly or not. Uses come phase by phase, so the last answer is enough. */
function upstreamOf(phases: readonly BuiltPhase[]): (phase: string) => ReadonlySet<string> {
  const direct = new Map(phases.map(({ definition }) => [definition.name, definition.dependsOn]));
  let last: { phase: string; found: ReadonlySet<string> } | undefined;
  return (phase) => {
    if (last?.phase === phase) return last.found;
    const found = new Set<string>();
    const open = [...(direct.get(phase) ?? [])];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (found.has(name)) continue;
      found.add(name);
      open.push(...(direct.get(name) ?? []));
    }
    last = { phase, found };
    return found;
  };
}
