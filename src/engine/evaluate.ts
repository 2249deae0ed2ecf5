import { type ApprovalContext, standingOf } from '../../machines/approval.ts';
import { approvedFilesBefore, type Drift } from '../../machines/approved-files.ts';
import type { EvaluationSubject } from '../../machines/effects.ts';
import type { EvaluationContext } from '../../machines/evaluation.ts';
import type { StepResult } from '../../machines/ledger.ts';
import {
  inFileOrder,
  isGathering,
  type Picked,
  pickExecutionOutputs,
  pickNames,
} from '../../machines/outputs.ts';
import { programOf } from '../../machines/program.ts';
import { scopeOf } from '../../machines/scope.ts';
import type { StepIdentity } from '../../machines/step.ts';
import { phaseOf, type Scope } from '../../machines/world.ts';
import type { Json } from '../json.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';
import type { WorkingFiles } from '../ports/working-files.ts';
import { type AggregateItem, type AggregateRegistry, aggregate } from '../task/aggregate.ts';
import { problemOfChoices } from '../task/choices.ts';
import type {
  AggregateStep,
  CustomStep,
  OutputSpec,
  PhaseDefinition,
  ValidationStep,
} from '../task/definition.ts';
import { evaluate, explain } from '../task/expression.ts';
import { isTemplate, renderTemplate } from '../task/template.ts';
import { EvaluationFailure } from './evaluation-failure.ts';
import type { Fold } from './fold.ts';
import { measureArtifacts } from './measure.ts';
import { digestOfFile, digestOfSubject } from './subject-digest.ts';
import { resolved } from './values.ts';

/** What a registered step kind gets. */
export interface StrategyCall {
  readonly execution: string;
  readonly phase: string;
  readonly step: string;
  readonly strategy: string;
  /** The text after the kind. */
  readonly text: string;
  readonly parameters: { readonly [key: string]: unknown };
  readonly scope: Scope;
  /** Aborted when nobody wants the answer any more: the step took too long, or its phase or execution ended. */
  readonly signal: AbortSignal;
}

export type StepStrategy = (call: StrategyCall) => unknown;

export interface EvaluationTools {
  readonly artifacts: ArtifactStore;
  readonly strategies: ReadonlyMap<string, StepStrategy>;
  readonly aggregates: AggregateRegistry | undefined;
  readonly signal: AbortSignal;
  /** What people approve; absent: the owner has none. */
  readonly files?: WorkingFiles | undefined;
}

/** The most items that a `forEach` may have. */
const MAX_ITEMS = 100_000;

/**
 * Works out what the fold must not: expressions over large values, aggregates, other people's step kinds. The result becomes a
 * record. Throws {@link EvaluationFailure} with the reason that the step shows.
 */
export async function evaluateSubject(
  fold: Fold,
  subject: EvaluationSubject,
  tools: EvaluationTools,
): Promise<Json> {
  switch (subject.kind) {
    case 'step':
      return evaluateStep(fold, subject.step, tools);
    case 'approval':
      return lookAt(fold, subject.step, tools);
    case 'approved-files':
      return verifyFiles(fold, subject.phase, tools);
    case 'poll':
      return openPoll(fold, subject, tools);
    case 'items':
      return expandItems(fold, subject.phase, tools);
    case 'outputs':
      return phaseOutputs(fold, subject.phase, tools);
    case 'execution-outputs':
      return executionOutputs(fold, tools);
    case 'artifacts':
      return measureArtifacts(fold, subject.position, tools);
  }
}

async function evaluateStep(fold: Fold, run: string, tools: EvaluationTools): Promise<Json> {
  const context = fold.world.steps.get(run)?.getSnapshot().context as EvaluationContext;
  const phase = phaseOf(fold.world, context.phase);
  const step = fold.pinned.stepsById.get(context.step);
  const scope = await wholeScope(fold, phase, tools, context.item, placeAbove(fold, phase, context.index));
  switch (step?.kind) {
    case 'validation':
      return validate(step, scope);
    case 'aggregate':
      return gather(fold, phase, step, context, tools);
    case 'custom':
      return callStrategy(fold, phase, step, context, scope, tools);
    default:
      throw new EvaluationFailure(`${run} is not a step that the owner evaluates`);
  }
}

/** What a person is asked, and about what: the question rendered, the subject with its digest. */
async function lookAt(fold: Fold, run: string, tools: EvaluationTools): Promise<Json> {
  const context = fold.world.steps.get(run)?.getSnapshot().context as ApprovalContext;
  const { ask } = standingOf(context);
  const phase = phaseOf(fold.world, context.phase);
  const scope = await wholeScope(fold, phase, tools, context.item, placeAbove(fold, phase, context.index));
  // What an agent asked is never rendered.
  const question = context.isPart
    ? ask.question
    : attempt(() => renderTemplate(ask.question, scope), 'the question');
  const seen =
    ask.subject === undefined
      ? {}
      : { subject: await digestOfSubject(ask.subject, scope, { files: undefined, ...tools }) };
  return { question, ...seen } as unknown as Json;
}

