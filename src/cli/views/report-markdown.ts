import type { ExecutionReport, PhaseReport, StepReport } from '../../engine/report.ts';
import type { Json } from '../../json.ts';
import { durationInWords } from '../words.ts';
import { isOver } from './phase-row.ts';
import type { ReportDocument } from './report-document.ts';
import { lookOf, lookWhenOver, originOf } from './states.ts';

/**
 * The report of an execution as a Markdown document. An output named `report` is taken for what the task was run for: it comes
 * first and whole, as the Markdown that it is.
 */
export function reportMarkdown(document: ReportDocument): string {
  const { report } = document;
  const { report: text, ...outputs } = report.outputs;
  const isText = typeof text === 'string';
  const parts = [
    ...(isText ? [text.trim(), '---'] : []),
    `# ${escaped(report.task)} ${report.version}: ${lookOf(report.status).word}`,
    headTable(document),
    ...(report.error === null
      ? []
      : [`> **${escaped(report.error.code)}**: ${escaped(report.error.message)}`]),
    '## Phases',
    phaseTable(document),
    ...report.phases.flatMap((phase) => phaseSection(phase, document)),
    ...outputSections(isText ? outputs : report.outputs),
  ];
  return `${parts.join('\n\n')}\n`;
}

function headTable({ report, time }: ReportDocument): string {
  return table(
    ['', ''],
    [
      ['Execution', code(report.execution)],
      ...(report.rerunOf === undefined
        ? []
        : [['Run again', `${code(report.rerunOf.execution)}${fromInWords(report.rerunOf.from)}`]]),
      ['Started', report.startedAt],
      ['Finished', report.finishedAt ?? 'not yet'],
      ['Took', durationInWords(time.totalMs)],
      ['Agents at work', durationInWords(time.workingMs)],
      ['Waiting', durationInWords(time.waitingMs)],
      ...(report.usage.tokens === 0 ? [] : [['Tokens', String(report.usage.tokens)]]),
      ...(report.usage.usd === 0 ? [] : [['Cost', `${report.usage.usd} USD`]]),
      ...(report.degraded ? [['Degraded', 'some agents failed in phases that completed without them']] : []),
      ...Object.entries(report.refused).map(([reason, count]) => [`Refused: ${reason}`, String(count)]),
      ...fieldsOf(report.input).map(([name, value]) => [`Input ${code(name)}`, inline(value)]),
    ],
  );
}

function phaseTable({ report, time }: ReportDocument): string {
  const rows = report.phases.map((phase, at) => {
    const { glyph, word } = isOver(phase, report) ? lookWhenOver(phase.status) : lookOf(phase.status);
    const spent = time.phases[at];
    const times =
      spent === undefined || spent.offsetMs === null
        ? ['', '', '']
        : [spent.totalMs, spent.workingMs, spent.waitingMs].map(durationInWords);
    return [escaped(phase.name), `${glyph} ${word}${phase.degraded ? ', degraded' : ''}`, ...times];
  });
  return table(['Phase', 'State', 'Took', 'At work', 'Waiting'], rows);
}

function phaseSection(phase: PhaseReport, { report, attempts }: ReportDocument): readonly string[] {
  if (phase.steps.length === 0 || phase.startedAt === null) return [];
  const byStep = Map.groupBy(attempts, (attempt) => attempt.step);
  const rows = phase.steps.map((step) => {
    const { glyph, word } = isOver(phase, report) ? lookWhenOver(step.status) : lookOf(step.status);
    const tries = byStep.get(step.id)?.length ?? 0;
    return [
      code(step.id),
      step.agent === null ? step.kind : code(step.agent),
      `${glyph} ${word}${originOf(step) === undefined ? '' : `, ${originOf(step)}`}`,
      tries > 1 ? String(tries) : '',
      step.durationMs === null ? '' : durationInWords(step.durationMs),
      resultOf(step),
    ];
  });
  return [
    `### ${escaped(phase.name)}`,
    ...(phase.error === null ? [] : [`> ${escaped(phase.error.message)}`]),
    table(['Step', 'By', 'State', 'Attempts', 'Took', 'Result'], rows),
  ];
}

function resultOf({ error, output, status }: StepReport): string {
  if (error !== null && status !== 'succeeded') return `${error.class}: ${inline(error.message)}`;
  return output === null ? '' : inline(output);
}

function outputSections(outputs: ExecutionReport['outputs']): readonly string[] {
  const names = Object.keys(outputs);
  if (names.length === 0) return [];
  return ['## Outputs', ...names.flatMap((name) => [`### ${escaped(name)}`, block(outputs[name] ?? null)])];
}

/** Texts as they are, quoted; everything else as JSON. */
function block(value: Json): string {
  if (typeof value === 'string') {
    return value
      .split('\n')
      .map((one) => `> ${one}`.trimEnd())
      .join('\n');
  }
  return ['```json', JSON.stringify(value, null, 2), '```'].join('\n');
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [row(heads), row(heads.map(() => '---')), ...rows.map(row)].join('\n');
}

function fieldsOf(input: Json): readonly (readonly [string, Json])[] {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return [];
  return Object.entries(input as { readonly [key: string]: Json }).filter(([, value]) => value !== undefined);
}

/** A value in one cell: short, on one line. */
function inline(value: Json): string {
  const text = (typeof value === 'string' ? value : JSON.stringify(value)).replace(/\s+/g, ' ').trim();
  return escaped(text.length > MAX_CELL ? `${text.slice(0, MAX_CELL - 1)}…` : text);
}

const MAX_CELL = 160;

function code(text: string): string {
  return `\`${text.replaceAll('`', "'").replaceAll('|', '\\|')}\``;
}

/** What agents and people wrote must not become markup of the report. */
function escaped(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>|#]/g, '\\$&');
}

function fromInWords(step: string | undefined): string {
  return step === undefined ? '' : `, from ${code(step)}`;
}
