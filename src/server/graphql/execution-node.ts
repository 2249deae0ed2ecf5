import { pendingApprovalsOf } from '../../engine/pending-approvals.ts';
import { findStart } from '../../engine/start-record.ts';
import { executionUnknown } from '../../errors.ts';
import type { Attempt } from '../../history/story.ts';
import { readStory } from '../../history/story.ts';
import { whyOf } from '../../inspection/why.ts';
import { isoTime } from '../../iso-time.ts';
import type { ServerAccess } from '../access.ts';
import { surroundingsOf } from '../live/shared.ts';
import type { States } from '../live/states.ts';
import type { Row } from '../schemas/executions.ts';
import { approvalNode } from './approval-node.ts';
import { boundedLimit } from './bounded-limit.ts';

export interface NodeServices {
  readonly access: ServerAccess;
  readonly states: States;
}

interface ReportedPhase {
  readonly finishedAt: string | null;
  readonly steps: readonly ReportedStep[];
}

interface ReportedStep {
  readonly id: string;
  readonly attempts: number;
  readonly finishedAt: string | null;
}

/** An execution as the schema has it: what a list knows at once, the rest when it is asked for, read once. */
export function executionNode(services: NodeServices, row: Row) {
  const { access, states } = services;
  const execution = row.id;
  const report = once(async () => {
    const found = await access.report(execution);
    if (found === undefined) throw executionUnknown(execution);
    return found;
  });
  const story = once(() => readStory(execution, access.of(execution).sources));
  const fold = once(() => states.of(execution));
  const phases = once(async () =>
    ((await report()).phases as readonly ReportedPhase[]).map(({ finishedAt, steps, ...phase }) => ({
      ...phase,
      endedAt: finishedAt,
      steps: steps.map(stepNode),
    })),
  );

  const stepNode = ({ attempts, finishedAt, ...step }: ReportedStep) => ({
    ...step,
    endedAt: finishedAt,
    attemptCount: attempts,
    attempts: async () =>
      ((await story())?.attempts ?? []).filter((attempt) => attempt.step === step.id).map(attemptNode),
  });

  return {
    ...row,
    startedAt: isoTime(row.startedAt),
    endedAt: row.endedAt === null ? null : isoTime(row.endedAt),
    stepCount: row.steps.total,
    stepsDone: row.steps.done,
    input: async () => (await report()).input ?? null,
    outputs: async () => (await report()).outputs ?? null,
    phases,
    step: async ({ id }: { readonly id: string }) =>
      (await phases()).flatMap(({ steps }) => steps).find((step) => step.id === id) ?? null,
    why: async () => {
      const [state, surroundings] = await Promise.all([fold(), surroundingsOf(access, execution)]);
      if (state === undefined) throw executionUnknown(execution);
      const { kind, headline, reasons, next } = whyOf(state, { now: access.clock.now(), surroundings });
      return {
        kind,
        headline,
        reasons: reasons.map(({ since, until, ...rest }) => ({
          ...rest,
          since: time(since),
          until: time(until),
        })),
        next: next.map(({ at, what }) => ({ at: isoTime(at), what })),
      };
    },
    approvals: async () => {
      const state = await fold();
      return state === undefined ? [] : pendingApprovalsOf(state).map(approvalNode);
    },
    records: async ({ after, limit }: { readonly after: number; readonly limit: number }) => {
      const { log } = access.of(execution);
      const start = await findStart(execution, log);
      if (start === undefined) throw executionUnknown(execution);
      const most = boundedLimit(limit, 1_000);
      const from = Math.max(after, start.position - 1);
      const found = await log.read(execution, { after: from, limit: most + 1 });
      const page = found.slice(0, most);
      return {
        records: page.map((record) => ({ ...record, at: isoTime(record.at) })),
        next: found.length > most ? (page.at(-1)?.position ?? null) : null,
      };
    },
  };
}

function attemptNode({ attempt, claimedAt, endedAt, usage, error, ...rest }: Attempt) {
  return {
    ...rest,
    number: attempt,
    claimedAt: isoTime(claimedAt),
    endedAt: time(endedAt),
    error: error ?? null,
    tokens: usage?.tokens ?? null,
    usd: usage?.usd ?? null,
  };
}

function time(at: number | null): string | null {
  return at === null ? null : isoTime(at);
}

function once<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let reading: Promise<Value> | undefined;
  return () => {
    reading ??= read();
    return reading;
  };
}