/** Which of the approved files that the phase may use are not what was approved. */
async function verifyFiles(fold: Fold, name: string, { files }: EvaluationTools): Promise<Json> {
  const drifted: Drift[] = [];
  const found = new Map<string, { is?: string; reason?: string }>();
  for (const { step, by, files: approved } of approvedFilesBefore(fold.world, phaseOf(fold.world, name))) {
    for (const { path, digest: was } of approved) {
      const now = found.get(path) ?? (await presentDigest(path, files));
      found.set(path, now);
      if (now.is !== was) drifted.push({ step, by, path, was, ...now });
    }
  }
  return { drifted } as unknown as Json;
}

async function presentDigest(
  path: string,
  files: WorkingFiles | undefined,
): Promise<{ is?: string; reason?: string }> {
  try {
    return { is: (await digestOfFile(path, files)).digest };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Passes only when the value is exactly `true`; the failure says what the expression saw. */
function validate(step: ValidationStep, scope: Scope): Json {
  const value = attempt(() => evaluate(step.expression, scope), `validation ${step.expression}`);
  if (value === true) return true;
  const said = step.message === undefined ? '' : `${step.message}: `;
  const saw = explain(step.expression, scope);
  const values = Object.entries(saw).map(([path, seen]) => `${path} = ${JSON.stringify(seen)}`);
  const where = values.length === 0 ? '' : `, with ${values.join(', ')}`;
  throw new EvaluationFailure(`${said}${step.expression} is ${JSON.stringify(value)}, not true${where}`, {
    expression: step.expression,
    values: saw as Json,
  });
}

async function gather(
  fold: Fold,
  phase: PhaseDefinition,
  step: AggregateStep,
  context: EvaluationContext,
  tools: EvaluationTools,
): Promise<Json> {
  const own = outputsAbove(fold, phase, context.index);
  const sources = own.length > 0 ? own : phase.dependsOn.flatMap((name) => agentOutputs(fold, name));
  const items: AggregateItem[] = await Promise.all(
    sources.map(async ({ agent, step: id, output }) => ({
      agent: agent ?? id,
      step: id,
      output: await resolved(output ?? null, tools.artifacts),
    })),
  );
  return attempt(() => aggregate(step.aggregate, items, step.options ?? {}, tools.aggregates));
}

/** All outputs of agents in a phase that ended, also those that an aggregate of that phase has folded already. */
function agentOutputs(fold: Fold, phase: string): readonly StepResult[] {
  return inFileOrder(fold.world.ledger, phase).filter((result) => result.kind === 'agent');
}

/** Outputs of agents above the place, since the aggregate before it. */
function outputsAbove(fold: Fold, phase: PhaseDefinition, index: number): readonly StepResult[] {
  const above = inFileOrder(fold.world.ledger, phase.name).filter((result) => result.index < index);
  const since = above.findLastIndex((result) => result.kind === 'aggregate');
  return above.slice(since + 1).filter((result) => result.kind === 'agent');
}

async function callStrategy(
  fold: Fold,
  phase: PhaseDefinition,
  step: CustomStep,
  context: EvaluationContext,
  scope: Scope,
  tools: EvaluationTools,
): Promise<Json> {
  const strategy = tools.strategies.get(step.strategy);
  if (strategy === undefined) {
    throw new EvaluationFailure(`No step kind "${step.strategy}" is registered in this process`);
  }
  try {
    const value = await strategy({
      execution: fold.world.execution,
      phase: phase.name,
      step: context.run,
      strategy: step.strategy,
      text: step.title,
      parameters: step.parameters ?? {},
      scope,
      signal: tools.signal,
    });
    // Through JSON: what goes into the log is what a restart will read back.
    return value === undefined ? null : (JSON.parse(JSON.stringify(value)) as Json);
  } catch (error) {
    throw new EvaluationFailure(error instanceof Error ? error.message : String(error));
  }
}

/** What a round is about; when it has closed, only whether that is still the same. */
async function openPoll(
  fold: Fold,
  { step: id, phase: name, part }: Extract<EvaluationSubject, { kind: 'poll' }>,
  tools: EvaluationTools,
): Promise<Json> {
  const phase = phaseOf(fold.world, name);
  const step = fold.pinned.stepsById.get(id);
  if (step?.kind !== 'consensus') throw new EvaluationFailure(`${id} is not a consensus`);
  const context = fold.world.steps.get(id)?.getSnapshot().context as StepIdentity;
  const scope = await wholeScope(fold, phase, tools, undefined, placeAbove(fold, phase, context.index));
  const about =
    step.subject === undefined
      ? {}
      : { subject: (await digestOfSubject(step.subject, scope, { files: undefined, ...tools })).digest };
  if (part === 'check') return about;
  const { choices, question } = step;
  return {
    ...about,
    ...(choices === undefined || Array.isArray(choices)
      ? {}
      : { choices: choicesOf(choices.expression, scope) }),
    ...(isTemplate(question)
      ? { question: attempt(() => renderTemplate(question, scope), 'the question') }
      : {}),
  };
}

function choicesOf(expression: string, scope: Scope): readonly string[] {
  const choices = attempt(() => evaluate(expression, scope), `choices ${expression}`);
  const problem = problemOfChoices(choices);
  if (problem !== undefined) throw new EvaluationFailure(`choices ${expression}: ${problem}`);
  return choices as readonly string[];
}

async function expandItems(fold: Fold, name: string, tools: EvaluationTools): Promise<Json> {
  const phase = phaseOf(fold.world, name);
  const expression = phase.forEach ?? '[]';
  const scope = await wholeScope(fold, phase, tools);
  const items = attempt(() => evaluate(expression, scope), `forEach ${expression}`);
  if (!Array.isArray(items))
    throw new EvaluationFailure(`forEach ${expression} gives ${typeOf(items)}, not a list`);
  if (items.length > MAX_ITEMS)
    throw new EvaluationFailure(
      `forEach ${expression} gives ${items.length} items; the limit is ${MAX_ITEMS}`,
    );
  const roles: Record<string, string[]> = {};
  for (const step of phase.steps) {
    // Without a template every item has the role that the file names: 40,000 times the same name is too much for a record.
    if (step.kind !== 'agent' || !isTemplate(step.agent)) continue;
    roles[step.id] = items.map((item: Json) =>
      attempt(() => renderTemplate(step.agent, { ...scope, item }).trim(), `agent ${step.agent}`),
    );
  }
  return { items, roles };
}

async function phaseOutputs(fold: Fold, name: string, tools: EvaluationTools): Promise<Json> {
  const phase = phaseOf(fold.world, name);
  const scope = await wholeScope(fold, phase, tools);
  const succeeded = inFileOrder(fold.world.ledger, name);
  const aggregated = succeeded.findLast(({ kind }) => isGathering(kind))?.output;
  const others = succeeded.filter(({ kind }) => !isGathering(kind) && kind !== 'validation');
  const whole = await Promise.all(others.map((result) => resolved(result.output ?? null, tools.artifacts)));
  const value = aggregated === undefined ? undefined : await resolved(aggregated, tools.artifacts);
  return namedOutputs(phase.outputs, scope, (plain) => pickNames(plain, value, whole));
}

async function executionOutputs(fold: Fold, tools: EvaluationTools): Promise<Json> {
  const { ledger } = fold.world;
  const { definition } = fold.pinned;
  const scope = await wholeScope(fold, undefined, tools);
  return namedOutputs(definition.outputs ?? [], scope, (plain) =>
    pickExecutionOutputs(ledger, { ...definition, outputs: [...plain] }),
  );
}

function namedOutputs(
  specs: readonly OutputSpec[],
  scope: Scope,
  pick: (plain: readonly OutputSpec[]) => Picked,
): Json {
  const outputs: Record<string, Json | undefined> = {};
  const picked = pick(specs.filter((spec) => spec.expression === undefined));
  if (picked.kind === 'missing')
    throw new EvaluationFailure(`The output "${picked.name}" is listed, but ${picked.looked}`);
  for (const { name, expression } of specs) {
    outputs[name] =
      expression === undefined
        ? picked.kind === 'picked'
          ? picked.outputs[name]
          : undefined
        : (attempt(() => evaluate(expression, scope), `output ${name}: ${expression}`) as Json);
  }
  return outputs;
}

async function wholeScope(
  fold: Fold,
  phase: PhaseDefinition | undefined,
  tools: EvaluationTools,
  item?: number,
  above?: number,
): Promise<Scope> {
  const scope = scopeOf(fold.world, phase, item, above);
  return (await resolved(scope as unknown as Json, tools.artifacts)) as unknown as Scope;
}

function placeAbove(fold: Fold, phase: PhaseDefinition, index: number): number {
  return programOf(phase, fold.world.ledger.phases.get(phase.name)?.items?.length).at(index).above;
}

/** @param what was worked out, where the error does not say it itself */
function attempt<T>(work: () => T, what?: string): T {
  try {
    return work();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EvaluationFailure(what === undefined ? reason : `${what}: ${reason}`);
  }
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}
