import type { RecordData } from '../../machines/records.ts';
import type { Json } from '../json.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';
import { parseTraceparent } from '../trace-context.ts';
import type { StartRequest } from './engine-options.ts';
import { FOLD_VERSION } from './fold.ts';
import type { IndexedPinned } from './pinned.ts';
import { inlineOrStored } from './values.ts';

/** What the record `execution.started` says. A large input goes to the artifact store. */
export async function startData(
  pinned: IndexedPinned,
  {
    input,
    inputDigest,
    traceparent,
  }: Pick<StartRequest, 'input' | 'traceparent'> & { readonly inputDigest: string },
  artifacts: ArtifactStore,
): Promise<RecordData<'execution.started'> & { readonly input: Json }> {
  const { name, version } = pinned.definition;
  return {
    foldVersion: FOLD_VERSION,
    pinned: pinned.digest,
    task: { name, version },
    inputDigest,
    input: await inlineOrStored(input, artifacts),
    ...(parseTraceparent(traceparent) === undefined ? {} : { traceparent }),
  };
}
