import type { AgentContext } from '../../machines/agent-context.ts';
import type { ConsensusContext } from '../../machines/consensus/context.ts';
import { paperOf } from '../../machines/consensus/poll.ts';
import { isBallotStep } from '../../machines/derived-steps.ts';
import { resultsOf } from '../../machines/outputs.ts';
import { programOf } from '../../machines/program.ts';
import { outputsBefore, scopeOf } from '../../machines/scope.ts';
import { phaseOf } from '../../machines/world.ts';
import type { Json } from '../json.ts';
import type { AgentRequest, Compensated } from '../ports/agent-request.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';
import type { AgentStep } from '../task/definition.ts';
import { isTemplate, renderTemplate, renderValue } from '../task/template.ts';
import { childTraceparent } from '../trace-context.ts';
import type { Fold } from './fold.ts';
import { type EngineTracing, traceparentOf } from './tracing.ts';
import { hasReferences, resolved } from './values.ts';

/** What a step's templates came to; rendered once per offer, and what agents said is never rendered again. */
export interface Rendered {
  readonly instructions: string;
  readonly input: { readonly [key: string]: Json | undefined };
  /** Where an answer given before will do; with what its template came to. */
  readonly cache?: AgentStep['cache'];
  /** Of a compensation: what it is to undo. */
  readonly compensates?: Compensated | undefined;
}

/**
 * Renders the instructions and the input of an offered step. Answers at once unless a template may look into a value that is
 * kept in the artifact store. Throws (or rejects) with the template's error.
 */
export function renderWork(fold: Fold, run: string, artifacts: ArtifactStore): Rendered | Promise<Rendered> {
  const { context, step } = agentStepOf(fold, run);
  if (context.partOf !== 'rollback') return render(fold, context, step, artifacts);
  const undone = undoneBy(fold, run);
  const original = render(fold, { ...context, partOf: undefined }, undone.step, artifacts);
  const own = (made: Rendered): Rendered | Promise<Rendered> => {
    const { instructions, input } = made;
    const compensates = {
      step: undone.run,
      instructions,
      input,
      ...(undone.uncertain ? { uncertain: true as const } : { output: undone.output }),
    };
    const work = render(fold, context, step, artifacts, compensates);
    const withOriginal = (rendered: Rendered): Rendered => ({ ...rendered, compensates });
    return work instanceof Promise ? work.then(withOriginal) : withOriginal(work);
  };
  return original instanceof Promise ? original.then(own) : own(original);
}

/** The run that a compensation undoes. */
function undoneBy(fold: Fold, run: string) {
  const { ledger } = fold.world;
  const undoing = ledger.rollback?.plan?.find((each) => each.run === run);
  const deed = undoing && ledger.deeds.get(undoing.step);
  const step = deed && fold.pinned.stepsById.get(deed.step);
  if (undoing === undefined || deed === undefined || step?.kind !== 'agent')
    throw new Error(`${run} undoes nothing that is known`);
  const output = ledger.phases.get(deed.phase)?.results.get(deed.run)?.output ?? null;
  return { run: deed.run, step, uncertain: undoing.uncertain, output };
}

function render(
  fold: Fold,
  context: AgentContext,
  step: Pick<AgentStep, 'instructions' | 'input' | 'cache'>,
  artifacts: ArtifactStore,
  compensates?: Compensated,
): Rendered | Promise<Rendered> {
  const { cache } = step;
  const plain = !isTemplate(step.instructions) && step.input === undefined && cache?.key === undefined;
  if (plain) return { instructions: step.instructions, input: fold.world.input, cache };
  const phase = fold.pinned.phases.get(context.phase);
  const known = scopeOf(fold.world, phase, context.item, aboveOf(fold, context));
  const scope = compensates === undefined ? known : { ...known, compensates };
  const renderWith = (values: typeof scope): Rendered => ({
    instructions: renderTemplate(step.instructions, values),
    input:
      step.input === undefined
        ? fold.world.input
        : { ...fold.world.input, ...(renderValue(step.input as Json, values) as { [key: string]: Json }) },
    cache: cache?.key === undefined ? cache : { ...cache, key: renderTemplate(cache.key, values) },
  });
  if (!hasReferences(scope)) return renderWith(scope);
  return resolved(scope as unknown as Json, artifacts).then((whole) =>
    renderWith(whole as unknown as typeof scope),
  );
}

/** The document that the agent gets. */
export function buildRequest(
  fold: Fold,
  run: string,
  rendered: Rendered,
  tracing?: EngineTracing,
): AgentRequest {
  const { context, step } = agentStepOf(fold, run);
  const { world } = fold;
  const phase = phaseOf(world, context.phase);
  const above = aboveOf(fold, context);
  const item =
    context.item === undefined ? undefined : world.ledger.phases.get(phase.name)?.items?.[context.item];
  const answer = fold.world.ledger.answers.get(run);
  const previousError = fold.world.ledger.lastErrors.get(run);
  const traceparent = childTraceparent(
    traceparentOf(fold, tracing),
    `${fold.world.execution}/${run}/${context.attempt}`,
  );
  const outputSchema = step.outputSchema ?? fold.pinned.agentsByRole.get(context.role)?.outputSchema;
  return {
    execution: fold.world.execution,
    task: { name: fold.pinned.definition.name, version: fold.pinned.definition.version },
    phase: context.phase,
    step: run,
    attempt: context.attempt,
    idempotencyKey: `${fold.world.execution}/${run}`,
    agent: context.role,
    instructions: rendered.instructions,
    input: rendered.input,
    outputs: { ...outputsBefore(world, phase) },
    results: above === 0 ? {} : resultsOf(world.ledger, phase.name, above),
    ...(item === undefined ? {} : { item }),
    ...(answer === undefined ? {} : { approval: answer }),
    ...(previousError === undefined ? {} : { previousError }),
    ...(context.dueAt === undefined ? {} : { deadline: context.dueAt }),
    artifacts: [],
    ...(rendered.compensates === undefined ? {} : { compensates: rendered.compensates }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(outputSchema === undefined ? {} : { outputSchema }),
    ...ballotIn(fold, step),
  };
}

/** What stands on the ballot, where the step is one. */
function ballotIn(fold: Fold, step: AgentStep): Pick<AgentRequest, 'ballot'> {
  if (!isBallotStep(step)) return {};
  const poll = fold.world.steps.get(step.ballotOf.id)?.getSnapshot().context as ConsensusContext | undefined;
  return poll === undefined ? {} : { ballot: paperOf(fold.world, poll) };
}

/** Throws when no agent step of that id is live. */
export function agentStepOf(
  fold: Fold,
  run: string,
): { readonly context: AgentContext; readonly step: AgentStep } {
  const context = fold.world.steps.get(run)?.getSnapshot().context as AgentContext | undefined;
  const step = context === undefined ? undefined : fold.pinned.stepsById.get(context.step);
  if (context === undefined || step?.kind !== 'agent') throw new Error(`${run} is not a live agent step`);
  return { context, step };
}

/** Steps at work side by side do not see each other: what one reads must not depend on which was faster. */
function aboveOf(fold: Fold, context: AgentContext): number {
  const phase = phaseOf(fold.world, context.phase);
  return programOf(phase, fold.world.ledger.phases.get(phase.name)?.items?.length).at(context.index).above;
}
