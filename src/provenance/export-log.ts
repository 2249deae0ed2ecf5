import { foldLog, type Sources, startIn } from '../engine/load.ts';
import { resolved, unfolded } from '../engine/values.ts';
import type { Json } from '../json.ts';
import type { ExportedLog, ExportedState } from './log-file.ts';

/** Reads all that an exported log holds; undefined when there is no such execution. */
export async function readExport(execution: string, sources: Sources): Promise<ExportedLog | undefined> {
  const records = await sources.log.read(execution);
  const started = records.map(startIn).find((start) => start !== undefined);
  if (started === undefined) return undefined;
  const { definition, agents, groups } = await sources.pins.get(started.pinned);
  const input = await resolved((started.input ?? {}) as Json, sources.artifacts);
  const keeps = started.rerunOf?.kept as Json | undefined;
  const kept = keeps === undefined ? undefined : await unfolded(keeps, sources.artifacts);
  const fold = await foldLog(records, sources);
  // One that is suspended folds to no state of its own: it waits for rules that can fold its log.
  const state: ExportedState | undefined =
    fold === undefined || fold.status === 'suspended'
      ? undefined
      : { status: fold.status, hash: fold.hash() };
  const pinned = { definition, agents, ...(groups === undefined ? {} : { groups }) } as unknown as Json;
  return { execution, records, pinned, input, kept, state };
}
