import { type AgentStep, EFFECTS, type RollbackPolicy } from '../definition.ts';
import { type Located, nameKind } from '../source/located.ts';
import type { Place, PlacedText } from '../source/place.ts';
import type { Report } from '../source/report.ts';
import { splitDash, unmark } from '../source/split.ts';
import { suggest } from '../suggest.ts';
import { isTemplate } from '../template.ts';
import { checkAgentName } from './agent-names.ts';
import type { BuildContext, Position } from './context.ts';
import { checkTemplate } from './expressions.ts';
import { Fields } from './fields.ts';
import { isAsking, readPeople } from './people.ts';
import { buildRetry, withoutAbsent } from './policies.ts';
import { readInput, readSchema } from './step-values.ts';
import type { PhaseSurroundings } from './steps.ts';
import { titleOf } from './title.ts';

/** What a step leaves behind, and how that is undone. */
export interface Undoing {
  readonly effect: AgentStep['effect'];
  readonly acceptIrreversible: string | undefined;
  /** The compensation of the step that this agent does; its id is claimed with it. */
  readonly compensationOf: (step: { readonly id: string; readonly agent: string }) => AgentStep['compensate'];
}

export function buildUndoing(fields: Fields, { context, positions, ids }: PhaseSurroundings): Undoing {
  const { report } = context;
  const said = readEffect(fields, report);
  const value = fields.take('compensate');
  const acceptIrreversible = fields.text('acceptIrreversible')?.text;
  const parts = value === undefined ? undefined : readCompensation(value, context, positions.step);
  const effect = said ?? (value === undefined ? undefined : 'compensable');
  checkTogether(effect, value !== undefined, acceptIrreversible, fields, report);
  return {
    effect,
    acceptIrreversible,
    compensationOf: ({ id, agent }) => {
      if (parts === undefined) return undefined;
      const { agent: own, ...rest } = parts;
      if (own === undefined && isTemplate(agent)) {
        const message = 'the agent of the step is chosen at run time, so its compensation has to name one';
        report.add(fields.placeOf('compensate'), 'BAD_VALUE', message, "add 'agent: NAME' to compensate");
      }
      const step = { id: ids.claim(`undo ${id}`), kind: 'agent' as const, agent: own ?? agent };
      return withoutAbsent({ ...step, title: titleOf(`undo ${id}`), ...rest });
    },
  };
}

type CompensationParts = Partial<NonNullable<AgentStep['compensate']>> & { readonly instructions: string };

/** `AGENT - text`, or a map. */
function readCompensation(
  value: Located,
  context: BuildContext,
  before: Position,
): CompensationParts | undefined {
  const position = { ...before, roots: [...before.roots, 'compensates'] };
  if (value.kind === 'scalar' && value.value !== null) {
    const { head, tail } = splitDash({ text: value.text.trim(), place: value.place });
    const agent = unmark(head);
    if (!checkAgentName(agent, context)) return undefined;
    if (tail !== undefined) checkTemplate(tail, position, context);
    return { agent: agent.text, instructions: tail?.text ?? DEFAULT_INSTRUCTIONS };
  }
  if (value.kind !== 'map') {
    const hint = "write 'compensate: AGENT - text', or a map with 'agent' and 'instructions'";
    context.report.add(value.place, 'BAD_VALUE', `compensate is a step, not ${nameKind(value)}`, hint);
    return undefined;
  }
  const fields = new Fields(value, context.report);
  const agent = fields.text('agent');
  const instructions = fields.text('instructions') ?? fields.text('text');
  if (agent !== undefined) checkAgentName(agent, context);
  if (instructions !== undefined) checkTemplate(instructions, position, context);
  const parts = {
    agent: agent?.text,
    instructions: instructions?.text ?? DEFAULT_INSTRUCTIONS,
    input: readInput(fields, position, context),
    timeoutMs: fields.duration('timeout'),
    claimWithinMs: fields.duration('claimWithin'),
    retry: buildRetry(fields, context.report),
    outputSchema: readSchema(fields, 'outputSchema', context),
  };
  fields.finish('compensate');
  return withoutAbsent(parts);
}

/** Of a compensation that only names its agent. */
const DEFAULT_INSTRUCTIONS = 'Undo what the step {{ compensates.step }} did; it may never have happened.';

