import type { CatalogueEntry } from '../../agent/catalogue.ts';
import { SHIPPED_AGENTS } from '../../library/shipped.ts';
import type { HostPresence } from '../../ports/agent-directory.ts';
import { shownPath } from '../source-text.ts';
import { oneLine } from '../terminal/text-width.ts';
import { durationInWords } from '../words.ts';
import { heading, line, type Page } from './report-page.ts';
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
    ...hosts.flatMap(({ host, pid, hostname, roles, startedAt }) => [
      line(
        page,
        ['  ● ', 'cyan'],
        [`process ${pid} on ${hostname}`],
        [`, for ${durationInWords(Math.max(0, page.now - startedAt))}  ${host}`, 'dim'],
      ),
      ...roles
        .filter(({ busy }) => busy > 0)
        .map(({ role, busy, concurrency }) => line(page, [`      ${role}: ${busy} of ${concurrency} busy`])),
      line(page, [`      offers ${roles.map(({ role }) => role).join(', ')}`, 'dim']),
    ]),
  ];
}

function problemOf({ diagnostics }: CatalogueEntry): string {
  const first = diagnostics.find(({ severity }) => severity === 'error');
  return first === undefined ? 'cannot be read' : `line ${first.line}: ${oneLine(first.message)}`;
}

function placeOf(file: string, cwd: string): string {
  if (file.startsWith(SHIPPED_AGENTS)) return 'Troupe';
  return shownPath(file, cwd);
}
