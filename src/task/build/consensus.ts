import { problemOfChoices } from '../choices.ts';
import {
  type ConsensusStep,
  ID_PATTERN,
  type Reaction,
  type Subject,
  VOTE_METHODS,
  type Voter,
} from '../definition.ts';
import type { BulletDraft } from '../draft.ts';
import { SOURCE_LIMITS } from '../source/limits.ts';
import { type Located, type LocatedMap, nameKind, REFUSED_KEYS, toPlain } from '../source/located.ts';
import type { Place, PlacedText } from '../source/place.ts';
import { splitDash, unmark } from '../source/split.ts';
import { suggest } from '../suggest.ts';
import { checkAgentName } from './agent-names.ts';
import { lineOf } from './agent-steps.ts';
import { oneLine } from './barrier-steps.ts';
import { buildExpression, checkTemplate } from './expressions.ts';
import { Fields } from './fields.ts';
import { isAsking, readPeople } from './people.ts';
import { buildRetry, readReaction, withoutAbsent } from './policies.ts';
import { readShare, type Share } from './shares.ts';
import type { PhaseSurroundings } from './steps.ts';
import { titleOf } from './title.ts';

/** A round with more voters could not be told to anyone. */
const MOST_VOTERS = 256;

type Method = ConsensusStep['method'];

/** Settings that only some methods have. */
const SETTINGS_OF: ReadonlyMap<string, readonly Method[]> = new Map<string, readonly Method[]>([
  ['threshold', ['threshold', 'supermajority', 'weighted']],
  ['agree', ['agreement']],
  ['of', ['agreement']],
  ['score', ['score']],
  ['scale', ['score']],
  ['choices', VOTE_METHODS.filter((method) => method !== 'agreement')],
  ['onDecision', VOTE_METHODS.filter((method) => method !== 'agreement')],
  ['veto', VOTE_METHODS.filter((method) => method !== 'agreement' && method !== 'score')],
  ['vetoes', VOTE_METHODS.filter((method) => method !== 'agreement' && method !== 'score')],
]);

/** `consensus: METHOD - question` */
export function buildConsensus(bullet: BulletDraft, around: PhaseSurroundings): ConsensusStep | undefined {
  const { head, tail } = splitDash(oneLine(bullet.text));
  const fields = new Fields(bullet.settings, around.context.report);
  const built = buildPoll(unmark(head), tail, bullet, fields, around);
  fields.finish('a consensus');
  return built;
}

/** The phase option `consensus: {method, …}`: a vote at the end of the phase's steps. */
export function buildGate(map: LocatedMap, around: PhaseSurroundings): ConsensusStep | undefined {
  const { report } = around.context;
  const fields = new Fields(map, report);
  const method = fields.text('method');
  const question = fields.text('question');
  if (method === undefined) {
    const hint = `add 'method:', one of ${VOTE_METHODS.join(', ')}`;
    report.add(map.place, 'BAD_VALUE', 'the consensus of the phase does not say how it is counted', hint);
    return undefined;
  }
  const built = buildPoll(method, question ?? around.phase.name, { place: map.place }, fields, around);
  fields.finish('a consensus');
  return built;
}

function buildPoll(
  methodText: PlacedText,
  question: PlacedText | undefined,
  bullet: Pick<BulletDraft, 'place'>,
  fields: Fields,
  around: PhaseSurroundings,
): ConsensusStep | undefined {
  const { context, ids, positions } = around;
  const { report } = context;
  const asked = question ?? around.phase.name;
  checkTemplate(asked, positions.barrier, context);
  const id = fields.text('id')?.text;
  const method = readMethod(methodText, around);
  const reader = new PollReader(fields, around, method);
  reader.checkMethod();
  const voters = reader.voters();
  const choices = reader.choices();
  const instructions = fields.text('instructions');
  if (instructions !== undefined) checkTemplate(instructions, positions.barrier, context);
  const ballots = reader.ballots();
  const settings = {
    instructions: instructions?.text,
    choices: method === 'agreement' ? undefined : (choices ?? ['approve', 'reject']),
    threshold: reader.threshold(),
    agree: reader.agree(voters.length),
    of: fields.texts('of')?.map(({ text }) => text),
    quorum: reader.quorum(voters.length),
    ...reader.vetoes(voters, choices ?? ['approve', 'reject']),
    rounds: reader.rounds(ballots === 'sealed'),
    deadlineMs: fields.duration('deadline'),
    sealed: ballots === 'sealed' ? (true as const) : undefined,
    revealWithinMs: fields.duration('revealWithin'),
    score: reader.score(),
    scale: reader.scale(),
    subject: readSubject(fields, around),
    distinct: reader.distinct(),
    onDeadlock: reader.onDeadlock(choices ?? ['approve', 'reject']),
    onDecision: reader.onDecision(choices ?? ['approve', 'reject']),
    timeoutMs: fields.duration('timeout'),
    claimWithinMs: fields.duration('claimWithin'),
    retry: buildRetry(fields, report),
    priority: fields.number('priority', { least: -1_000_000, most: 1_000_000, whole: true }),
    input: fields.object('input'),
    estimateMs: fields.duration('estimate'),
  };
  if (method === undefined || voters.length === 0) return undefined;
  const stepId = ids.claim(asked.text, id);
  return withoutAbsent({
    id: stepId,
    kind: 'consensus' as const,
    title: titleOf(asked.text),
    method,
    question: asked.text,
    ...settings,
    voters: voters.map(
      ({ kind, name, weight }): Voter =>
        kind === 'person'
          ? { kind, name, weight }
          : { kind, name, weight, id: ids.claim(`${stepId} ${name}`) },
    ),
    line: lineOf(bullet),
  });
}

