import type { ExecutionReport, PhaseReport, StepReport } from '../../../src/engine/report.ts';
import { isoTime } from '../../../src/iso-time.ts';

/** Short ways to write reports in tests. Times are in ms after {@link START}. */

export const START = Date.UTC(2020, 0, 1);

export function report(
  phases: readonly PhaseReport[],
  extra: Partial<ExecutionReport> = {},
): ExecutionReport {
  return {
    execution: 'e1',
    task: 'review',
    version: '1.0.0',
    status: 'running',
    startedAt: isoTime(START),
    finishedAt: null,
    durationMs: 0,
    input: {},
    outputs: {},
    error: null,
    degraded: false,
    usage: { tokens: 0, usd: 0, timeMs: 0 },
    checkpoints: [],
    refused: {},
    phases,
    ...extra,
  };
}

export function phase(
  name: string,
  status: string,
  steps: readonly StepReport[] = [],
  extra: Partial<PhaseReport> = {},
): PhaseReport {
  const hasBegun = status !== 'pending';
  const hasEnded = ['completed', 'failed', 'cancelled'].includes(status);
  return {
    name,
    status,
    degraded: false,
    startedAt: hasBegun ? isoTime(START) : null,
    finishedAt: hasEnded ? isoTime(START + 2_000) : null,
    durationMs: hasEnded ? 2_000 : null,
    error: null,
    outputs: {},
    steps,
    ...extra,
  };
}

export function step(id: string, status: string, extra: Partial<StepReport> = {}): StepReport {
  const hasBegun = status !== 'pending';
  const hasEnded = ['succeeded', 'failed', 'cancelled'].includes(status);
  return {
    id,
    title: id,
    kind: 'agent',
    agent: id,
    status,
    attempts: hasBegun ? 1 : 0,
    startedAt: hasBegun ? isoTime(START) : null,
    finishedAt: hasEnded ? isoTime(START + 1_500) : null,
    durationMs: hasEnded ? 1_500 : null,
    output: null,
    error: null,
    ...extra,
  };
}
