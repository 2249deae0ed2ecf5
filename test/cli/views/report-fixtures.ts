import { createStyle } from '../../../src/cli/style.ts';
import type { Liveness } from '../../../src/cli/views/liveness.ts';
import type { ReportDocument } from '../../../src/cli/views/report-document.ts';
import type { Page } from '../../../src/cli/views/report-page.ts';
import { timeSpent } from '../../../src/cli/views/report-time-spent.ts';
import type { ExecutionReport, PhaseReport, StepReport } from '../../../src/engine/report.ts';
import type { Attempt } from '../../../src/history/story.ts';

/** Short ways to write reports in tests. Times are ms from the execution's start. */

const START = Date.UTC(2025, 0, 1);

export function report(
  phases: readonly PhaseReport[],
  extra: Partial<ExecutionReport> = {},
): ExecutionReport {
  return {
    execution: 'e1',
    task: 'review',
    version: '1.0.0',
    status: 'completed',
    startedAt: iso(0),
    finishedAt: iso(1_000),
    durationMs: 1_000,
    input: { text: 'hello' },
    outputs: {},
    error: null,
    degraded: false,
    usage: { tokens: 0, usd: 0, timeMs: 500 },
    checkpoints: [],
    refused: {},
    phases,
    ...extra,
  };
}

export function phase(
  name: string,
  [from, to]: readonly [number, number],
  steps: readonly StepReport[],
  extra: Partial<PhaseReport> = {},
): PhaseReport {
  return {
    name,
    status: 'completed',
    degraded: false,
    startedAt: iso(from),
    finishedAt: iso(to),
    durationMs: to - from,
    error: null,
    outputs: {},
    steps,
    ...extra,
  };
}

export function step(
  id: string,
  [from, to]: readonly [number, number],
  extra: Partial<StepReport> = {},
): StepReport {
  return {
    id,
    title: id,
    kind: 'agent',
    agent: 'worker',
    status: 'succeeded',
    attempts: 1,
    startedAt: iso(from),
    finishedAt: iso(to),
    durationMs: to - from,
    output: null,
    error: null,
    ...extra,
  };
}

export function attempt(
  of: string,
  [from, to]: readonly [number, number | null],
  extra: Partial<Attempt> = {},
): Attempt {
  return {
    step: of,
    attempt: 1,
    agent: 'worker',
    host: 'host-1',
    claimedAt: START + from,
    endedAt: to === null ? null : START + to,
    outcome: to === null ? null : 'succeeded',
    ...extra,
  };
}

export function documentWith(
  about: ExecutionReport,
  attempts: readonly Attempt[] = [],
  isDriven = true,
  liveness: Liveness = new Map(),
): ReportDocument {
  return { report: about, attempts, time: timeSpent(about, attempts), isDriven, liveness };
}

export function page(width = 80): Page {
  return { width, style: createStyle(false), now: START + 60_000 };
}

function iso(ms: number): string {
  return new Date(START + ms).toISOString();
}
