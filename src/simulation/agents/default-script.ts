import type { Json } from '../../json.ts';
import type { AgentRequest } from '../../ports/agent-request.ts';
import type { BallotPaper } from '../../ports/ballot.ts';
import type { AgentStep, PhaseDefinition, TaskDefinition } from '../../task/definition.ts';
import { exampleOf } from './example-value.ts';
import type { ScriptFunction } from './script.ts';

/**
 * How a role without a script behaves: it succeeds after what the task estimates (of a phase whose steps follow one another, the
 * step's share; without an estimate at once), with an example that fits the output schema. Without a schema the output names the
 * step, and has the keys that the phase's outputs are taken from.
 */
export function defaultScript(definition: TaskDefinition): ScriptFunction {
  const steps = new Map(
    definition.phases.flatMap((phase) =>
      phase.steps.flatMap((step) =>
        step.kind === 'agent' ? [[step.id, expectationOf(step, phase)] as const] : [],
      ),
    ),
  );
  return async (request, { sleep }) => {
    const expected = steps.get(request.step) ?? steps.get(request.step.replace(/_\d+$/, ''));
    if (expected !== undefined && expected.estimateMs > 0) await sleep(expected.estimateMs);
    const output = exampleOutput(request);
    if (request.ballot !== undefined) return output;
    return request.outputSchema === undefined ? { ...(output as object), ...expected?.outputs } : output;
  };
}

/** An example that fits the output schema, else one that names the step. */
export function exampleOutput({ agent, step, attempt, outputSchema, ballot }: AgentRequest): Json {
  if (outputSchema !== undefined) return exampleOf(outputSchema);
  if (ballot !== undefined) return exampleVote(ballot);
  return { step, agent, attempt, summary: `what ${agent} made of ${step}` };
}

/** For the first choice. */
function exampleVote({ method, choices = [], scale, of = ['answer'] }: BallotPaper): Json {
  const [first = ''] = choices;
  switch (method) {
    case 'ranked':
    case 'condorcet':
      return { ranking: choices, reason: 'the order of the file' };
    case 'score':
      return { scores: { [first]: scale?.max ?? 10 }, reason: 'the first' };
    case 'agreement':
      return Object.fromEntries(of.map((key) => [key, 'the same']));
    default:
      return { choice: first, reason: 'the first' };
  }
}

interface Expectation {
  readonly estimateMs: number;
  readonly outputs: { readonly [name: string]: string };
}

function expectationOf(step: AgentStep, phase: PhaseDefinition): Expectation {
  const agentSteps = phase.steps.filter(({ kind }) => kind === 'agent');
  const sharers = phase.parallel ? 1 : agentSteps.length;
  // Where no aggregate brings the answers together, a phase takes a name from the only answer that has it.
  const answers = agentSteps[0] === step || phase.steps.some(({ kind }) => kind === 'aggregate');
  const names = answers ? phase.outputs.filter(({ expression }) => expression === undefined) : [];
  return {
    estimateMs: step.estimateMs ?? (phase.estimateMs ?? 0) / sharers,
    outputs: Object.fromEntries(names.map(({ name }) => [name, `${name} of ${step.id}`])),
  };
}
