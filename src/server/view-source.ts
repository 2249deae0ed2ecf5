import { startIn } from '../engine/load.ts';
import { findStart } from '../engine/start-record.ts';
import { resolved, unfolded } from '../engine/values.ts';
import type { ViewSource } from '../inspection/documents.ts';
import type { Json } from '../json.ts';
import type { ExecutionAccess } from './access.ts';

/** All that is needed to fold the execution elsewhere; undefined when there is no such execution. */
export async function viewSourceOf(
  execution: string,
  { log, sources }: Pick<ExecutionAccess, 'log' | 'sources'>,
): Promise<ViewSource | undefined> {
  const record = await findStart(execution, log);
  const started = record === undefined ? undefined : startIn(record);
  if (started === undefined) return undefined;
  const { definition, agents, groups, digest } = await sources.pins.get(started.pinned);
  const keeps = started.rerunOf?.kept;
  const kept = keeps === undefined ? undefined : await unfolded(keeps as Json, sources.artifacts);
  return {
    execution,
    // Agents' variables are there by name alone: their values never leave the hosts.
    pinned: { definition, agents, ...(groups === undefined ? {} : { groups }) },
    pinnedDigest: digest,
    input: await resolved((started.input ?? {}) as Json, sources.artifacts),
    ...(kept === undefined ? {} : { kept }),
  };
}
