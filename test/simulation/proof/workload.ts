import { AgentError } from '../../../src/agent/agent-error.ts';
import { defineAgent, type FunctionAgent } from '../../../src/agent/define.ts';
import type { Json } from '../../../src/json.ts';
import { type AgentRequest, FAILURE_CLASSES } from '../../../src/ports/agent-request.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { chance, choice } from '../../../src/simulation/chance.ts';
import type {
  AgentStep,
  PhaseDefinition,
  StepDefinition,
  TaskDefinition,
} from '../../../src/task/definition.ts';
import { agentStep, phase, task } from '../../engine/open-world.ts';

/** One seed's work: tasks of many shapes, agents that mostly succeed, a person at the controls. */
export interface Workload {
  readonly executions: readonly {
    readonly execution: string;
    readonly definition: TaskDefinition;
    /** A person tries it once again when it has failed. */
    readonly isRetried: boolean;
  }[];
  readonly input: Json;
  readonly agents: (clock: Clock) => readonly FunctionAgent[];
  /** In the order of their times. */
  readonly acts: readonly Act[];
}

/** Something that a person does, `at` ms after the beginning. */
export interface Act {
  readonly at: number;
  readonly execution: string;
  readonly type: string;
  readonly data: Json;
}

const ROLES = ['worker', 'other'] as const;
const INPUT = { list: [1, 2, 3], none: [], word: 'go' };

export function workloadOf(seed: number): Workload {
  const count = 1 + choice(seed, 'executions', 3);
  const names = Array.from({ length: count }, (_, index) => `e${index}`);
  return {
    input: INPUT,
    executions: names.map((execution) => ({
      execution,
      definition: taskOf(seed, execution),
      isRetried: chance(seed, `retried ${execution}`) < 0.5,
    })),
    agents: (clock) => ROLES.map((name) => performer(seed, name, clock)),
    acts: names.flatMap((execution) => actsOf(seed, execution)).sort((one, other) => one.at - other.at),
  };
}

/** An agent that mostly succeeds. */
export function performer(seed: number, name: string, clock: Clock): FunctionAgent {
  return defineAgent({
    name,
    concurrency: 1 + choice(seed, `seats ${name}`, 2),
    run: (request, { signal, progress }) =>
      new Promise((resolve, reject) => {
        const { execution, step, attempt } = request;
        const key = `${execution}/${step}/${attempt}`;
        progress(key);
        // Some ignore that nobody wants their work any more.
        const isDeaf = chance(seed, `deaf ${key}`) < 0.2;
        const isStalled = chance(seed, `stalled ${key}`) < 0.04;
        const cancel = clock.schedule(isStalled ? 20_000 : latencyOf(seed, key), () => {
          const fails = chance(seed, `fails ${key}`) < 0.12;
          if (!fails) resolve({ did: `${execution}/${step}`, ok: true, ...voteOn(seed, key, request) });
          else
            reject(new AgentError('scripted', { class: FAILURE_CLASSES[choice(seed, `class ${key}`, 6)] }));
        });
        signal.addEventListener('abort', () => {
          if (isDeaf) return;
          cancel();
          reject(new AgentError('stopped'));
        });
      }),
  });
}

/** Nothing for a step that is no ballot; some votes fit no ballot. */
function voteOn(seed: number, key: string, { ballot }: AgentRequest): { choice?: string } {
  if (ballot === undefined) return {};
  const chosen = chance(seed, `vote ${key}`);
  return { choice: chosen < 0.5 ? 'yes' : chosen < 0.9 ? 'no' : 'perhaps' };
}

function latencyOf(seed: number, key: string): number {
  const isLong = chance(seed, `long ${key}`) < 0.1;
  return 5 + choice(seed, `latency ${key}`, isLong ? 14_000 : 800);
}

function actsOf(seed: number, execution: string): readonly Act[] {
  const count = choice(seed, `acts ${execution}`, 4);
  return Array.from({ length: count }, (_, index): Act => {
    const key = `act ${execution} ${index}`;
    const at = choice(seed, `${key} at`, 6_000);
    const kind = chance(seed, `${key} kind`);
    if (kind < 0.3) return { at, execution, type: 'pause.requested', data: { reason: 'lunch' } };
    if (kind < 0.6) return { at, execution, type: 'resume.requested', data: {} };
    if (kind < 0.75) return { at, execution, type: 'signal.sent', data: { name: 'go', payload: index } };
    if (kind < 0.85) return { at, execution, type: 'retry.requested', data: {} };
    if (kind < 0.95)
      return { at, execution, type: 'checkpoint.requested', data: { name: `by hand ${index}` } };
    return { at, execution, type: 'abort.requested', data: { reason: 'enough' } };
  }).concat(canBeUndone(seed) ? undoingActsOf(seed, execution) : []);
}

/** Of every fourth seed: there, some steps are compensable and rollbacks come from all sides. */
function canBeUndone(seed: number): boolean {
  return seed % 4 === 2;
}

