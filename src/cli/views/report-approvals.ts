import type { PendingApproval } from '../../engine/pending-approvals.ts';
import { oneLine } from '../terminal/text-width.ts';
import { durationInWords } from '../words.ts';
import { indented, line, type Page } from './report-page.ts';
import { agoInWords, localTime } from './report-time.ts';

/** Each with its question, who may decide until when, and what it is bound to. */
export function approvalLines(
  approvals: readonly PendingApproval[],
  page: Page,
  command: (name: string, ...words: readonly string[]) => string,
): readonly string[] {
  return approvals.flatMap((approval, at) => {
    const { execution, step, question } = approval;
    return [
      ...(at === 0 ? [] : ['']),
      line(
        page,
        [execution, 'bold'],
        [`  ${step}`, 'cyan'],
        [`  asked ${agoInWords(page.now - approval.since)}${deadlineOf(approval, page)}`, 'dim'],
      ),
      ...indented(page, question, 2),
      line(page, ['  by ', 'dim'], [whoOf(approval)], [historyOf(approval), 'yellow']),
      ...subjectLines(approval, page),
      line(page, [`  ${command('approve', execution, step)}`, 'dim']),
    ];
  });
}

function deadlineOf({ deadline }: PendingApproval, { now }: Page): string {
  if (deadline === undefined) return '';
  const left = deadline - now;
  const time = left > 0 ? `in ${durationInWords(left)}` : 'passed';
  return `, deadline ${localTime(deadline)} (${time})`;
}

function whoOf({ approvers }: PendingApproval): string {
  if (approvers === undefined) return 'anybody';
  return approvers.map((name) => oneLine(name.replace(/^group:(.*)$/, 'the group $1'))).join(', ');
}

function historyOf({ voids, escalated, reminders }: PendingApproval): string {
  const parts = [
    ...(escalated ? ['escalated'] : []),
    ...(reminders > 0 ? [`reminded ${reminders} times`] : []),
    ...(voids > 0 ? [`${voids} grants void: what is approved had changed`] : []),
  ];
  return parts.length === 0 ? '' : `  (${parts.join(', ')})`;
}

function subjectLines({ subject }: PendingApproval, page: Page): readonly string[] {
  if (subject === undefined) return [];
  const files = (subject.files ?? []).slice(0, MOST_FILES);
  const more = (subject.files?.length ?? 0) - files.length;
  return [
    line(page, ['  about ', 'dim'], [subject.digest]),
    ...files.map(({ path, bytes }) => line(page, [`    ${oneLine(path)}`], [`  ${bytes} bytes`, 'dim'])),
    ...(more > 0 ? [line(page, [`    and ${more} more`, 'dim'])] : []),
    ...(subject.value === undefined ? [] : indented(page, JSON.stringify(subject.value), 4, 'dim')),
  ];
}

const MOST_FILES = 10;
