import { Engine } from '../../engine/engine.ts';
import type { Begun, StartRequest } from '../../engine/engine-options.ts';
import type { Store } from '../../ports/store.ts';
import { type CliContext, loggerOf } from '../context.ts';
import { NOBODY } from './nobody.ts';

/** Writes the start of an execution and lets go of it, for another process to drive; no agent begins here. */
export async function recordStart(context: CliContext, store: Store, start: StartRequest): Promise<Begun> {
  const { clock, random } = context;
  const engine = new Engine({ store, queue: NOBODY, clock, random, logger: loggerOf(context) });
  await engine.start();
  try {
    return await engine.begin(start);
  } finally {
    await engine.stop();
  }
}
