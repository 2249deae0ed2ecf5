import type { Json } from '../../../src/json.ts';
import { chance, choice } from '../../../src/simulation/chance.ts';
import type { ConsensusStep, StepDefinition, TaskDefinition } from '../../../src/task/definition.ts';
import { agentStep, phase, task } from '../../engine/open-world.ts';
import { type Act, performer, type Workload, workloadOf } from './workload.ts';

/** One seed's votes: of every method, in rounds, sealed, on subjects that change, with people that vote, some of them who may not. */
export function voteWorkloadOf(seed: number): Workload {
  const { executions, acts, ...rest } = workloadOf(seed);
  return {
    ...rest,
    // The third only votes.
    agents: (clock) => [...rest.agents(clock), performer(seed, 'third', clock)],
    executions: executions.map(({ execution, isRetried }) => ({
      execution,
      isRetried,
      definition: votesOf(seed, execution),
    })),
    acts: [...acts, ...executions.flatMap(({ execution }) => ballotsOf(seed, execution))].sort(
      (one, other) => one.at - other.at,
    ),
  };
}

/** A vote after some work, beside a phase whose progress changes what some votes are about. */
function votesOf(seed: number, execution: string): TaskDefinition {
  const of = (what: string): number => chance(seed, `votes ${execution} ${what}`);
  const work = (name: string): StepDefinition[] =>
    Array.from({ length: 1 + Math.floor(of(name) * 2) }, (_, index) =>
      agentStep(`${name}${index}`, { agent: index === 0 ? 'worker' : 'other' }),
    );
  return task(
    [
      phase('beside', [...work('x'), ...work('y')], {
        parallel: false,
        minSuccess: 0,
        onFailure: 'continue',
      }),
      phase('vote', [...(of('work') < 0.3 ? work('w') : []), ballotOf(seed, `${execution} one`, 'one')], {
        minSuccess: 0,
        ...(of('retry') < 0.4
          ? { retry: { maxAttempts: 2, backoffMs: 200, factor: 2, maxBackoffMs: 2_000 } }
          : {}),
        ...(of('timeout') < 0.1 ? { timeoutMs: 9_000 } : {}),
      }),
      phase('again', [ballotOf(seed, `${execution} two`, 'two')], { dependsOn: ['vote'], minSuccess: 0 }),
    ],
    { onFailure: of('failure') < 0.5 ? 'continue' : 'fail' },
  );
}

const METHODS = ['majority', 'majority', 'weighted', 'ranked', 'agreement'] as const;

function ballotOf(seed: number, key: string, id: string): ConsensusStep {
  const of = (what: string): number => chance(seed, `ballot ${key} ${what}`);
  const method = METHODS[choice(seed, `ballot ${key} method`, METHODS.length)] ?? 'majority';
  const sealed = of('sealed') < 0.4;
  const names = ['worker', 'other', 'worker'].slice(0, 2 + Math.floor(of('voters') * 2));
  const voters: ConsensusStep['voters'] = names.map((name, index) => ({
    kind: 'agent',
    name: index === 2 ? 'third' : name,
    id: `${id}-v${index}`,
    weight: 1,
  }));
  if (of('people') < 0.3) voters.push({ kind: 'person', name: 'alice', weight: 1 });
  return {
    id,
    kind: 'consensus',
    title: id,
    method,
    question: `${id}?`,
    voters,
    ...(method === 'agreement' ? { of: ['ok'] } : { choices: ['yes', 'no'] }),
    ...(sealed ? { sealed: true as const } : of('rounds') < 0.4 ? { rounds: 2 } : {}),
    ...(of('deadline') < 0.7 ? { deadlineMs: 400 + Math.floor(of('how long') * 4_000) } : {}),
    ...(of('subject') < 0.3 ? { subject: { expression: 'phases' } } : {}),
    ...(method !== 'agreement' && of('veto') < 0.15 ? { veto: ['worker'], vetoes: 'no' } : {}),
    ...(method !== 'agreement' && of('fallback') < 0.3 ? { onDeadlock: { choice: 'no' } } : {}),
    ...(of('again') < 0.4
      ? { retry: { maxAttempts: 2, backoffMs: 100, factor: 2, maxBackoffMs: 1_000 } }
      : {}),
  };
}

/** People vote early, late, twice and without being asked. */
function ballotsOf(seed: number, execution: string): readonly Act[] {
  const count = choice(seed, `people ${execution}`, 6);
  return Array.from({ length: count }, (_, index): Act => {
    const key = `person ${execution} ${index}`;
    const data: Json = {
      step: chance(seed, `${key} step`) < 0.5 ? 'one' : 'two',
      by: chance(seed, `${key} who`) < 0.8 ? 'alice' : 'mallory',
      vote: { choice: chance(seed, `${key} vote`) < 0.5 ? 'yes' : 'no', answer: { ok: true } },
    };
    return { at: choice(seed, `${key} at`, 6_000), execution, type: 'ballot.cast', data };
  });
}
