import { type RecordData, recordSchemas } from '../../machines/records.ts';
import type { Rules } from '../../machines/world.ts';
import { foldVersionUnknown } from '../errors.ts';
import type { Json } from '../json.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';
import type { EventLog, LogRecord, Position } from '../ports/event-log.ts';
import type { SnapshotStore } from '../ports/snapshot-store.ts';
import { FOLD_VERSION, FOLD_VERSIONS, Fold, type Inspect } from './fold.ts';
import { FoldFailure } from './fold-failure.ts';
import { parseFoldSnapshot } from './fold-snapshot.ts';
import type { Pins } from './pins.ts';
import { resolved, unfolded } from './values.ts';

/** Where the state of an execution is read from. */
export interface Sources {
  readonly log: Pick<EventLog, 'read'>;
  readonly snapshots: SnapshotStore;
  readonly artifacts: ArtifactStore;
  readonly pins: Pins;
  readonly rules: Rules;
  /** Hears of every actor of the states that are made, see XState's inspection events. */
  readonly inspect?: Inspect | undefined;
}

/**
 * The state of an execution from its log, helped by its latest snapshot where that fits.
 * Undefined when the log holds no start of it.
 * @param upTo fold only up to this position; then no snapshot is used that is later
 */
export async function loadFold(
  execution: string,
  sources: Sources,
  upTo?: number,
): Promise<Fold | undefined> {
  const restored = await restoreFold(execution, sources, upTo);
  if (restored === undefined) return foldLog(await sources.log.read(execution, { upTo }), sources);
  const rest = await sources.log.read(execution, { after: restored.world.position, upTo });
  return foldOnto(restored, rest, sources, execution);
}

/** What the record starts, when it is one that starts an execution: agents, who may append as well, start none. */
export function startIn({ type, source, data }: LogRecord): RecordData<'execution.started'> | undefined {
  if (type !== 'execution.started' || source !== 'control') return undefined;
  return recordSchemas[type].safeParse(data).data;
}

/**
 * Folds a whole log, from `execution.started` on; what came before it is not part of the execution.
 * @param failures records that are known not to fold: the execution is suspended at them
 */
export async function foldLog(
  records: readonly LogRecord[],
  sources: Omit<Sources, 'log' | 'snapshots'>,
  failures: ReadonlyMap<Position, FoldFailure> = new Map(),
): Promise<Fold | undefined> {
  const start = records.findIndex((record) => startIn(record) !== undefined);
  const first = records[start];
  if (first === undefined) return undefined;
  const fold = await beginFold(first, sources);
  for (const record of records.slice(start + 1)) {
    const known = failures.get(record.position);
    try {
      if (known === undefined) fold.apply(record);
      else fold.suspend(known);
    } catch (failure) {
      if (!(failure instanceof FoldFailure)) throw failure;
      // What was under way when it was suspended still reports, so there may be another one after it.
      return foldLog(records, sources, new Map([...failures, [record.position, failure]]));
    }
  }
  return fold;
}

/**
 * Folds the first record: what it refers to is fetched and verified before. Throws FOLD_VERSION_UNKNOWN when the execution is
 * to be folded by rules that this version does not have; it is then left alone.
 */
export async function beginFold(
  record: LogRecord,
  { pins, artifacts, rules, inspect }: Omit<Sources, 'log' | 'snapshots'>,
): Promise<Fold> {
  const data = recordSchemas['execution.started'].parse(record.data);
  if (!FOLD_VERSIONS.includes(data.foldVersion)) {
    throw foldVersionUnknown(record.execution, data.foldVersion, FOLD_VERSION);
  }
  const pinned = await pins.get(data.pinned);
  const input = await resolved((data.input ?? {}) as Json, artifacts);
  const kept = (await unfolded((data.rerunOf?.kept ?? null) as Json, artifacts)) ?? undefined;
  return Fold.begin(record, pinned, input, rules, kept, inspect);
}

async function restoreFold(
  execution: string,
  sources: Sources,
  upTo: number | undefined,
): Promise<Fold | undefined> {
  const stored = await sources.snapshots.latest(execution);
  if (stored === undefined || (upTo !== undefined && stored.position > upTo)) return undefined;
  const [last] = await sources.log.read(execution, { after: stored.position - 1, limit: 1 });
  if (last?.position !== stored.position) return undefined;
  try {
    const snapshot = parseFoldSnapshot(stored.body);
    if (snapshot?.record !== last.id || snapshot.execution !== execution) return undefined;
    const pinned = await sources.pins.get(snapshot.pinned);
    return Fold.restore(snapshot, pinned, sources.rules, sources.inspect);
  } catch {
    // A snapshot is a hint: one that does not fit is dropped and the log folded from the start.
    return undefined;
  }
}

async function foldOnto(
  fold: Fold,
  records: readonly LogRecord[],
  sources: Sources,
  execution: string,
): Promise<Fold | undefined> {
  try {
    for (const record of records) fold.apply(record);
    return fold;
  } catch (failure) {
    if (!(failure instanceof FoldFailure)) throw failure;
    return foldLog(await sources.log.read(execution, { upTo: records.at(-1)?.position }), sources);
  }
}
