import type { ToldRecord } from '../../history/story.ts';
import type { Json } from '../../json.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import { oneLine } from '../terminal/text-width.ts';
import type { Page } from './report-page.ts';
import { line } from './report-page.ts';
import { clockTime } from './report-time.ts';
import { bytesInWords, shortValue } from './value-lines.ts';

/** One record of the log on one line: position, time, what happened, to what, by whom. Cut on a terminal only. */
export function recordLine({ record, refusal }: ToldRecord, page: Page): string {
  return line(
    page,
    [String(record.position).padStart(6), 'dim'],
    [`  ${clockTime(record.at)}`, 'dim'],
    [`  ${record.type.padEnd(TYPE_WIDTH)}`, colourOf(record.type)],
    ...(refusal === undefined ? [] : [[`  refused: ${refusal}`, 'yellow'] as const]),
    [`  ${oneLine(detailOf(record))}`],
    [record.source === 'engine' ? '' : `  ${record.source}`, 'dim'],
  );
}

const TYPE_WIDTH = 'evaluation.completed'.length;

function colourOf(type: string): 'green' | 'red' | 'cyan' | undefined {
  if (type === 'step.succeeded' || type === 'step.answered') return 'green';
  if (type.endsWith('.failed') || type === 'claim.expired') return 'red';
  return type.endsWith('.requested') ||
    type.startsWith('approval.') ||
    type === 'step.completed' ||
    type === 'signal.sent' ||
    type === 'signal.sent' ||
    type === 'ballot.cast' ||
    type === 'execution.started'
    ? 'cyan'
    : undefined;
}

/** What of a record's data a person looks for. Records come from anyone, so nothing is relied on. */
function detailOf({ type, data }: LogRecord): string {
  const about = (typeof data === 'object' && data !== null ? data : {}) as { readonly [key: string]: Json };
  const attempt = typeof about.attempt === 'number' && about.attempt > 1 ? ` attempt ${about.attempt}` : '';
  const error = (about.error ?? {}) as { readonly class?: Json; readonly message?: Json };
  switch (type) {
    case 'execution.started': {
      const { name, version } = (about.task ?? {}) as { readonly name?: Json; readonly version?: Json };
      return `${name} ${version}`;
    }
    case 'step.claimed':
      return `${about.step}${attempt} by ${about.host}`;
    case 'step.succeeded':
    case 'step.answered':
      return `${about.step}${attempt} ${outputOf(about.output)}`;
    case 'step.failed':
    case 'offer.failed':
      return `${about.step}${attempt} ${error.class}: ${error.message}`;
    case 'claim.released':
    case 'claim.expired':
      return `${about.step}${attempt} ${about.reason ?? ''}`;
    case 'timer.fired':
      return String(about.timerId);
    case 'evaluation.completed':
      return `${about.evaluationId} ${outputOf(about.output)}`;
    case 'evaluation.failed':
      return `${about.evaluationId} ${error.message}`;
    case 'approval.granted':
    case 'approval.rejected':
      return `${about.step} by ${about.by} ${about.comment ?? ''}`;
    case 'approval.delegated':
      return `${about.step} by ${about.by} to ${about.to}`;
    case 'step.completed':
      return `${about.step} by ${about.by} ${outputOf(about.output)}`;
    case 'ballot.cast':
      return `${about.step} by ${about.by} ${outputOf(about.vote)}`;
    case 'ballot.sealed':
      return `${about.step}${attempt}`;
    case 'signal.sent':
      return `${about.name} ${outputOf(about.payload)}`;
    case 'notification.sent':
      return toldInWords(about.to);
    case 'sealed':
      return `${about.records} records, up to ${about.upTo}`;
    default:
      return String(about.reason ?? about.name ?? '');
  }
}

/** `pager` for whoever was told, `hook (not told)` for whoever could not be. */
function toldInWords(to: Json | undefined): string {
  const targets = (Array.isArray(to) ? to : []) as readonly { readonly name?: Json; readonly ok?: Json }[];
  if (targets.length === 0) return 'nobody is to be told';
  return targets.map(({ name, ok }) => `${name}${ok === true ? '' : ' (not told)'}`).join(', ');
}

function outputOf(value: Json | undefined): string {
  if (value === undefined || value === null || value === true) return '';
  const short = shortValue(value);
  if (short !== undefined) return short.slice(0, MAX_VALUE);
  return `(${bytesInWords(JSON.stringify(value).length)})`;
}

const MAX_VALUE = 60;
