import type { Difference } from '../../../machines/ledger.ts';
import type { ExecutionReport } from '../../engine/report.ts';
import type { RollbackReport } from '../../engine/rollback-report.ts';
import type { Style } from '../style.ts';
import { oneLine, padText, textWidth } from '../terminal/text-width.ts';
import { counted } from '../words.ts';
import { heading, line, type Page } from './report-page.ts';
import { lookOf } from './states.ts';

/** The newest rollback in the report of an execution: what was undone, in order, and whether the artifacts are as they were. */
export function rollbackLines({ rollback }: ExecutionReport, page: Page): readonly string[] {
  if (rollback === undefined) return [];
  const width = Math.max(0, ...rollback.plan.map(({ step }) => textWidth(step)));
  return [
    ...heading(page, 'Rollback'),
    line(
      page,
      [`  ${scopeInWords(rollback)}: ${oneLine(rollback.reason).replace(/\.$/, '')}`],
      [whoInWords(rollback), 'dim'],
    ),
    ...rollback.plan.map(({ step, agent, status, uncertain, error, attempts, decision }) => {
      const { glyph, word, colour } = lookOf(status);
      const about = [
        agent,
        attempts > 1 ? `attempt ${attempts}` : '',
        uncertain ? 'uncertain' : '',
        error ?? '',
        decision?.by === undefined ? '' : `${decision.approved ? 'left' : 'stopped'} by ${decision.by}`,
      ]
        .filter((part) => part !== null && part !== '')
        .join(', ');
      return line(
        page,
        [`  ${glyph} ${padText(step, width)}  ${word}`, colour],
        [`  ${oneLine(about)}`, 'dim'],
      );
    }),
    ...verdictLines(rollback).map((text) => line(page, [`  ${text}`])),
  ];
}

/** The same in short, for when the execution is over. */
export function undoneLines({ rollback, error }: ExecutionReport, style: Style): readonly string[] {
  if (rollback === undefined) return [];
  // What the error says already is not said again.
  const reason = rollback.reason === error?.message ? '' : oneLine(rollback.reason).replace(/\.$/, '');
  const about = [reason, rollback.by === null ? '' : `by ${oneLine(rollback.by)}`].filter(
    (part) => part !== '',
  );
  const { compensated, skipped, failed } = rollback;
  const counts = [
    `${counted(compensated.length, 'step')} undone`,
    ...(skipped.length === 0 ? [] : [`${counted(skipped.length, 'step')} skipped: ${skipped.join(', ')}`]),
    ...(failed.length === 0 ? [] : [`${counted(failed.length, 'step')} not undone: ${failed.join(', ')}`]),
  ];
  return [
    `${scopeInWords(rollback)}${about.length === 0 ? '' : ` (${about.join(', ')})`}: ${counts.join(', ')}`,
    ...verdictLines(rollback).map((text) => (rollback.verified === false ? style.yellow(text) : text)),
  ];
}

function scopeInWords({ to, step }: RollbackReport): string {
  if (step !== undefined) return `Rollback of step ${step}`;
  return to === null ? 'Rollback of everything' : `Rollback to ${oneLine(to)}`;
}

function whoInWords({ by }: RollbackReport): string {
  return by === null ? '' : `, by ${oneLine(by)}`;
}

function verdictLines({ verified, differences, unmeasured, limited }: RollbackReport): readonly string[] {
  const isLimited = limited ? ['It was rolled back as often as maxRollbacks allows, and stopped.'] : [];
  if (verified === null) return isLimited;
  if (verified) return [...isLimited, 'Verified: the artifacts are as they were.'];
  if (unmeasured !== undefined) return [...isLimited, `Not verified: ${oneLine(unmeasured)}`];
  const shown = differences.slice(0, SHOWN).map(differenceInWords);
  const more = differences.length - shown.length;
  return [
    ...isLimited,
    `Not verified: ${counted(differences.length, 'artifact')} not as before.`,
    ...shown,
    ...(more > 0 ? [`  … and ${more} more`] : []),
  ];
}

const SHOWN = 10;

function differenceInWords({ path, kind, was, is }: Difference): string {
  const digests = kind === 'changed' ? ` (was ${short(was)}, is ${short(is)})` : '';
  return `  ${oneLine(path)}: ${kind}${digests}`;
}

function short(digest: string | undefined): string {
  return (digest ?? '').slice(0, 12);
}