function readEffect(fields: Fields, report: Report): AgentStep['effect'] {
  const said = fields.text('effect');
  if (said === undefined) return undefined;
  const effect = EFFECTS.find((word) => word === said.text);
  if (effect === undefined) {
    const hint = () => suggest(said.text, EFFECTS, 'an effect is');
    report.add(said.place, 'BAD_VALUE', `effect is one of ${EFFECTS.join(', ')}, not '${said.text}'`, hint);
  }
  return effect;
}

function checkTogether(
  effect: AgentStep['effect'],
  isCompensated: boolean,
  accepted: string | undefined,
  fields: Fields,
  report: Report,
): void {
  if (effect === 'compensable' && !isCompensated) {
    const hint = "add 'compensate: AGENT - what to do', or say another effect";
    report.add(fields.placeOf('effect'), 'BAD_EFFECT', 'a compensable step says what undoes it', hint);
  }
  if (isCompensated && (effect === 'none' || effect === 'irreversible')) {
    const message = `a step with the effect '${effect}' has nothing that undoes it`;
    report.add(fields.placeOf('compensate'), 'BAD_EFFECT', message, "say 'effect: compensable'");
  }
  if (accepted !== undefined && effect !== 'irreversible') {
    const message = "acceptIrreversible is for steps with 'effect: irreversible'";
    report.add(fields.placeOf('acceptIrreversible'), 'BAD_EFFECT', message);
  }
  if (effect !== undefined && effect !== 'none' && fields.take('cache') !== undefined) {
    const message = 'an answer from the cache would leave out what the step does';
    report.add(fields.placeOf('cache'), 'BAD_EFFECT', message, "remove 'cache', or say 'effect: none'");
  }
}

/** The task's `rollback`. The retry is that of compensations which have none of their own. */
export function buildRollback(
  fields: Fields,
  report: Report,
): { policy: RollbackPolicy | undefined; retry: AgentStep['retry'] } {
  const map = fields.map('rollback');
  if (map === undefined) return { policy: undefined, retry: undefined };
  const settings = new Fields(map, report);
  const onFailure = readOnFailure(settings, report);
  const afterwards = wordOf(settings.text('then'), ['stop', 'continue'], 'then', report);
  const maxRollbacks = settings.number('maxRollbacks', { least: 0, most: 1000, whole: true });
  const retry = buildRetry(settings, report);
  settings.finish('rollback');
  return { policy: withoutAbsent({ onFailure, maxRollbacks, afterwards }), retry };
}

function readOnFailure(settings: Fields, report: Report): RollbackPolicy['onFailure'] {
  const value = settings.take('onFailure');
  if (value === undefined) return undefined;
  if (isAsking(value)) return { approval: readPeople(value, 'onFailure', report, false) };
  const word = value.kind === 'scalar' ? value.text.trim() : undefined;
  if (word === 'stop' || word === 'skip') return word;
  const said = word === undefined ? nameKind(value) : `'${word}'`;
  report.add(value.place, 'BAD_VALUE', `onFailure is stop, skip or approval, not ${said}`);
  return undefined;
}

function wordOf<Word extends string>(
  said: PlacedText | undefined,
  words: readonly Word[],
  key: string,
  report: Report,
): Word | undefined {
  if (said === undefined) return undefined;
  const word = words.find((each) => each === said.text);
  if (word === undefined)
    report.add(said.place, 'BAD_VALUE', `${key} is ${words.join(' or ')}, not '${said.text}'`);
  return word;
}

/** Paths below the working directory of whoever drives the execution. */
export function readPaths(fields: Fields, key: string, report: Report): string[] | undefined {
  const texts = fields.texts(key);
  if (texts === undefined) return undefined;
  if (texts.length > MOST_PATHS)
    report.add(fields.placeOf(key), 'OVER_LIMIT', `${key} has at most ${MOST_PATHS} paths`);
  for (const { text, place } of texts) if (!isBelow(text)) reportPath(text, place, report);
  return texts.map(({ text }) => text);
}

const MOST_PATHS = 100;

function isBelow(path: string): boolean {
  const isAbsolute = /^([/\\]|[A-Za-z]:)/.test(path);
  return path !== '' && path.length <= 500 && !isAbsolute && !path.split(/[/\\]/).includes('..');
}

function reportPath(path: string, place: Place, report: Report): void {
  const hint = "write it from the working directory on, without '..'";
  report.add(place, 'BAD_VALUE', `'${path.slice(0, 80)}' is no path below the working directory`, hint);
}
