import { isBallotStep } from '../../machines/derived-steps.ts';
import type { Kept } from '../../machines/kept.ts';
import type { PhaseProduce, StepResult } from '../../machines/ledger.ts';
import { type Program, type ProgramEntry, programOf } from '../../machines/program.ts';
import { ancestorsOf } from '../../machines/scope.ts';
import type { StartRequest } from '../engine/engine-options.ts';
import type { Fold } from '../engine/fold.ts';
import { digestOf } from '../engine/pinned.ts';
import { inputInvalid, rerunNotPossible, stepUnknown } from '../errors.ts';
import type { Json } from '../json.ts';
import type { PhaseDefinition, TaskDefinition } from '../task/definition.ts';
import { nearest } from '../task/nearest.ts';
import { checkInput } from '../task/requirements.ts';

/** How an execution is to be run again. */
export interface RerunRequest {
  /**
   * The first step that is done anew; of a `forEach` phase the step, which means its first run, or one of its runs. What this step
   * could see is kept: results of the phases that its own depends on, directly or not, and of the steps above it. Absent: all is done
   * anew.
   */
  readonly from?: string | undefined;
  /** Fields of the input that are to be others; the rest stays as it was. */
  readonly input?: { readonly [field: string]: unknown } | undefined;
}

/**
 * The start of an execution that runs another one again: the same definition and agents, as they were pinned, and what is kept of
 * the other. Pure; see docs/adr/0021-rerun-keeps-results.md.
 *
 * Throws STEP_UNKNOWN, RERUN_NOT_POSSIBLE (what comes before the step did not succeed), INPUT_INVALID.
 *
 * @param fold of the execution that is run again; it need not have ended
 * @param execution id of the new one
 */
export function rerunOf(
  fold: Fold,
  { from, input: edits = {} }: RerunRequest,
  execution: string,
): StartRequest {
  const { definition, agents, groups } = fold.pinned;
  const input = edited(fold, edits);
  const kept = from === undefined ? undefined : keptBefore(fold, from, digestOf(input) === fold.inputDigest);
  return {
    execution,
    pinned: { definition, agents, ...(groups === undefined ? {} : { groups }) },
    input,
    rerunOf: {
      execution: fold.world.execution,
      ...(from === undefined ? {} : { from }),
      position: fold.world.position,
      ...(kept === undefined ? {} : { kept }),
    },
  };
}

function edited(
  { world, pinned }: Fold,
  edits: { readonly [field: string]: unknown },
): StartRequest['input'] {
  if (Object.keys(edits).length === 0) return world.input;
  const { input, problems } = checkInput(pinned.definition, { ...world.input, ...edits });
  if (problems.length > 0) throw inputInvalid(pinned.definition.name, problems);
  return input;
}

/** Runs whose results are kept, for who tells a person. */
export function keptRuns({ rerunOf: link }: StartRequest): readonly string[] {
  return (link?.kept?.phases ?? []).flatMap(({ results }) =>
    results.filter(({ kind }) => kind !== 'ballot').map(({ step }) => step),
  );
}

/** What comes before the step, and ended well. @param isSameInput nobody edited it */
function keptBefore(fold: Fold, from: string, isSameInput: boolean): Kept {
  const { definition } = fold.pinned;
  const { phase, program, entry } = placeOf(fold, from);
  const before: Before[] = [
    ...ancestorsOf(definition, phase).map((name) => wholePhase(fold, name)),
    { phase, produce: fold.world.ledger.phases.get(phase.name), program, above: entry.above },
  ];
  assertEnded(fold, from, before);
  // An approval holds for what was seen: with another input, or where something before it is done anew, people are asked again.
  const keepsApprovals = isSameInput && before.every((each) => missingIn(each).length === 0);
  const phases = before
    .map((each) => keptOf(fold, each, keepsApprovals))
    .filter((each) => each !== undefined);
  // As it will be read from the log, so that both fold to the same state.
  return JSON.parse(JSON.stringify({ phases })) as Kept;
}

/** Steps of a phase that come before: those above a place of its program. */
interface Before {
  readonly phase: PhaseDefinition;
  readonly produce: PhaseProduce | undefined;
  readonly program: Program;
  readonly above: number;
}

function placeOf(
  fold: Fold,
  from: string,
): { phase: PhaseDefinition; program: Program; entry: ProgramEntry } {
  for (const phase of fold.pinned.definition.phases) {
    const program = programIn(fold, phase);
    for (let index = 0; index < program.length; index += 1) {
      const entry = program.at(index);
      if (entry.run === from || entry.step.id === from) return { phase, program, entry };
    }
    // Its items are not known, or there is none.
    if (phase.forEach !== undefined && program.length === 0 && phase.steps.some(({ id }) => id === from)) {
      const plain = programOf(phase, undefined);
      for (let index = 0; index < plain.length; index += 1) {
        const entry = plain.at(index);
        if (entry.step.id === from) return { phase, program: plain, entry };
      }
    }
  }
  throw stepUnknown(fold.world.execution, from, stepOfAgent(fold, from) ?? nearest(from, knownSteps(fold)));
}

/** The first step of an agent, for those who name it so. */
function stepOfAgent({ pinned }: Fold, name: string): string | undefined {
  const steps = pinned.definition.phases.flatMap((phase) => phase.steps);
  return steps.find((step) => step.kind === 'agent' && step.agent === name)?.id;
}

