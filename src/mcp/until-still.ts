import type { Fold } from '../engine/fold.ts';
import { reportOf } from '../engine/report.ts';
import { executionUnknown } from '../errors.ts';
import { attentionOf } from '../history/attention.ts';
import { waitsFor } from '../history/waits-for.ts';
import type { Json } from '../json.ts';
import { viewExecution } from '../library/viewer.ts';
import type { ServerAccess } from '../server/access.ts';
import { shortened } from './shortened.ts';

export interface Stood {
  readonly status: string;
  readonly hasEnded: boolean;
  readonly waitsFor: string | null;
  readonly error: string | undefined;
  readonly outputs: { [name: string]: Json };
}

/** Follows an execution until it has ended, stands still or needs a person; or until the time is over, or nobody wants to know. */
export async function untilStill(
  access: ServerAccess,
  execution: string,
  { ms, signal }: { readonly ms: number; readonly signal: AbortSignal },
): Promise<Stood> {
  const { log, sources } = access.of(execution);
  const over = Promise.withResolvers<void>();
  let last: Fold | undefined;
  const following = await viewExecution(execution, { log, sources }, ({ fold }) => {
    last = fold;
    if (isStill(fold)) over.resolve();
  });
  const cancel = access.clock.schedule(ms, () => over.resolve());
  const abandon = (): void => over.resolve();
  signal.addEventListener('abort', abandon, { once: true });
  if (signal.aborted) abandon();
  try {
    await over.promise;
  } finally {
    cancel();
    signal.removeEventListener('abort', abandon);
    await following.stop();
  }
  if (last === undefined) throw executionUnknown(execution);
  return stood(last);
}

/** A claim that stands still belongs to an end that is not complete yet. */
function isStill(fold: Fold): boolean {
  return fold.hasEnded ? fold.claims().length === 0 : attentionOf(fold) !== 'running';
}

function stood(fold: Fold): Stood {
  const { error, outputs } = reportOf(fold);
  return {
    status: fold.status,
    hasEnded: fold.hasEnded,
    waitsFor: waitsFor(fold),
    error: error === null ? undefined : `${error.code}: ${error.message}`,
    outputs: shortened(outputs as Json) as { [name: string]: Json },
  };
}
