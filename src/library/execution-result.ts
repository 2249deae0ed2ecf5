import type { Fold } from '../engine/fold.ts';
import { type ExecutionReport, reportOf } from '../engine/report.ts';
import { resolved } from '../engine/values.ts';
import {
  type ExecutionFailure,
  executionAborted,
  executionFailed,
  executionRolledBack,
  executionSuspended,
  executionTimedOut,
} from '../errors.ts';
import type { Json } from '../json.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';

/** What `execute` resolves with: the report, and every output of the execution by its name (`result.verdict`). */
export type ExecutionResult<Outputs extends object = { readonly [name: string]: unknown }> = ResultReport &
  Omit<Outputs, keyof ResultReport>;

/**
 * The report's own fields win over outputs of the same name; those are in `outputs`. Outputs stand in it whole, however
 * large; in `phases`, values above 64 KiB are references to artifacts.
 */
export interface ResultReport extends ExecutionReport {
  /** Phase -> its outputs, of the phases that completed: what there is of an execution that did not. */
  readonly phaseOutputs: { readonly [phase: string]: PhaseOutputs };
}

type PhaseOutputs = { readonly [name: string]: Json | undefined };

/** The result of an execution as it stands. */
export async function resultOf(fold: Fold, artifacts: ArtifactStore): Promise<ExecutionResult> {
  const report = reportOf(fold);
  const outputs = await whole(report.outputs, artifacts);
  const completed = report.phases.filter(({ status }) => status === 'completed');
  const phaseOutputs = await Promise.all(
    completed.map(async (phase) => [phase.name, await whole(phase.outputs, artifacts)] as const),
  );
  // Spread defines own properties, so an output named `__proto__` stays an output.
  return { ...outputs, ...report, outputs, phaseOutputs: Object.fromEntries(phaseOutputs) };
}

/** The error that stands for the end of an execution; undefined for one that completed. */
export function failureOf<Report extends ExecutionReport>(
  result: Report,
): ExecutionFailure<Report> | undefined {
  switch (result.status) {
    case 'completed':
      return undefined;
    case 'aborted':
      return executionAborted(result);
    case 'timedOut':
      return executionTimedOut(result);
    case 'rolledBack':
      return executionRolledBack(result);
    case 'suspended':
      return executionSuspended(result);
    default:
      return executionFailed(result);
  }
}

/** What is missing or damaged in the store stays a reference: it must not hide how the execution ended. */
async function whole(outputs: PhaseOutputs, artifacts: ArtifactStore): Promise<PhaseOutputs> {
  try {
    return (await resolved(outputs, artifacts)) as PhaseOutputs;
  } catch {
    return outputs;
  }
}
