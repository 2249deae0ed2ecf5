import type { IndexedPinned } from '../engine/pinned.ts';
import type { Json } from '../json.ts';
import type { LogRecord } from '../ports/event-log.ts';
import type { LogFilter, LogPage, LogRow } from './documents.ts';
import type { Reading } from './reading.ts';
import { runIn } from './record-run.ts';
import { durationInWords } from './words.ts';

/** What a row tells beside its record. */
interface RecordFate {
  readonly index: number;
  readonly refusal?: string | undefined;
  /** Until when the step waits that the record had fail. */
  readonly backoffUntil?: number | undefined;
}

/** A record as a row of the log. */
function rowOf(
  record: LogRecord,
  pinned: IndexedPinned,
  { index, refusal, backoffUntil }: RecordFate,
): LogRow {
  const step = runIn(record) ?? null;
  const data = (record.data ?? {}) as Data;
  const again =
    backoffUntil === undefined ? '' : `, again in ${durationInWords(Math.max(0, backoffUntil - record.at))}`;
  return {
    index,
    position: record.position,
    at: record.at,
    type: record.type,
    source: record.source,
    step,
    phase: phaseIn(pinned, step, data),
    attempt: typeof data.attempt === 'number' ? data.attempt : null,
    text: `${textOf(record.type, data)}${again}`,
    refusal: refusal ?? null,
  };
}

/** The row of a record that was read. @param index from 1 */
export function rowAt(reading: Reading, index: number): LogRow {
  const fate = { index, refusal: reading.refusal(index), backoffUntil: reading.backoff(index) };
  return rowOf(reading.record(index), reading.pinned, fate);
}

/**
 * Rows of the records up to one, oldest first.
 * @param upTo index of the last that is shown
 * @param offset of the first row of the page among those that fit the filter
 */
export function logPageOf(
  reading: Reading,
  { filter, offset, limit, upTo }: { filter: LogFilter; offset: number; limit: number; upTo: number },
): LogPage {
  const end = Math.min(upTo, reading.count);
  if (isOpen(filter)) {
    const from = Math.max(0, Math.min(offset, end));
    const rows = Array.from({ length: Math.min(limit, end - from) }, (_, at) =>
      rowAt(reading, from + at + 1),
    );
    return { total: end, offset: from, rows };
  }
  const rows: LogRow[] = [];
  let total = 0;
  const indexes = filter.step === undefined ? undefined : reading.recordsAbout(filter.step);
  const fits = matcher(filter);
  const look = (index: number): void => {
    if (!fits(reading, index)) return;
    if (total >= offset && rows.length < limit) rows.push(rowAt(reading, index));
    total += 1;
  };
  if (indexes === undefined) for (let index = 1; index <= end; index += 1) look(index);
  else for (const index of indexes) if (index <= end) look(index);
  return { total, offset, rows };
}

function isOpen({ types, step, text, refused }: LogFilter): boolean {
  return types === undefined && step === undefined && (text ?? '') === '' && refused === undefined;
}

function matcher({ types, text, refused }: LogFilter): (reading: Reading, index: number) => boolean {
  const wanted = types === undefined ? undefined : new Set(types);
  const words = (text ?? '').toLowerCase();
  return (reading, index) => {
    if (wanted !== undefined && !wanted.has(reading.record(index).type)) return false;
    if (refused !== undefined && (reading.refusal(index) !== undefined) !== refused) return false;
    if (words === '') return true;
    return wordsAt(reading, index).includes(words);
  };
}

/**
 * Makes what is searched by words ready, from where it stopped before, so that a search of a long log answers at once.
 * @param mayGoOn asked after every few hundred records
 * @returns whether all of the log is ready
 */
export function prepareSearch(reading: Reading, mayGoOn: () => boolean): boolean {
  for (let index = wordsOf(reading).length + 1; index <= reading.count; index += 1) {
    wordsAt(reading, index);
    if (index % 256 === 0 && !mayGoOn()) return false;
  }
  return true;
}

/** What stands in the row, in small letters; made once, since records do not change. */
function wordsAt(reading: Reading, index: number): string {
  const known = wordsOf(reading);
  // In order, so that the list has no holes.
  for (let next = known.length + 1; next <= index; next += 1) {
    const { type, source, step, phase, text, refusal } = rowAt(reading, next);
    known.push([type, source, step ?? '', phase ?? '', text, refusal ?? ''].join('\n').toLowerCase());
  }
  return known[index - 1] as string;
}

function wordsOf(reading: Reading): string[] {
  const known = searched.get(reading) ?? [];
  searched.set(reading, known);
  return known;
}

const searched = new WeakMap<Reading, string[]>();

type Data = { readonly [key: string]: unknown };

function phaseIn(pinned: IndexedPinned, step: string | null, { timerId, evaluationId }: Data): string | null {
  if (step !== null)
    return pinned.phaseOfStep.get(step) ?? pinned.phaseOfStep.get(step.replace(/_\d+$/, '')) ?? null;
  const id = timerId ?? evaluationId;
  if (typeof id !== 'string' || !id.startsWith('phase/')) return null;
  return pinned.definition.phases[Number(id.split('/', 2)[1])]?.name ?? null;
}