function readMethod(text: PlacedText, { context: { report } }: PhaseSurroundings): Method | undefined {
  const method = VOTE_METHODS.find((name) => name === text.text);
  if (method !== undefined) return method;
  const hint = () => suggest(text.text, VOTE_METHODS, 'known are');
  report.add(text.place, 'BAD_VALUE', `no way to count votes is called '${text.text.slice(0, 80)}'`, hint);
  return undefined;
}

/** A value, or one computed by CEL when the execution gets there. */
type Choices = string[] | { readonly expression: string };

interface NamedVoter {
  readonly kind: Voter['kind'];
  readonly name: string;
  readonly weight: number;
  /** As files and decisions call it. */
  readonly label: string;
}

/** Reads the settings of a vote, each with what can be wrong about it. */
class PollReader {
  readonly #fields: Fields;
  readonly #around: PhaseSurroundings;
  readonly #method: Method | undefined;

  constructor(fields: Fields, around: PhaseSurroundings, method: Method | undefined) {
    this.#fields = fields;
    this.#around = around;
    this.#method = method;
  }

  /** Settings that this method does not have, and those that it cannot do without. */
  checkMethod(): void {
    const method = this.#method;
    if (method === undefined) return;
    for (const [key, methods] of SETTINGS_OF) {
      if (methods.includes(method) || this.#fields.take(key) === undefined) continue;
      this.#problem(this.#fields.placeOf(key), `'${key}' means nothing to the method ${method}`);
    }
    if (method === 'threshold' && this.#fields.take('threshold') === undefined)
      this.#problem(this.#fields.place, 'the method threshold needs its threshold', "add 'threshold: 2/3'");
  }

  voters(): readonly NamedVoter[] {
    const { agents, context } = this.#around;
    const given = this.#fields.texts('voters');
    const weights = this.#weights();
    const voters = new Map<string, NamedVoter>();
    for (const text of given ?? agents) {
      const person = /^person:\s*(.*)$/.exec(text.text)?.[1];
      const isSound =
        person === undefined
          ? given === undefined || checkAgentName(text, context)
          : this.#checkPerson(person, text);
      if (!isSound) continue;
      const label = person === undefined ? text.text : `person:${person}`;
      if (voters.has(label)) context.report.add(text.place, 'DUPLICATE_KEY', `'${label}' is there twice`);
      const weight = weights.get(label)?.weight ?? 1;
      voters.set(label, {
        kind: person === undefined ? 'agent' : 'person',
        name: person ?? label,
        weight,
        label,
      });
    }
    this.#checkElectorate(voters, weights, given ?? this.#around.phase.agents ?? []);
    return [...voters.values()];
  }

  choices(): Choices | undefined {
    const value = this.#fields.take('choices');
    if (value === undefined) return undefined;
    if (value.kind === 'scalar') {
      const { context, positions } = this.#around;
      const expression = buildExpression(
        { text: value.text.trim(), place: value.place },
        positions.barrier,
        context,
      );
      return expression === undefined ? undefined : { expression };
    }
    const choices = value.kind === 'list' ? value.items.map((item) => textOf(item)) : undefined;
    const problem = problemOfChoices(choices);
    if (problem === undefined) return choices as string[];
    this.#problem(value.place, problem);
    return undefined;
  }

  ballots(): 'open' | 'sealed' | undefined {
    return this.#oneOf('ballots', ['open', 'sealed']);
  }

  score(): 'mean' | 'median' | undefined {
    return this.#oneOf('score', ['mean', 'median']);
  }

  distinct(): 'host' | 'family' | undefined {
    return this.#oneOf('distinct', ['host', 'family']);
  }

  threshold(): Share | undefined {
    return this.#share('threshold');
  }

  agree(voters: number): number | undefined {
    return this.#fields.number('agree', { least: 1, most: Math.max(1, voters), whole: true });
  }

  quorum(voters: number): ConsensusStep['quorum'] {
    const value = this.#fields.take('quorum');
    if (value === undefined) return undefined;
    const count = value.kind === 'scalar' && typeof value.value === 'number' ? value.value : undefined;
    if (count !== undefined && Number.isInteger(count)) {
      if (count >= 1 && count <= voters) return { voters: count };
      this.#problem(value.place, `quorum asks for ${count} of ${voters} voters`);
      return undefined;
    }
    const share = this.#share('quorum');
    return share === undefined ? undefined : { share };
  }

  vetoes(voters: readonly NamedVoter[], choices: Choices): Pick<ConsensusStep, 'veto' | 'vetoes'> {
    const veto = this.#fields.texts('veto');
    const vetoes = this.#fields.text('vetoes');
    const labels = voters.map(({ label }) => label);
    for (const { text, place } of veto ?? []) {
      if (!labels.includes(text))
        this.#problem(place, `'${text}' is no voter`, () => suggest(text, labels, 'voters are'));
    }
    if (vetoes === undefined) return { veto: veto?.map(({ text }) => text) };
    if (veto === undefined) this.#problem(vetoes.place, "'vetoes' needs 'veto', the voters who may");
    this.#checkChoice(vetoes, choices);
    return { veto: veto?.map(({ text }) => text), vetoes: vetoes.text };
  }

  rounds(isSealed: boolean): number | undefined {
    const rounds = this.#fields.number('rounds', { least: 1, most: 100, whole: true });
    if (rounds !== undefined && rounds > 1 && isSealed) {
      const hint = 'in a debate the voters see what the others said; leave rounds or sealed ballots away';
      this.#problem(this.#fields.placeOf('rounds'), 'sealed ballots have one round', hint);
    }
    return rounds;
  }

  scale(): ConsensusStep['scale'] {
    const map = this.#fields.map('scale');
    if (map === undefined) return undefined;
    const scale = new Fields(map, this.#around.context.report);
    const min = scale.number('min', { least: -1_000_000 }) ?? 0;
    const max = scale.number('max', { least: -1_000_000 }) ?? 10;
    scale.finish('scale');
    if (min < max) return { min, max };
    this.#problem(map.place, 'the scale has its lowest score below its highest: {min: 0, max: 10}');
    return undefined;
  }

  onDeadlock(choices: Choices): ConsensusStep['onDeadlock'] {
    const value = this.#fields.take('onDeadlock');
    if (value === undefined) return undefined;
    const word = value.kind === 'scalar' ? value.text.trim() : undefined;
    const isChoice = word !== undefined && Array.isArray(choices) && choices.includes(word);
    if (isAsking(value) && !isChoice)
      return { approval: readPeople(value, 'onDeadlock', this.#around.context.report, true) };
    if (word === 'fail' || word === 'rollback' || value.kind === 'map') {
      const reaction = readReaction(value, 'onDeadlock', this.#around.context.report);
      return reaction === 'continue' ? undefined : reaction;
    }
    if (isChoice || (word !== undefined && !Array.isArray(choices))) return { choice: word };
    const known = ['fail', 'rollback', 'approval', ...(Array.isArray(choices) ? choices : [])];
    this.#problem(
      value.place,
      `onDeadlock is fail, rollback, approval or a choice, not ${word === undefined ? nameKind(value) : `'${word}'`}`,
      () => suggest(word ?? '', known, 'known are'),
    );
    return undefined;
  }

  onDecision(choices: Choices): ConsensusStep['onDecision'] {
    const map = this.#fields.map('onDecision');
    if (map === undefined) return undefined;
    const reactions: [string, Reaction][] = [];
    for (const { key, value } of map.entries) {
      this.#checkChoice(key, choices);
      const reaction = readReaction(value, `onDecision.${key.text}`, this.#around.context.report);
      if (reaction !== undefined) reactions.push([key.text, reaction]);
    }
    return Object.fromEntries(reactions);
  }

  #checkChoice({ text, place }: PlacedText, choices: Choices): void {
    if (!Array.isArray(choices) || choices.includes(text)) return;
    this.#problem(place, `'${text}' is not one of the choices`, () => suggest(text, choices, 'choices are'));
  }

  #weights(): ReadonlyMap<string, { readonly weight: number; readonly place: Place }> {
    const map = this.#fields.map('weights');
    const weights = new Map<string, { weight: number; place: Place }>();
    for (const { key, value } of map?.entries ?? []) {
      const weight = value.kind === 'scalar' && typeof value.value === 'number' ? value.value : Number.NaN;
      if (weight >= 0 && weight <= 1_000_000) weights.set(key.text, { weight, place: key.place });
      else
        this.#problem(
          value.place,
          `the weight of '${key.text}' is a number of at least 0, not ${nameKind(value)}`,
        );
    }
    return weights;
  }

  #checkPerson(person: string, { place }: PlacedText): boolean {
    if (ID_PATTERN.test(person) && !REFUSED_KEYS.has(person)) return true;
    const hint = 'use letters, digits, _ and -, at most 64';
    this.#around.context.report.add(
      place,
      'BAD_NAME',
      `'${person.slice(0, 80)}' cannot be a person's name`,
      hint,
    );
    return false;
  }

  #checkElectorate(
    voters: ReadonlyMap<string, NamedVoter>,
    weights: ReadonlyMap<string, { readonly place: Place }>,
    named: readonly PlacedText[],
  ): void {
    const { context } = this.#around;
    for (const [label, { place }] of weights) {
      if (!voters.has(label))
        this.#problem(place, `'${label}' has a weight, but is no voter`, () =>
          suggest(label, [...voters.keys()], 'voters are'),
        );
    }
    if (named.length === 0 && this.#method !== undefined) {
      const hint = "list them in 'voters', or the phase's agents vote";
      context.report.add(this.#fields.place, 'MISSING_AGENTS', 'nobody votes here', hint);
    } else if (voters.size > MOST_VOTERS) {
      context.report.add(
        this.#fields.placeOf('voters'),
        'OVER_LIMIT',
        `a vote has at most ${MOST_VOTERS} voters`,
      );
    } else if (voters.size > 0 && [...voters.values()].every(({ weight }) => weight === 0)) {
      this.#problem(this.#fields.placeOf('weights'), 'no voter has any weight');
    }
    if (this.#around.ids.count + voters.size > SOURCE_LIMITS.steps)
      context.report.add(this.#fields.place, 'OVER_LIMIT', `a task has at most ${SOURCE_LIMITS.steps} steps`);
  }

  #share(key: string): Share | undefined {
    const value = this.#fields.take(key);
    if (value === undefined) return undefined;
    const share = readShare(value);
    if (share !== undefined) return share;
    const hint = 'write 2/3, 66% or 0.66; above 0 and at most 1';
    this.#problem(value.place, `${key} is a share, not ${nameKind(value)}`, hint);
    return undefined;
  }

  #oneOf<Word extends string>(key: string, words: readonly Word[]): Word | undefined {
    const text = this.#fields.text(key);
    if (text === undefined) return undefined;
    const word = words.find((each) => each === text.text);
    if (word === undefined) this.#problem(text.place, `${key} is ${words.join(' or ')}, not '${text.text}'`);
    return word;
  }

