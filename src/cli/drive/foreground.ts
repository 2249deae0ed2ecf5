import type { Engine } from '../../engine/engine.ts';
import { type CliContext, openEmbedded } from '../context.ts';
import type { StateOptions } from '../options.ts';
import type { ServeOptions } from '../serve/options.ts';
import { type InspectOptions, openInspection } from '../stately/options.ts';
import { createRunView } from '../views/create-run-view.ts';
import type { RunView } from '../views/run-view.ts';
import { conclude } from './conclude.ts';
import { drive } from './drive.ts';

export interface ForegroundOptions extends StateOptions, ServeOptions, InspectOptions {
  readonly json?: boolean | undefined;
  /** Serve the inspector meanwhile. */
  readonly ui?: boolean | undefined;
}

/** What `run`, `resume` and `retry` have in common: drive one execution here, show it, tell how it ended. */
export async function runInForeground(
  context: CliContext,
  execution: string,
  options: ForegroundOptions,
  /** Starts or adopts it; NOT_THE_OWNER means that it is watched instead. */
  take: (engine: Engine, view: RunView) => Promise<unknown>,
): Promise<void> {
  const { data, json = false } = options;
  const view = createRunView(context, { json });
  await using inspection = await openInspection(context, options, (line) => view.say(line));
  const inspect = inspection?.inspect;
  const embedded = await openEmbedded({ ...context, stderr: view.stderr }, { data, inspect });
  let serving: AsyncDisposable | undefined;
  try {
    if (options.ui === true) {
      const { serveEmbedded } = await import('../serve/embedded.ts');
      serving = await serveEmbedded(context, options, embedded, (line) => view.say(line));
    }
    const driven = await drive(context, {
      execution,
      embedded,
      view,
      state: options,
      take: (engine) => take(engine, view),
    });
    await conclude(context, driven, {
      ...options,
      view,
      artifacts: embedded.store.artifacts,
      json,
    });
  } finally {
    view.end();
    await serving?.[Symbol.asyncDispose]();
    await embedded.close();
  }
}
