import { askApproval } from '../../src/agent/ask-approval.ts';
import type { Fold } from '../../src/engine/fold.ts';
import { FoldFailure } from '../../src/engine/fold-failure.ts';
import { prepareDefinition } from '../../src/library/prepare-task.ts';
import type { HostPresence } from '../../src/ports/agent-directory.ts';
import { type SimulateOptions, simulate } from '../../src/simulation/simulate.ts';
import type { Simulation } from '../../src/simulation/simulation.ts';
import type { PhaseSource, TaskSource } from '../../src/task/define.ts';
import { defineTask } from '../../src/task/define.ts';
import { foldedTo, type Log, logOf } from './logs.ts';

/** An execution brought to where it stands still, for one reason or another. */
export interface WhyCase extends Pick<SimulateOptions, 'agents' | 'signals' | 'people' | 'groups'> {
  readonly task?: Partial<TaskSource>;
  readonly phases: readonly PhaseSource[];
  /** Brings it there. */
  readonly act?: (run: Simulation) => Promise<unknown>;
  /** Only the records before the first of this type, counted from the given one. */
  readonly before?: string;
  readonly hosts?: (fold: Fold, now: number) => readonly HostPresence[];
  readonly isDriven?: boolean;
  readonly suspended?: string;
}

/** The records up to where the case wants to be, and the time there. */
export async function logOfCase(given: WhyCase): Promise<{ log: Log; now: number }> {
  const { task, phases, act, before, agents, signals, people, groups } = given;
  const definition = defineTask({ name: 'meeting', version: '1.0.0', ...task, phases });
  await using run = await simulate(definition, {
    ...(agents === undefined ? {} : { agents }),
    ...(signals === undefined ? {} : { signals }),
    ...(people === undefined ? {} : { people }),
    ...(groups === undefined ? {} : { groups }),
  });
  await act?.(run);
  const { pinned } = await prepareDefinition(definition, { serves: () => true, groups });
  const records = run.records().map(({ record }) => record);
  const end = before === undefined ? -1 : records.findIndex(({ type }) => type === before);
  const log = logOf('why', pinned, {}, end < 0 ? records : records.slice(0, end));
  return { log, now: end < 0 ? run.now : (log.records.at(-1)?.at ?? 0) };
}

export async function standing(given: WhyCase): Promise<{ fold: Fold; now: number }> {
  const { log, now } = await logOfCase(given);
  const fold = foldedTo(log, log.records.length);
  const last = log.records.at(-1);
  if (given.suspended !== undefined && last !== undefined)
    fold.suspend(new FoldFailure({ ...last, position: last.position + 1 }, new Error(given.suspended)));
  return { fold, now };
}

function host(
  name: string,
  seenAt: number,
  { role = 'writer', busy = 0, concurrency = 1 }: { role?: string; busy?: number; concurrency?: number } = {},
): HostPresence {
  const about = { process: name, pid: 1, hostname: name, startedAt: 0 };
  return { host: name, seenAt, ...about, roles: [{ role, busy, concurrency }] };
}

const draft: PhaseSource = { name: 'Draft', steps: [{ agent: 'writer', id: 'draft', text: 'Write' }] };
const isSlow = { writer: [{ output: {}, latency: '1h' }] };

