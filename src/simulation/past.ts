import type { RecordData } from '../../machines/records.ts';
import { loadFold, type Sources } from '../engine/load.ts';
import type { IndexedPinned } from '../engine/pinned.ts';
import { findStart } from '../engine/start-record.ts';
import { referencesIn } from '../engine/values.ts';
import { executionUnknown, forkImpossible } from '../errors.ts';
import type { LogRecord, Position } from '../ports/event-log.ts';

/**
 * What happened in a real execution up to some record, so that a simulated one can go on from there. Plain data, a copy: nothing that is
 * done with it reaches the real log.
 */
export interface Past {
  readonly execution: string;
  /** From the start record on, at the positions that they have in the real log. */
  readonly records: readonly LogRecord[];
  /** What the records refer to, as far as it is there. */
  readonly artifacts: readonly { readonly digest: string; readonly content: Uint8Array }[];
  readonly pinned: Pick<IndexedPinned, 'definition' | 'agents' | 'groups'>;
  /** When it started; ms since 1970. */
  readonly startedAt: number;
  /** When it goes on. */
  readonly at: number;
  /** The last record. */
  readonly position: Position;
}

export interface PastOptions {
  /** The last record that counts. Default: the last of the log. */
  readonly position?: Position | undefined;
  /** What time it is; from the end of the log it goes on from now. ms since 1970. */
  readonly now: number;
}

/** References of more than this in all are left out, in bytes; a step that needs one of them fails. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Reads what happened. Throws EXECUTION_UNKNOWN; FORK_IMPOSSIBLE for a position before its start, or when it has ended there.
 */
export async function readPast(
  execution: string,
  sources: Sources,
  { position, now }: PastOptions,
): Promise<Past> {
  const start = await findStart(execution, sources.log);
  if (start === undefined) throw executionUnknown(execution);
  const all = await sources.log.read(execution, { after: start.position - 1, upTo: position });
  const records = all.filter(({ type }) => type !== 'sealed');
  const last = records.at(-1);
  if (last === undefined)
    throw forkImpossible(execution, `it began at position ${start.position} only`, 'Name a later position.');
  const fold = await loadFold(execution, sources, last.position);
  if (fold === undefined) throw executionUnknown(execution);
  if (fold.hasEnded)
    throw forkImpossible(execution, `it has ended there: ${fold.status}`, 'Name a position before its end.');
  const { definition, agents, groups, digest } = fold.pinned;
  const isEnd = position === undefined;
  return {
    execution,
    records,
    artifacts: await contentOf(records, digest, sources),
    pinned: { definition, agents, groups },
    startedAt: start.at,
    at: isEnd ? Math.max(now, last.at) : last.at,
    position: last.position,
  };
}

async function contentOf(
  records: readonly LogRecord[],
  pinned: string,
  { artifacts }: Sources,
): Promise<Past['artifacts']> {
  const found: { digest: string; content: Uint8Array }[] = [];
  const seen = new Set([pinned]);
  let left = MOST_BYTES;
  for (const { data } of records) {
    for (const { $artifact: digest, bytes } of referencesIn(data)) {
      if (seen.has(digest) || bytes > left) continue;
      seen.add(digest);
      // One that is gone is missed when it is needed.
      const content = await artifacts.get(digest).catch(() => undefined);
      if (content === undefined) continue;
      left -= content.byteLength;
      found.push({ digest, content });
    }
  }
  return found;
}

/** The records, with the start naming what is pinned where they go on. */
export function recordsOnto({ records }: Past, pinnedDigest: string): readonly LogRecord[] {
  return records.map((record) => {
    if (record.type !== 'execution.started') return record;
    const data = record.data as RecordData<'execution.started'>;
    return { ...record, data: { ...data, pinned: pinnedDigest } as LogRecord['data'] };
  });
}
