import type { HistoryEntry } from '../history/entry.ts';
import type { ServerAccess } from './access.ts';
import type { Row } from './schemas/executions.ts';

/** Entries as a list shows them: with whether anybody drives them, and whether they need a person. */
export async function rowsOf(
  access: ServerAccess,
  entries: readonly HistoryEntry[],
): Promise<readonly Row[]> {
  const live = entries.filter(({ endedAt }) => endedAt === null).map(({ id }) => id);
  const undriven = live.length === 0 ? NOBODY : await access.undriven(live).catch(() => undefined);
  return entries.map((entry) => {
    const isDriven = entry.endedAt !== null || undriven === undefined ? null : !undriven.has(entry.id);
    return { ...entry, isDriven, attention: attentionOf(entry, isDriven) };
  });
}

const NOBODY: ReadonlySet<string> = new Set();

/** `person`: waits for what somebody decides; `still`: does not move by itself, or nobody drives it. */
function attentionOf(
  { endedAt, status, waitsFor }: HistoryEntry,
  isDriven: boolean | null,
): Row['attention'] {
  if (endedAt !== null) return 'ended';
  if (waitsFor?.startsWith('approval by ') === true || waitsFor?.startsWith('the vote of ') === true)
    return 'person';
  return STILL.has(status) || isDriven === false ? 'still' : 'running';
}

const STILL: ReadonlySet<string> = new Set(['paused', 'suspended', 'unreadable']);
