import { resolved } from '../../engine/values.ts';
import type { ArtifactStore } from '../../ports/artifact-store.ts';
import { oneLine, textWidth } from '../terminal/text-width.ts';
import { isOver } from './phase-row.ts';
import type { ReportDocument } from './report-document.ts';
import { labelled, line, type Page, roomBehindLabel } from './report-page.ts';
import { stepLines } from './report-steps.ts';
import { valueLines } from './value-lines.ts';

/** One step: every attempt, its error with details, and its output in full. */
export async function stepPage(
  { report, attempts, time, liveness }: ReportDocument,
  id: string,
  artifacts: ArtifactStore,
  page: Page,
  command: (command: string, execution: string, ...rest: readonly string[]) => string,
): Promise<readonly string[]> {
  const phase = report.phases.find(({ steps }) => steps.some((step) => step.id === id));
  const step = phase?.steps.find((candidate) => candidate.id === id);
  if (phase === undefined || step === undefined) return [];
  const output = await resolved(step.output, artifacts).catch(() => step.output);
  const label = step.agent ?? step.kind;
  const whole = { columns: roomBehindLabel(page), maxLines: Number.POSITIVE_INFINITY };
  return [
    line(page, [step.id, 'bold'], [`  ${oneLine(step.title)}`]),
    ...labelled(page, 'Phase', [oneLine(phase.name)]),
    ...labelled(page, 'By', [label]),
    ...stepLines(
      { ...step, output: null },
      { label, labelWidth: textWidth(label) },
      { attempts, time, liveness, isOver: isOver(phase, report), isVerbose: true },
      page,
    ),
    ...(step.error?.details === undefined
      ? []
      : labelled(page, 'Details', valueLines(step.error.details, whole))),
    ...(step.status === 'succeeded' ? labelled(page, 'Output', valueLines(output, whole)) : []),
    ...(step.logs === undefined
      ? []
      : labelled(page, 'Logs', [command('show', report.execution, '--step', id, '--logs')])),
  ];
}
