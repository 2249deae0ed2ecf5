import type { ExecutionReport, PhaseReport } from '../../engine/report.ts';
import type { Json } from '../../json.ts';
import type { Style } from '../style.ts';
import { harmless, oneLine } from '../terminal/text-width.ts';
import { counted, durationInWords } from '../words.ts';
import { undoneLines } from './rollback-lines.ts';
import { lookOf } from './states.ts';
import { shortValue, valueLines } from './value-lines.ts';

export interface OutcomeOptions {
  readonly columns: number;
  readonly style: Style;
  /** The command line to type for a command about this execution. */
  readonly command: (command: string, execution: string, ...rest: readonly string[]) => string;
}

/** What remains on the terminal when an execution is over: how it ended, what came out of it, and what to do next. Pure. */
export function outcomeLines(report: ExecutionReport, options: OutcomeOptions): readonly string[] {
  return [
    headline(report, options.style),
    ...problemLines(report, options),
    ...undoneLines(report, options.style),
    ...outputLines(report, options),
    ...nextLines(report, options),
  ];
}

const OUTPUT_LINES = 16;
const MARKDOWN_HEAD_LINES = 12;

function headline(report: ExecutionReport, style: Style): string {
  const { glyph, word, colour } = lookOf(report.status);
  const sign = colour === undefined ? `${glyph} ${word}` : style[colour](`${glyph} ${word}`);
  const preposition = report.status === 'completed' ? 'in' : 'after';
  const steps = report.phases.flatMap((phase) => phase.steps);
  const done = steps.filter(({ status }) => status === 'succeeded').length;
  const about = [
    `${oneLine(report.task)} ${report.version}`,
    `${counted(report.phases.length, 'phase')}, ${done} of ${counted(steps.length, 'step')} done`,
  ].join(', ');
  const degraded = report.degraded ? style.yellow(' · degraded: some steps failed') : '';
  return `${style.bold(sign)} ${preposition} ${durationInWords(report.durationMs)}: ${about}${degraded}`;
}

function problemLines(report: ExecutionReport, { style }: OutcomeOptions): readonly string[] {
  const lines: string[] = [];
  if (report.error !== null) lines.push(style.red(oneLine(report.error.message)));
  else if (report.reason !== undefined) lines.push(`Reason: ${oneLine(report.reason)}`);
  for (const phase of report.phases) lines.push(...phaseProblems(phase, report, style));
  return lines;
}

function phaseProblems(phase: PhaseReport, report: ExecutionReport, style: Style): readonly string[] {
  const failed = phase.steps.filter(({ status }) => status === 'failed');
  if (failed.length === 0 && phase.status !== 'failed') return [];
  const message = phase.error?.message;
  const known = message === undefined || message === report.error?.message ? '' : `: ${oneLine(message)}`;
  const shown = failed.slice(0, STEPS_SHOWN).map((step) => {
    const who = step.agent === null ? step.id : `${step.agent} (${step.id})`;
    const why = step.error === null ? 'failed' : `${step.error.class}: ${oneLine(step.error.message)}`;
    return `    ${style.red('✗')} ${who} after ${counted(step.attempts, 'attempt')}: ${why}`;
  });
  const more = failed.length - shown.length;
  return [
    `  phase ${oneLine(phase.name)} ${lookOf(phase.status).word}${known}`,
    ...shown,
    ...(more > 0 ? [`    … and ${counted(more, 'more step')}`] : []),
  ];
}

const STEPS_SHOWN = 8;

function outputLines(report: ExecutionReport, options: OutcomeOptions): readonly string[] {
  const blocks = Object.entries(report.outputs).flatMap(([name, value]) =>
    value === undefined ? [] : [oneOutput(oneLine(name), value, report, options)],
  );
  // Short ones stand together, longer ones apart.
  return blocks.flatMap((block, at) => {
    const isApart = at === 0 || block.length > 1 || (blocks[at - 1]?.length ?? 0) > 1;
    return isApart ? ['', ...block] : block;
  });
}

function oneOutput(
  name: string,
  value: Json,
  { execution }: ExecutionReport,
  { columns, style, command }: OutcomeOptions,
): readonly string[] {
  if (typeof value === 'string' && isMarkdown(value)) {
    const lines = harmless(value).trim().split('\n');
    const head = lines.slice(0, MARKDOWN_HEAD_LINES).map((line) => `  ${line}`);
    const rest = lines.length - head.length;
    const where = `${command('show', execution, '--markdown')} writes it in full.`;
    return [
      `${style.bold(name)} (Markdown, ${counted(lines.length, 'line')})`,
      ...head,
      style.dim(rest > 0 ? `  … ${counted(rest, 'more line')}; ${where}` : `  ${where}`),
    ];
  }
  const short = shortValue(value);
  if (short !== undefined && name.length + short.length + 2 <= columns)
    return [`${style.bold(name)}: ${short}`];
  const lines = valueLines(value, { columns: Math.max(20, columns - 2), maxLines: OUTPUT_LINES });
  return [style.bold(name), ...lines.map((line) => `  ${line}`)];
}

/** A text of several lines with a heading at the start of one of them. */
function isMarkdown(text: string): boolean {
  return text.includes('\n') && /^#{1,6} \S/m.test(text);
}

function nextLines(
  { execution, status, rollback }: ExecutionReport,
  { style, command }: OutcomeOptions,
): readonly string[] {
  const next = (what: string, line: string): string => `${style.dim(what.padEnd(12))} ${line}`;
  const lines = ['', next('look at it', command('show', execution))];
  if (rollback !== undefined && (rollback.status === 'failed' || rollback.status === 'aborted')) {
    lines.push(next('undo the rest', command('rollback', execution)));
  } else if (status === 'failed' || status === 'timedOut') {
    lines.push(next('agents’ logs', command('show', execution, '--logs')));
    lines.push(next('try again', `${command('retry', execution)}   (what succeeded is kept)`));
  }
  if (status === 'suspended') lines.push(next('give it up', command('abort', execution)));
  return lines;
}
