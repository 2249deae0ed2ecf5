import type { BulletDraft, PhaseDraft, TaskDraft } from './draft.ts';
import { type Located, type LocatedEntry, type LocatedMap, nameKind } from './source/located.ts';
import { readOutputs } from './source/output-list.ts';
import type { PlacedText } from './source/place.ts';
import type { Report } from './source/report.ts';
import { splitKind, trim } from './source/split.ts';

/** Kinds of steps that the language itself has, later ones included. */
export const STEP_KINDS = [
  ...['agent', 'validation', 'aggregate', 'wait'],
  ...['consensus', 'approval', 'task', 'compare'],
] as const;

/**
 * Reads located data, from YAML or from `defineTask`, as a task: the settings of the title block, and `phases`, a
 * list of maps with `name`, `agents`, `steps`, `outputs` and the settings of a phase. A step is a text, as a
 * bullet would be, or a map whose kind is a key: `agent: trend`, `validation: EXPR`, with its settings beside it.
 */
export function readTaskData(
  data: Located,
  customKinds: ReadonlySet<string>,
  report: Report,
): TaskDraft | undefined {
  if (data.kind !== 'map') {
    report.add(data.place, 'BAD_VALUE', `a task is a map of settings, not ${nameKind(data)}`);
    return undefined;
  }
  const { phases, rest } = take(data, ['phases']);
  return {
    form: 'data',
    place: data.place,
    settings: rest,
    phases: listOf(phases, 'phases', report).flatMap((phase) => readPhase(phase, customKinds, report) ?? []),
  };
}

function readPhase(data: Located, customKinds: ReadonlySet<string>, report: Report): PhaseDraft | undefined {
  if (data.kind !== 'map') {
    report.add(data.place, 'BAD_VALUE', `a phase is a map with a name, not ${nameKind(data)}`);
    return undefined;
  }
  const { name, agents, steps, outputs, rest } = take(data, ['name', 'agents', 'steps', 'outputs']);
  const kinds = new Set<string>([...STEP_KINDS, ...customKinds]);
  return {
    name: name === undefined ? { text: '', place: data.place } : readText(name, 'name', report),
    settings: rest,
    bullets: listOf(steps, 'steps', report).flatMap((step) => readStep(step, kinds, report) ?? []),
    agents: agents && listOf(agents, 'agents', report).map((agent) => readText(agent, 'an agent', report)),
    outputs: outputs === undefined ? [] : readOutputs(outputs, report),
  };
}

function readStep(data: Located, kinds: ReadonlySet<string>, report: Report): BulletDraft | undefined {
  const { place } = data;
  if (data.kind === 'scalar') {
    const { kind, rest } = splitKind(trim({ text: data.text, place }));
    return { place, kind, text: rest, settings: { kind: 'map', place, entries: [] } };
  }
  if (data.kind === 'list') {
    report.add(place, 'BAD_VALUE', 'a step is a text or a map, not a list');
    return undefined;
  }
  const kindEntry = kindOf(data, kinds);
  const { text, rest } = take(
    without(data, kindEntry),
    kindEntry?.key.text === 'agent' || kindEntry === undefined ? ['text'] : [],
  );
  const placedText = text === undefined ? undefined : readText(text, 'text', report);
  if (kindEntry === undefined) {
    if (placedText !== undefined) return { place, kind: undefined, text: placedText, settings: rest };
    const hint = 'give it one of agent, validation, aggregate, wait, or text for each agent of the phase';
    report.add(place, 'UNKNOWN_KIND', 'this step says nothing of its kind', hint);
    return undefined;
  }
  const head = readText(kindEntry.value, kindEntry.key.text, report);
  // `agent: trend` with `text:` beside it is `agent: trend - text` in parts.
  const whole = placedText === undefined ? head : { ...head, text: `${head.text} - ${placedText.text}` };
  return { place, kind: kindEntry.key, text: whole, settings: rest };
}

/** The entry that names the kind; without one of a known kind, a first key whose value is a text and no setting. */
function kindOf(step: LocatedMap, kinds: ReadonlySet<string>): LocatedEntry | undefined {
  const known = step.entries.find(({ key }) => kinds.has(key.text));
  const [first] = step.entries;
  if (known !== undefined || first === undefined || STEP_SETTINGS.has(first.key.text)) return known;
  return first.value.kind === 'scalar' ? first : undefined;
}

/** Keys that a step may begin with without naming its kind. */
const STEP_SETTINGS: ReadonlySet<string> = new Set([
  ...[
    'id',
    'text',
    'timeout',
    'claimWithin',
    'retry',
    'outputSchema',
    'priority',
    'input',
    'estimate',
    'message',
  ],
  ...['schema', 'compensate', 'effect', 'cache', 'isolation'],
]);

function take<Key extends string>(
  map: LocatedMap,
  keys: readonly Key[],
): { [name in Key]?: Located } & { rest: LocatedMap } {
  const taken: { [name in Key]?: Located } = {};
  const rest: LocatedEntry[] = [];
  for (const entry of map.entries) {
    const key = keys.find((candidate) => candidate === entry.key.text);
    if (key === undefined) rest.push(entry);
    else taken[key] = entry.value;
  }
  return { ...taken, rest: { ...map, entries: rest } };
}

function without(map: LocatedMap, entry: LocatedEntry | undefined): LocatedMap {
  return { ...map, entries: map.entries.filter((candidate) => candidate !== entry) };
}

function listOf(data: Located | undefined, what: string, report: Report): readonly Located[] {
  if (data === undefined) return [];
  if (data.kind === 'list') return data.items;
  report.add(data.place, 'BAD_VALUE', `${what} is a list, not ${nameKind(data)}`);
  return [];
}

function readText(data: Located, what: string, report: Report): PlacedText {
  if (data.kind === 'scalar') return trim({ text: data.text, place: data.place });
  report.add(data.place, 'BAD_VALUE', `${what} is a text, not ${nameKind(data)}`);
  return { text: '', place: data.place };
}