function programIn(fold: Fold, phase: PhaseDefinition): Program {
  return programOf(phase, fold.world.ledger.phases.get(phase.name)?.items?.length);
}

function knownSteps({ pinned, world }: Fold): Iterable<string> {
  const ids = pinned.definition.phases.flatMap(({ steps }) => steps.map(({ id }) => id));
  const runs = [...world.ledger.phases.values()].flatMap(({ results }) => [...results.keys()]);
  return new Set([...ids, ...runs]);
}

function wholePhase(fold: Fold, name: string): Before {
  const phase = fold.pinned.phases.get(name) as PhaseDefinition;
  const program = programIn(fold, phase);
  return { phase, produce: fold.world.ledger.phases.get(name), program, above: program.length };
}

/** Throws RERUN_NOT_POSSIBLE unless the step had its turn, or could have had it. */
function assertEnded(fold: Fold, from: string, before: readonly Before[]): void {
  const { world, context, pinned } = fold;
  const problems: string[] = [];
  for (const each of before.slice(0, -1)) {
    const { name } = each.phase;
    const standing = context.phases[name];
    const undone = undoneIn(each);
    if (undone.length > 0) problems.push(`phase ${name} was undone (${shortList(undone)})`);
    else if (standing === 'failed' && isToleratedIn(fold, each.phase, pinned.definition)) continue;
    else if (standing !== 'completed' && standing !== 'skipped')
      problems.push(`phase ${name} ${standingInWords(standing)}`);
  }
  const own = before.at(-1) as Before;
  const undone = undoneIn(own);
  const hadItsTurn = own.produce?.results.has(from) === true || world.steps.has(from);
  const missing = hadItsTurn ? undone : missingIn(own);
  if (missing.length > 0) problems.push(`${shortList(missing)} did not succeed`);
  if (problems.length > 0) throw rerunNotPossible(world.execution, from, problems);
}

/** A phase that was allowed to fail: those after it went on without its outputs. */
function isToleratedIn({ context }: Fold, phase: PhaseDefinition, definition: TaskDefinition): boolean {
  return (phase.onFailure ?? definition.onFailure) === 'continue' && context.error?.phase !== phase.name;
}

function standingInWords(standing: string | undefined): string {
  if (standing === undefined || standing === 'waiting') return 'has not begun';
  return standing === 'admitted' ? 'has not ended' : standing === 'failed' ? 'failed' : `was ${standing}`;
}

/** Runs before the place that did not succeed, of phases that began. */
function missingIn(before: Before): readonly string[] {
  return runsOf(before).filter((run) => before.produce?.results.get(run)?.status !== 'succeeded');
}

function undoneIn(before: Before): readonly string[] {
  return runsOf(before).filter((run) => before.produce?.results.get(run)?.status === 'undone');
}

function runsOf({ program, above, produce, phase }: Before): readonly string[] {
  // Skipped, or in a phase whose items are not known: nothing was to be done.
  if (produce?.summary?.status === 'skipped') return [];
  if (phase.forEach !== undefined && produce?.items === undefined && above > 0) return [phase.name];
  return Array.from({ length: above }, (_, index) => program.at(index).run);
}

function keptOf(
  fold: Fold,
  { phase, produce, above }: Before,
  keepsApprovals: boolean,
): KeptPhase | undefined {
  if (produce === undefined) return undefined;
  const results = [...produce.results.values()].filter(
    (result) =>
      result.status === 'succeeded' &&
      result.index < above &&
      !WORKED_OUT.has(result.kind) &&
      (keepsApprovals || result.kind !== 'approval') &&
      isCounted(fold, produce, result),
  );
  if (results.length === 0) return undefined;
  const votes = results.filter(({ kind }) => kind === 'consensus').map(({ step }) => step);
  const polls = Object.entries(produce.polls ?? {}).filter(([step]) => votes.includes(step));
  return {
    name: phase.name,
    ...(produce.items === undefined ? {} : { items: [...produce.items] }),
    ...(produce.roles === undefined ? {} : { roles: produce.roles as { [step: string]: string[] } }),
    ...(polls.length === 0 ? {} : { polls: Object.fromEntries(polls) }),
    results: results.map((result) => keptResult(result, fold.world.execution)),
  };
}

type KeptPhase = Kept['phases'][number];

/** The owner works them out again from what is kept: that costs nothing, and holds for the input there is. */
const WORKED_OUT: ReadonlySet<string> = new Set(['aggregate', 'validation']);

/** A ballot goes with its vote. */
function isCounted({ world }: Fold, { results }: PhaseProduce, { kind, step }: StepResult): boolean {
  if (kind !== 'ballot') return true;
  const ballot = world.stepsById.get(step.replace(/_\d+$/, ''));
  return isBallotStep(ballot) && results.get(ballot.ballotOf.id)?.status === 'succeeded';
}

function keptResult(result: StepResult, execution: string): KeptPhase['results'][number] {
  const { step, index, kind, agent, output, artifacts, by, ballot, kept } = result;
  return {
    step,
    index,
    kind,
    agent,
    output: output as Json,
    artifacts: artifacts as never,
    by,
    ballot,
    from: kept ?? execution,
  };
}

function shortList(names: readonly string[]): string {
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
}
