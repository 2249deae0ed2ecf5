import type { Fold } from '../../engine/fold.ts';
import { type ExecutionReport, reportOf } from '../../engine/report.ts';
import { resolved } from '../../engine/values.ts';
import type { Json } from '../../json.ts';
import type { ArtifactStore } from '../../ports/artifact-store.ts';

/** The report with the execution's own outputs in full; large values of phases and steps stay references. */
export async function finalReport(fold: Fold, artifacts: ArtifactStore): Promise<ExecutionReport> {
  const report = reportOf(fold);
  try {
    const outputs = (await resolved(report.outputs as Json, artifacts)) as ExecutionReport['outputs'];
    return { ...report, outputs };
  } catch {
    // What is missing or damaged stays a reference; `troupe doctor` looks for such.
    return report;
  }
}