export const cases: { readonly [name: string]: WhyCase } = {
  'offered, hosts not known': { phases: [draft], before: 'step.claimed' },
  'offered, no host': { phases: [draft], before: 'step.claimed', hosts: () => [] },
  'offered, hosts busy': {
    phases: [draft],
    before: 'step.claimed',
    hosts: (_, now) => [host('host-a', now, { busy: 1 })],
  },
  'offered with a limit of time': {
    phases: [
      { name: 'Draft', steps: [{ agent: 'writer', id: 'draft', text: 'Write', claimWithin: '5 minutes' }] },
    ],
    before: 'step.claimed',
  },
  claimed: {
    phases: [{ name: 'Draft', steps: [{ agent: 'writer', id: 'draft', text: 'Write', timeout: '2h' }] }],
    agents: isSlow,
    act: (run) => run.advance('10 minutes'),
    hosts: (fold, now) => fold.claims().map((claim) => host(claim.host, now - 2_000)),
  },
  'claimed, silent host': {
    phases: [draft],
    agents: isSlow,
    act: (run) => run.advance('1 minute'),
    hosts: (fold, now) => fold.claims().map((claim) => host(claim.host, now - 41_000)),
  },
  'many claimed': {
    phases: [
      {
        name: 'Draft',
        steps: Array.from({ length: 5 }, (_, n) => ({ agent: 'writer', id: `draft${n}`, text: 'Write' })),
      },
    ],
    agents: isSlow,
  },
  'backing off': {
    task: { retry: { maxAttempts: 3, backoffMs: 60_000 } },
    phases: [draft],
    agents: { writer: [{ fail: { message: 'no ink' } }] },
  },
  'a phase backing off': {
    phases: [{ ...draft, retry: { maxAttempts: 2, backoffMs: 60_000 } }],
    agents: { writer: [{ fail: { message: 'no ink' } }] },
  },
  'a signal': { phases: [{ name: 'Wait', steps: [{ wait: 'prices', id: 'prices', timeout: '1 day' }] }] },
  'a vote of agents and people': {
    phases: [
      {
        name: 'Decide',
        steps: [
          {
            consensus: 'majority - Shall we?',
            id: 'vote',
            voters: ['risk', 'legal', 'person:alice'],
            choices: ['yes', 'no'],
            deadline: '1h',
            onDeadlock: { approval: ['bob'] },
          },
        ],
      },
    ],
    agents: {
      risk: [{ output: { choice: 'yes' } }],
      legal: [{ output: { choice: 'no' }, latency: '30 minutes' }],
    },
  },
  'an approval': {
    phases: [
      {
        name: 'Ask',
        steps: [
          {
            approval: 'Ship it?',
            id: 'ship',
            approvers: ['alice', 'bob'],
            deadline: '1 day',
            onDeadline: 'approve',
          },
        ],
      },
    ],
  },
  'an approval by nobody': {
    phases: [{ name: 'Ask', steps: [{ approval: 'Ship it?', id: 'ship', approvers: ['group:release'] }] }],
    groups: { release: [] },
  },
  paused: {
    phases: [{ name: 'Wait', steps: [{ wait: 'go', id: 'go' }] }],
    act: async (run) => {
      await run.pause('lunch');
      await run.untilStatus('paused');
    },
  },
  pausing: { phases: [draft], agents: isSlow, act: (run) => run.pause('lunch') },
  suspended: { phases: [draft], before: 'step.claimed', suspended: 'the rule is broken' },
  'a rollback that drains': {
    phases: [
      { name: 'Do', steps: [{ agent: 'writer', id: 'book', text: 'Book', compensate: 'undo-booking' }] },
      { name: 'More', dependsOn: ['Do'], steps: [{ agent: 'reader', id: 'read', text: 'Read' }] },
    ],
    agents: { reader: [{ output: {}, latency: '1h' }] },
    act: (run) => run.rollBack({ reason: 'a mistake', by: 'alice' }),
    before: 'claim.released',
  },
  'a rollback that compensates': {
    phases: [
      { name: 'Do', steps: [{ agent: 'writer', id: 'book', text: 'Book', compensate: 'undoer' }] },
      { name: 'More', dependsOn: ['Do'], steps: [{ wait: 'go', id: 'go' }] },
    ],
    agents: { undoer: [{ output: {}, latency: '1h' }] },
    act: (run) => run.rollBack({ reason: 'a mistake', by: 'alice' }),
  },
  'held by a limit': {
    phases: [
      {
        name: 'Draft',
        parallel: false,
        // biome-ignore lint/suspicious/noThenProperty: a word of the task language.
        limits: [{ name: 'budget', cost: 1, then: { approval: ['alice'] } }],
        steps: [
          { agent: 'writer', id: 'one', text: 'Write' },
          { agent: 'writer', id: 'two', text: 'Write' },
        ],
      },
    ],
    agents: { writer: [{ output: {}, usage: { usd: 2 } }] },
  },
  'a window that is full': {
    task: { concurrency: { steps: 2 } },
    phases: [
      {
        name: 'Draft',
        steps: Array.from({ length: 5 }, (_, n) => ({ agent: 'writer', id: `draft${n}`, text: 'Write' })),
      },
    ],
    agents: isSlow,
  },
  'phases that wait for their turn': {
    task: { concurrency: { phases: 1 } },
    phases: [
      draft,
      { name: 'Second', steps: [{ agent: 'writer', id: 'second', text: 'Write' }] },
      { name: 'Third', dependsOn: ['Second'], steps: [{ agent: 'writer', id: 'third', text: 'Write' }] },
    ],
    agents: isSlow,
  },
  'a validation': {
    phases: [{ name: 'Check', steps: [{ validation: '1 == 1', id: 'check' }] }],
    before: 'evaluation.completed',
  },
  'items that are worked out': {
    phases: [{ name: 'Each', forEach: '[1, 2]', steps: [{ agent: 'writer', id: 'each', text: 'Write' }] }],
    before: 'evaluation.completed',
  },
  'artifacts that are measured': {
    task: { checkpointArtifacts: ['report.md'] },
    phases: [draft],
    before: 'evaluation.completed',
  },
  'an agent that asks people': {
    task: { concurrency: { steps: 2 } },
    phases: [
      {
        name: 'Draft',
        steps: [
          { agent: 'writer', id: 'one', text: 'Write' },
          { agent: 'reader', id: 'two', text: 'Read' },
          { agent: 'writer', id: 'three', text: 'Write' },
        ],
      },
    ],
    agents: {
      writer: ({ approval }) =>
        approval === undefined ? askApproval({ question: 'May I?', approvers: ['alice'] }) : {},
    },
  },
  'nobody drives it': { phases: [draft], agents: isSlow, isDriven: false },
  completed: { phases: [draft], act: (run) => run.toEnd() },
  failed: { phases: [draft], agents: { writer: [{ fail: { message: 'no ink' } }] } },
};
