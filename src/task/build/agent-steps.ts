import type { AgentStep } from '../definition.ts';
import type { BulletDraft } from '../draft.ts';
import { SOURCE_LIMITS } from '../source/limits.ts';
import type { PlacedText } from '../source/place.ts';
import { splitDash, unmark } from '../source/split.ts';
import { isTemplate } from '../template.ts';
import { checkAgentName } from './agent-names.ts';
import type { BuildContext, Position } from './context.ts';
import { checkTemplate } from './expressions.ts';
import { Fields } from './fields.ts';
import { buildRetry, withoutAbsent } from './policies.ts';
import { readInput, readSchema } from './step-values.ts';
import type { PhaseSurroundings } from './steps.ts';
import { titleOf } from './title.ts';
import { buildUndoing } from './undoing.ts';

/** In a map the text is a key too, which the reader takes; these are the words that people try for it. */
export const TEXT_WORDS: ReadonlyMap<string, string> = new Map(
  ['instructions', 'instruction', 'prompt', 'description', 'message', 'task', 'do', 'work'].map((word) => [
    word,
    'text',
  ]),
);
const TEXT_KEY = { others: ['text'], meant: TEXT_WORDS };

/** Settings of agent steps that later versions apply. */
const LATER_SETTINGS = ['isolation'] as const;

/** `agent: ID - text`: one step; without a text the phase's name is the instruction. */
export function buildAgentStep(bullet: BulletDraft, around: PhaseSurroundings): AgentStep | undefined {
  const { context, phase, positions } = around;
  const { head, tail } = splitRole(bullet.text);
  const role = unmark(head);
  if (isTemplate(role.text)) {
    if (!positions.step.roots.includes('item')) {
      const hint = 'give the phase a forEach, or name the agent';
      context.report.add(
        role.place,
        'BAD_NAME',
        'an agent can be chosen by a template only in a forEach phase',
        hint,
      );
    }
    checkTemplate(role, positions.step, context);
  } else if (!checkAgentName(role, context)) {
    return undefined;
  }
  const instructions = tail ?? phase.name;
  const said = tail?.text ?? role.text;
  const [step] = buildAgentSteps([role.text], instructions, said, bullet, around);
  return step;
}

/** A run of plain bullets: one step for each agent of the phase's list. */
export function buildPlainSteps(bullets: readonly BulletDraft[], around: PhaseSurroundings): AgentStep[] {
  const { context, phase, agents } = around;
  const [first] = bullets;
  const last = bullets.at(-1);
  if (first === undefined || last === undefined) return [];
  if (phase.agents === undefined || phase.agents.length === 0) {
    const hint =
      context.form === 'markdown'
        ? "list agents under ### Agents, or write 'agent: NAME - text'"
        : "list 'agents' in the phase, or give the step an 'agent' beside its 'text'";
    context.report.add(
      first.text.place,
      'MISSING_AGENTS',
      `nobody does this step: the phase has no ${context.form === 'markdown' ? 'Agents list' : "'agents'"}`,
      hint,
    );
    return [];
  }
  const lines = bullets.length === 1 ? [first.text.text] : bullets.map(({ text }) => `- ${text.text}`);
  const instructions = { text: lines.join('\n'), place: first.text.place };
  const roles = agents.map(({ text }) => text);
  return buildAgentSteps(roles, instructions, first.text.text, { ...last, place: first.place }, around);
}

function buildAgentSteps(
  roles: readonly string[],
  instructions: PlacedText,
  said: string,
  bullet: Pick<BulletDraft, 'settings' | 'place'>,
  around: PhaseSurroundings,
): AgentStep[] {
  const { context, ids, positions, phase } = around;
  checkTemplate(instructions, positions.step, context);
  const fields = new Fields(bullet.settings, context.report);
  const id = fields.text('id')?.text;
  const shared = {
    title: titleOf(said),
    instructions: instructions.text,
    timeoutMs: fields.duration('timeout'),
    claimWithinMs: fields.duration('claimWithin'),
    retry: buildRetry(fields, context.report),
    estimateMs: fields.duration('estimate'),
    outputSchema: readSchema(fields, 'outputSchema', context),
    priority: fields.number('priority', { least: -1_000_000, most: 1_000_000, whole: true }),
    input: readInput(fields, positions.step, context),
    cache: readCache(fields, positions.step, context),
  };
  const undoing = buildUndoing(fields, around);
  fields.notApplied(LATER_SETTINGS);
  fields.finish('an agent step', context.form === 'data' ? TEXT_KEY : {});
  if (ids.count + roles.length > SOURCE_LIMITS.steps) {
    context.report.add(bullet.place, 'OVER_LIMIT', `a task has at most ${SOURCE_LIMITS.steps} steps`);
    return [];
  }
  return roles.map((agent) => {
    const own = ids.claim(said, id);
    const { effect, acceptIrreversible } = undoing;
    const compensate = undoing.compensationOf({ id: own, agent });
    const step: AgentStep = withoutAbsent({
      id: own,
      kind: 'agent' as const,
      agent,
      ...shared,
      effect,
      compensate,
      acceptIrreversible,
      line: lineOf(bullet),
    });
    if (effect !== undefined) {
      const key = fields.take('effect') === undefined ? 'compensate' : 'effect';
      context.effects.push({ step, phase: phase.name.text, place: fields.placeOf(key) });
    }
    return step;
  });
}

/** A template may hold ` - ` itself, so the role ends after it. */
function splitRole(text: PlacedText): { head: PlacedText; tail: PlacedText | undefined } {
  const template = /^\{\{[^}]*\}\}/.exec(text.text)?.[0];
  if (template === undefined) return splitDash(text);
  const rest = splitDash({
    ...text,
    text: template.replaceAll(/./gs, 'x') + text.text.slice(template.length),
  });
  return { head: { ...text, text: text.text.slice(0, rest.head.text.length) }, tail: rest.tail };
}

/** Without a `ttl` there is none: an answer that holds for ever is seldom meant. */
function readCache(fields: Fields, position: Position, context: BuildContext): AgentStep['cache'] {
  const map = fields.map('cache');
  if (map === undefined) return undefined;
  const settings = new Fields(map, context.report);
  const ttlMs = settings.duration('ttl');
  const key = settings.text('key');
  if (key !== undefined) checkTemplate(key, position, context);
  settings.finish('cache');
  if (ttlMs !== undefined) return withoutAbsent({ ttlMs, key: key?.text });
  if (settings.take('ttl') === undefined) {
    const hint = "give it a duration, such as 'ttl: 1 hour'";
    context.report.add(
      fields.placeOf('cache'),
      'BAD_VALUE',
      'cache does not say how long an answer holds',
      hint,
    );
  }
  return undefined;
}

/** Code has no lines. */
export function lineOf({ place }: Pick<BulletDraft, 'place'>): number | undefined {
  return place.path === undefined ? place.line : undefined;
}