/** What the record says, in a few words. Whoever wrote it may have written anything: what is not there is left out. */
function textOf(type: string, data: Data): string {
  switch (type) {
    case 'execution.started': {
      const { name, version } = (data.task ?? {}) as Data;
      return `${said(name)} ${said(version)} started`;
    }
    case 'step.claimed':
      return `claimed by ${said(data.host)}`;
    case 'step.succeeded':
      return withUsage('succeeded', data.usage);
    case 'step.failed':
      return withUsage(`failed: ${errorIn(data.error)}`, data.usage);
    case 'claim.released':
      return 'given back by its host';
    case 'claim.expired':
      return `claim lost: ${said(data.reason)}`;
    case 'step.asked':
      return `asks people: ${said((data.approval as Data | undefined)?.question)}`;
    case 'step.answered':
      return 'answered from what was kept';
    case 'step.completed':
      return `finished by hand, by ${said(data.by)}`;
    case 'offer.failed':
      return `could not be offered: ${errorIn(data.error)}`;
    case 'ballot.sealed':
      return 'sealed its vote';
    case 'ballot.cast':
      return `${said(data.by)} voted ${voteIn(data.vote)}`;
    case 'approval.granted':
      return `approved by ${said(data.by)}${comment(data)}`;
    case 'approval.rejected':
      return `rejected by ${said(data.by)}${comment(data)}`;
    case 'approval.delegated':
      return `${said(data.by)} lets ${said(data.to)} decide${comment(data)}`;
    case 'signal.sent':
      return `signal ${said(data.name)}`;
    case 'pause.requested':
      return `pause${because(data.reason)}`;
    case 'resume.requested':
      return 'resume';
    case 'abort.requested':
      return `abort${data.rollback === true ? ' and undo' : ''}${because(data.reason)}`;
    case 'retry.requested':
      return 'retry';
    case 'rollback.requested':
      return `undo ${data.step === undefined ? `back to ${said(data.to ?? 'the start')}` : said(data.step)}${because(data.reason)}`;
    case 'checkpoint.requested':
      return `checkpoint ${said(data.name)}`;
    case 'timer.fired':
      return timerText(said(data.timerId));
    case 'evaluation.completed':
      return `worked out ${evaluationText(said(data.evaluationId))}`;
    case 'evaluation.failed':
      return `could not work out ${evaluationText(said(data.evaluationId))}: ${errorIn(data.error)}`;
    case 'notification.sent':
      return toldText(data.to);
    case 'sealed':
      return `${said(data.records)} records sealed`;
    default:
      return '';
  }
}

/** `step/RUN/ATTEMPT/[PURPOSE/]DUE`, `phase/INDEX/TRY/[limit-N/]DUE`, `execution/RETRY/DUE`. */
function timerText(id: string): string {
  const parts = id.split('/');
  if (parts[0] === 'execution') return 'the time of the execution is up';
  const purpose = parts.length > 4 ? parts[3] : undefined;
  if (parts[0] === 'phase')
    return purpose === undefined ? 'the time of the phase is up' : 'a limit of the phase is reached';
  if (purpose === 'remind') return 'time to remind people';
  if (purpose === 'escalate') return 'time to ask more people';
  return 'its time is up';
}

const EVALUATIONS: { readonly [part: string]: string } = {
  items: 'the items of the phase',
  outputs: 'outputs',
  approved: 'whether approved files are the same',
  artifacts: 'what the artifacts are',
  look: 'what is approved',
  open: 'what is voted on',
  check: 'whether what was voted on is the same',
};

function evaluationText(id: string): string {
  const known = id
    .split('/')
    .map((part) => EVALUATIONS[part])
    .find((text) => text !== undefined);
  return known ?? 'the step';
}

function toldText(to: unknown): string {
  const names = Array.isArray(to)
    ? to.map((each: Data) => `${said(each?.name)}${each?.ok === true ? '' : ' in vain'}`)
    : [];
  return names.length === 0 ? 'nobody to tell' : `told ${names.join(', ')}`;
}

function errorIn(error: unknown): string {
  const { class: kind, message } = (error ?? {}) as Data;
  return [kind, message]
    .filter((part) => part !== undefined)
    .map(said)
    .join(': ');
}

function voteIn(vote: unknown): string {
  const { choice, ranking, abstain } = (typeof vote === 'object' ? (vote ?? {}) : { choice: vote }) as Data;
  if (abstain === true) return 'abstained';
  return said(choice ?? (Array.isArray(ranking) ? ranking.join(' > ') : JSON.stringify(vote as Json)));
}

function withUsage(text: string, usage: unknown): string {
  const { tokens, usd } = (usage ?? {}) as Data;
  const parts = [
    ...(typeof tokens === 'number' ? [`${tokens} tokens`] : []),
    ...(typeof usd === 'number' ? [`${usd} USD`] : []),
  ];
  return parts.length === 0 ? text : `${text} (${parts.join(', ')})`;
}

function comment(data: Data): string {
  return data.comment === undefined ? '' : `: ${said(data.comment)}`;
}

function because(reason: unknown): string {
  return reason === undefined ? '' : `: ${said(reason)}`;
}

/** On one line, and not longer than a row. */
function said(value: unknown): string {
  const text = String(value ?? '?')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

const LONGEST = 160;
