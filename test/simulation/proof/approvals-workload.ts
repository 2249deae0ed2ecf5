import { defineAgent } from '../../../src/agent/define.ts';
import { chance, choice } from '../../../src/simulation/chance.ts';
import type { ApprovalAsk, StepDefinition, TaskDefinition } from '../../../src/task/definition.ts';
import { agentStep, phase, task } from '../../engine/open-world.ts';
import type { Act, Workload } from './workload.ts';

/** One seed's work with people in it: they are asked, decide twice, too late, about what has changed, and some may not decide at all. */
export function approvalsWorkloadOf(seed: number): Workload {
  const names = ['e0', 'e1'];
  return {
    input: { plan: { usd: 3 } },
    executions: names.map((execution) => ({
      execution,
      definition: taskOf(seed, execution),
      isRetried: chance(seed, `retried ${execution}`) < 0.5,
    })),
    agents: () => [defineAgent({ name: 'worker', concurrency: 4, run: async () => ({ ok: true }) })],
    acts: names.flatMap((execution) => actsOf(seed, execution)).sort((one, other) => one.at - other.at),
  };
}

const PEOPLE = ['alice', 'bob', 'mallory'] as const;

function actsOf(seed: number, execution: string): readonly Act[] {
  return Array.from({ length: 12 }, (_, index): Act => {
    const key = `decision ${execution} ${index}`;
    const at = choice(seed, `${key} at`, 8_000);
    const kind = chance(seed, `${key} kind`);
    const step = `ask${choice(seed, `${key} step`, 2)}`;
    const by = PEOPLE[choice(seed, `${key} by`, PEOPLE.length)] ?? 'alice';
    if (kind < 0.35) return { at, execution, type: 'approval.granted', data: { step, by } };
    if (kind < 0.45) return { at, execution, type: 'approval.rejected', data: { step, by, comment: 'no' } };
    if (kind < 0.55) return { at, execution, type: 'approval.delegated', data: { step, by, to: 'bob' } };
    if (kind < 0.65)
      return { at, execution, type: 'approval.granted', data: { step, by, subject: 'sha256:forged' } };
    if (kind < 0.75) return { at, execution, type: 'pause.requested', data: {} };
    if (kind < 0.85) return { at, execution, type: 'resume.requested', data: {} };
    if (kind < 0.9) return { at, execution, type: 'step.completed', data: { step: 'work', output: {}, by } };
    return { at, execution, type: 'drift', data: { path: 'report', text: `${index}` } };
  });
}

function taskOf(seed: number, execution: string): TaskDefinition {
  return task(
    [
      phase('first', [askOf(seed, execution, 0), agentStep('work')]),
      phase('second', [askOf(seed, execution, 1)], { dependsOn: ['first'] }),
      phase('third', [agentStep('use')], { dependsOn: ['second'] }),
    ],
    { onFailure: 'fail' },
  );
}

function askOf(seed: number, execution: string, index: number): StepDefinition {
  const of = (what: string): number => chance(seed, `${execution} ask ${index} ${what}`);
  const subject: Pick<ApprovalAsk, 'subject'> =
    of('subject') < 0.5
      ? { subject: { files: ['report'] } }
      : of('subject') < 0.7
        ? { subject: { expression: 'input.plan' } }
        : {};
  const deadline: Pick<ApprovalAsk, 'deadlineMs' | 'onDeadline'> =
    of('deadline') < 0.2
      ? { deadlineMs: 4_000, onDeadline: of('branch') < 0.5 ? 'approve' : 'continue' }
      : of('deadline') < 0.3
        ? {
            deadlineMs: 2_000,
            onDeadline: { escalate: { to: ['bob'], withinMs: 3_000, afterwards: 'reject' } },
          }
        : {};
  return {
    id: `ask${index}`,
    kind: 'approval',
    title: 'ask',
    ask: {
      question: 'May it?',
      ...(of('approvers') < 0.8 ? { approvers: ['alice'] } : {}),
      ...(of('remind') < 0.5 ? { remindMs: 700 } : {}),
      ...(of('escalate') < 0.3 ? { escalate: { afterMs: 1_500, to: ['bob'] } } : {}),
      ...(of('reject') < 0.5 ? { onReject: 'continue' } : {}),
      ...subject,
      ...deadline,
    },
  };
}
