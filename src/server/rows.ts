import type { HistoryEntry } from '../history/entry.ts';
import type { ServerAccess } from './access.ts';
import type { Row } from './schemas/executions.ts';

/** Entries as a list shows them: with whether anybody drives them, which is in no log. */
export async function rowsOf(
  access: Pick<ServerAccess, 'undriven'>,
  entries: readonly HistoryEntry[],
): Promise<readonly Row[]> {
  const live = entries.filter(({ endedAt }) => endedAt === null).map(({ id }) => id);
  const undriven = live.length === 0 ? NOBODY : await access.undriven(live).catch(() => undefined);
  return entries.map((entry) => {
    const isDriven = entry.endedAt !== null || undriven === undefined ? null : !undriven.has(entry.id);
    const stands = entry.status === 'unreadable' || (isDriven === false && entry.attention === 'running');
    return { ...entry, usage: { ...entry.usage }, isDriven, attention: stands ? 'still' : entry.attention };
  });
}

const NOBODY: ReadonlySet<string> = new Set();
