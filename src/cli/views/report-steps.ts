import type { StepReport } from '../../engine/report.ts';
import type { Attempt } from '../../history/story.ts';
import { isArtifactRef, type Json } from '../../json.ts';
import { oneLine, padText } from '../terminal/text-width.ts';
import { durationInWords } from '../words.ts';
import { beatsInWords, type Told } from './liveness.ts';
import type { ReportDocument } from './report-document.ts';
import { indented, line, type Page } from './report-page.ts';
import { lookOf, lookWhenOver, originOf } from './states.ts';
import { shortValue } from './value-lines.ts';

export interface StepLabel {
  readonly label: string;
  /** Labels are padded or cut to it, so that a phase's steps stand in columns. */
  readonly labelWidth: number;
}

/**
 * Sign, label, state, time and id; what it waits for; the beats of the attempt at work; its attempts where there is more to say than that it worked at once; what it
 * put out, on one line.
 */
export function stepLines(
  step: StepReport,
  { label, labelWidth }: StepLabel,
  {
    attempts,
    time,
    liveness,
    isOver,
    isVerbose = false,
  }: Pick<ReportDocument, 'attempts' | 'time' | 'liveness'> & {
    /** Its phase or the execution has ended. */
    readonly isOver: boolean;
    readonly isVerbose?: boolean;
  },
  page: Page,
): readonly string[] {
  const { glyph, word, colour } = isOver ? lookWhenOver(step.status) : lookOf(step.status);
  const own = attempts.filter((attempt) => attempt.step === step.id);
  const summary = summaryOf(step);
  const beats = liveness.get(step.id);
  return [
    line(
      page,
      ['      '],
      [glyph, colour],
      [` ${padText(label, labelWidth)}`],
      [`  ${word.padEnd(MOST_WORDS)}`, colour],
      [timeOf(step, time.steps), 'dim'],
      [originOf(step) === undefined ? '' : `  ${originOf(step)}`, 'dim'],
      [label === step.id ? '' : `  ${step.id}`, 'dim'],
    ),
    ...(step.waitsFor === undefined ? [] : indented(page, `waits for ${step.waitsFor}`, DEEPER, 'yellow')),
    ...(beats === undefined ? [] : beatLines(beatsInWords(beats, page.now), page)),
    ...(isVerbose || own.length > 1 || own.some(({ outcome }) => outcome === 'failed')
      ? own.flatMap((attempt) => attemptLines(attempt, page))
      : []),
    ...(step.error !== null && own.at(-1)?.error?.message !== step.error.message
      ? indented(page, `${step.error.class}: ${step.error.message}`, DEEPER, 'red')
      : []),
    ...(summary === '' ? [] : [line(page, [' '.repeat(DEEPER)], [summary, 'dim'])]),
  ];
}

const DEEPER = 10;
/** As wide as the words of steps that are over. */
const MOST_WORDS = 'cancelled'.length;

function timeOf(step: StepReport, times: ReportDocument['time']['steps']): string {
  if (step.durationMs === null) return '';
  const waitedMs = step.kind === 'agent' ? (times.get(step.id)?.waitingMs ?? 0) : 0;
  const waited = waitedMs < NOTABLE_WAIT_MS ? '' : `, ${durationInWords(waitedMs)} of it waiting`;
  return `  ${durationInWords(step.durationMs)}${waited}`;
}

/** Shorter waits are what claiming takes. */
const NOTABLE_WAIT_MS = 100;

function beatLines({ text, isAlarming }: Told, page: Page): readonly string[] {
  return indented(page, text, DEEPER, isAlarming ? 'yellow' : 'dim');
}

function attemptLines(
  { attempt, host, claimedAt, endedAt, outcome, error }: Attempt,
  page: Page,
): readonly string[] {
  const took = endedAt === null ? '' : ` after ${durationInWords(endedAt - claimedAt)}`;
  const why = error === undefined ? '' : `: ${error.class}: ${oneLine(error.message)}`;
  const where = outcome === 'expired' ? ` ${host}` : '';
  const mark = outcome === 'succeeded' ? 'green' : outcome === null ? 'cyan' : 'yellow';
  const text = `attempt ${attempt} ${OUTCOMES[outcome ?? 'working']}${where}${took}${why}`;
  return indented(page, text, DEEPER, mark);
}

const OUTCOMES = {
  succeeded: 'succeeded',
  failed: 'failed',
  released: 'was stopped',
  expired: 'was lost with its host',
  asked: 'asked people',
  working: 'is at work',
} as const;

/** The short values of the output on one line, so that a report of fifty steps can be read; `--step` shows all of it. */
function summaryOf({ output, status, kind, agent }: StepReport): string {
  if (output === null || status !== 'succeeded' || kind === 'validation') return '';
  const short = shortValue(output);
  if (short !== undefined) return short;
  if (typeof output === 'string') return oneLine(output.slice(0, 400));
  if (Array.isArray(output)) return `a list of ${output.length}`;
  const parts = Object.entries(output as { readonly [key: string]: Json | undefined }).flatMap(
    ([key, value]) => {
      const text = value === agent || value === undefined ? undefined : inBrief(value);
      return text === undefined || text === '' ? [] : [`${oneLine(key)}: ${text}`];
    },
  );
  return parts.join(', ');
}

/** Undefined for what has parts of its own. */
function inBrief(value: Json): string | undefined {
  if (typeof value === 'string') return oneLine(value.slice(0, 200));
  if (typeof value === 'number') return String(Number(value.toFixed(4)));
  if (typeof value !== 'object' || value === null || isArtifactRef(value)) return shortValue(value);
  return undefined;
}