  #problem(place: Place, message: string, hint?: string | (() => string | undefined)): void {
    this.#around.context.report.add(place, 'BAD_VALUE', message, hint as never);
  }
}

/** `subject: CEL` or `subject: {files: [PATH, …]}` */
function readSubject(fields: Fields, { context, positions }: PhaseSurroundings): Subject | undefined {
  const value = fields.take('subject');
  if (value === undefined) return undefined;
  if (value.kind === 'scalar') {
    const source = { text: value.text.trim(), place: value.place };
    const expression = buildExpression(source, positions.barrier, context);
    return expression === undefined ? undefined : { expression };
  }
  if (value.kind === 'map') {
    const map = new Fields(value, context.report);
    const files = map.texts('files')?.map(({ text }) => text);
    map.finish('subject');
    if (files !== undefined && files.length > 0) return { files };
  }
  const hint = "write 'subject: EXPRESSION' or 'subject: {files: [PATH]}'";
  context.report.add(
    value.place,
    'BAD_VALUE',
    `subject is an expression or files, not ${nameKind(value)}`,
    hint,
  );
  return undefined;
}

function textOf(item: Located): unknown {
  // `yes` and `no` are truth values in old YAML, and meant as texts here.
  return item.kind === 'scalar' && item.value !== null ? item.text.trim() : toPlain(item);
}