function undoingActsOf(seed: number, execution: string): readonly Act[] {
  const key = `undoing ${execution}`;
  const at = choice(seed, `${key} at`, 6_000);
  const kind = chance(seed, `${key} kind`);
  if (kind < 0.25) return [{ at, execution, type: 'rollback.requested', data: { reason: 'wrong' } }];
  if (kind < 0.4) {
    const data = { to: 'p0', afterwards: 'continue' };
    return [{ at, execution, type: 'rollback.requested', data }];
  }
  if (kind < 0.5) return [{ at, execution, type: 'abort.requested', data: { rollback: true } }];
  return [];
}

/** A task of any shape that the language has. */
function taskOf(seed: number, execution: string): TaskDefinition {
  const of = (what: string): number => chance(seed, `${execution} ${what}`);
  const names = Array.from({ length: 1 + Math.floor(of('phases') * 3) }, (_, index) => `p${index}`);
  return task(
    names.map((name, index) => phaseOf(seed, `${execution} ${name}`, name, names.slice(0, index))),
    {
      concurrency: of('limits') < 0.2 ? { steps: 2 } : of('limits') < 0.3 ? { phases: 1 } : {},
      ...(of('execution outputs') < 0.15 ? { outputs: [{ name: 'all', expression: 'size(phases)' }] } : {}),
      onFailure:
        canBeUndone(seed) && of('undone') < 0.4
          ? { rollback: {} }
          : of('on failure') < 0.3
            ? 'continue'
            : 'fail',
      ...(canBeUndone(seed) && of('compensations') < 0.3 ? { rollback: { onFailure: 'skip' as const } } : {}),
      ...(of('time') < 0.1 ? { maxExecutionTimeMs: 20_000 } : {}),
    },
  );
}

function phaseOf(seed: number, key: string, name: string, before: readonly string[]): PhaseDefinition {
  const of = (what: string): number => chance(seed, `${key} ${what}`);
  // Some have more steps than there are seats, so that many stand offered when something happens to the phase.
  const count = 1 + Math.floor(of('steps') * (of('wide') < 0.1 ? 9 : 4));
  const steps = Array.from({ length: count }, (_, index) =>
    stepOf(seed, `${key} ${index}`, `${name}s${index}`),
  );
  return phase(name, steps, {
    dependsOn: before.filter((other) => of(`needs ${other}`) < 0.6),
    parallel: of('parallel') < 0.7,
    ...(of('for each') < 0.15 ? { forEach: of('list') < 0.8 ? 'input.list' : 'input.none' } : {}),
    ...(of('when') < 0.1 ? { when: 'size(input.none) > 0' } : {}),
    ...(of('retry') < 0.4 ? { retry: retry(2) } : {}),
    ...(of('timeout') < 0.1 ? { timeoutMs: 8_000 } : {}),
    ...(of('success') < 0.3 ? { minSuccess: of('how many') < 0.5 ? 0 : 'all' } : {}),
    ...(of('on failure') < 0.3 ? { onFailure: 'continue' } : {}),
    ...(of('checkpoint') < (canBeUndone(seed) ? 0.5 : 0.2) ? { checkpoint: true } : {}),
    ...(canBeUndone(seed) && of('back') < 0.2
      ? { onFailure: { rollback: { to: 'p0', afterwards: 'continue' as const } } }
      : {}),
    outputs:
      of('outputs') < 0.3
        ? [{ name: 'seen', expression: of('outputs fail') < 0.85 ? 'size(results)' : 'results.nobody.word' }]
        : [],
  });
}

function stepOf(seed: number, key: string, id: string): StepDefinition {
  const isUndone = canBeUndone(seed);
  const of = (what: string): number => chance(seed, `${key} ${what}`);
  const base = { id, title: id };
  const kind = of('kind');
  if (kind < 0.06)
    return { ...base, kind: 'validation', expression: of('passes') < 0.8 ? 'true' : 'size(results) > 5' };
  if (kind < 0.14) return { ...base, kind: 'aggregate', aggregate: 'collect' };
  if (kind < 0.22)
    return { ...base, kind: 'wait', signal: 'go', ...(of('bounded') < 0.5 ? { timeoutMs: 5_000 } : {}) };
  return agentStep(id, {
    agent: ROLES[Math.floor(of('role') * 2)] ?? 'worker',
    ...(of('retry') < 0.5 ? { retry: retry(3) } : {}),
    ...(of('timeout') < 0.15 ? { timeoutMs: 3_000 } : {}),
    ...(of('claim within') < 0.1 ? { claimWithinMs: 4_000 } : {}),
    ...(of('cache') < 0.1 ? { cache: { ttlMs: 60_000 } } : {}),
    ...(isUndone && of('compensable') < 0.6 ? { compensate: compensationOf(id, of) } : {}),
    ...(of('priority') < 0.2 ? { priority: 5 } : {}),
  });
}

function compensationOf(id: string, of: (what: string) => number): NonNullable<AgentStep['compensate']> {
  return {
    id: `undo-${id}`,
    kind: 'agent',
    title: `undo ${id}`,
    agent: ROLES[Math.floor(of('undone by') * 2)] ?? 'worker',
    instructions: `undo ${id}`,
    ...(of('undoing again') < 0.7 ? { retry: retry(3) } : {}),
    ...(of('undoing in time') < 0.1 ? { timeoutMs: 3_000 } : {}),
  };
}

function retry(maxAttempts: number) {
  return { maxAttempts, backoffMs: 200, factor: 2, maxBackoffMs: 2_000 };
}
