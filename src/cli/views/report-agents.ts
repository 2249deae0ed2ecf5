import type { CatalogueEntry } from '../../agent/catalogue.ts';
import { SHIPPED_AGENTS } from '../../library/shipped.ts';
import type { AttemptPresence, HostPresence } from '../../ports/agent-directory.ts';
import { shownPath } from '../source-text.ts';
import { oneLine } from '../terminal/text-width.ts';
import { counted, durationInWords } from '../words.ts';
import { attemptInWords, isHostSilent } from './liveness.ts';
import { heading, indented, line, type Page } from './report-page.ts';
import { tableLines } from './report-table.ts';
import type { Segment } from './segments.ts';

/** Agents as a table: name, what runs it, where its file is, what it is for. */
export function agentLines(entries: readonly CatalogueEntry[], cwd: string, page: Page): readonly string[] {
  if (entries.length === 0) return ['There are no agents here. troupe init writes two.'];
  const rows = entries.map((entry): readonly Segment[] => {
    const { name, definition } = entry;
    const about = definition === undefined ? problemOf(entry) : oneLine(definition.description);
    return [
      [name, 'bold'],
      definition === undefined ? ['✗ not valid', 'red'] : [definition.runner ?? 'none'],
      [placeOf(entry.file, cwd), 'dim'],
      [about, definition === undefined ? 'red' : undefined],
    ];
  });
  return tableLines(COLUMNS, rows, page);
}

const COLUMNS = [
  { head: 'agent', least: 12 },
  { head: 'runs as' },
  { head: 'from', least: 10 },
  { head: 'what it does', least: 10 },
];

/** Who is at work now; nothing is said when nobody is. */
export function hostLines(hosts: readonly HostPresence[], page: Page): readonly string[] {
  if (hosts.length === 0) return [];
  return [
    ...heading(page, 'Hosts at work'),
    ...hosts.flatMap(({ host, pid, hostname, roles, attempts = [], startedAt, seenAt }) => [
      line(
        page,
        ['  ● ', 'cyan'],
        [`process ${pid} on ${hostname}`],
        [`, for ${durationInWords(Math.max(0, page.now - startedAt))}  ${host}`, 'dim'],
        [
          isHostSilent(seenAt, page.now) ? `  not heard for ${durationInWords(page.now - seenAt)}` : '',
          'yellow',
        ],
      ),
      ...roles
        .filter(({ busy }) => busy > 0)
        .map(({ role, busy, concurrency }) => line(page, [`      ${role}: ${busy} of ${concurrency} busy`])),
      ...attempts.slice(0, MOST_ATTEMPTS).flatMap((attempt) => attemptLines(attempt, seenAt, page)),
      ...(attempts.length > MOST_ATTEMPTS
        ? [line(page, [`      … ${counted(attempts.length - MOST_ATTEMPTS, 'attempt')} more at work`, 'dim'])]
        : []),
      line(page, [`      offers ${roles.map(({ role }) => role).join(', ')}`, 'dim']),
    ]),
  ];
}

/** Of one host; `agents --json` has all that the directory knows. */
const MOST_ATTEMPTS = 20;

/** `e1/chair, attempt 2, as chair for 2 min 10 s · process alive · last progress 40 s ago` */
function attemptLines(attempt: AttemptPresence, seenAt: number, page: Page): readonly string[] {
  const { execution, step, role, startedAt } = attempt;
  const { text, isAlarming } = attemptInWords(attempt, seenAt, page.now);
  const since = durationInWords(Math.max(0, page.now - startedAt));
  const about = `${execution}/${step}, attempt ${attempt.attempt}, as ${role} for ${since} · ${text}`;
  return indented(page, about, 8, isAlarming ? 'yellow' : undefined);
}

function problemOf({ diagnostics }: CatalogueEntry): string {
  const first = diagnostics.find(({ severity }) => severity === 'error');
  return first === undefined ? 'cannot be read' : `line ${first.line}: ${oneLine(first.message)}`;
}

function placeOf(file: string, cwd: string): string {
  if (file.startsWith(SHIPPED_AGENTS)) return 'Troupe';
  return shownPath(file, cwd);
}
