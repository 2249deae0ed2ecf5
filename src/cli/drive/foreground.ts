import type { Engine } from '../../engine/engine.ts';
import { type CliContext, openEmbedded } from '../context.ts';
import { createRunView } from '../views/create-run-view.ts';
import type { RunView } from '../views/run-view.ts';
import { conclude } from './conclude.ts';
import { drive } from './drive.ts';

export interface ForegroundOptions {
  readonly data?: string | undefined;
  readonly json?: boolean | undefined;
}

/** What `run`, `resume` and `retry` have in common: drive one execution here, show it, tell how it ended. */
export async function runInForeground(
  context: CliContext,
  execution: string,
  { data, json = false }: ForegroundOptions,
  /** Starts or adopts it; NOT_THE_OWNER means that it is watched instead. */
  take: (engine: Engine, view: RunView) => Promise<unknown>,
): Promise<void> {
  const view = createRunView(context, { json });
  const embedded = await openEmbedded({ ...context, stderr: view.stderr }, { data });
  try {
    const driven = await drive(context, {
      execution,
      embedded,
      view,
      data,
      take: (engine) => take(engine, view),
    });
    await conclude(context, driven, { view, artifacts: embedded.store.artifacts, json, data });
  } finally {
    view.end();
    await embedded.close();
  }
}
