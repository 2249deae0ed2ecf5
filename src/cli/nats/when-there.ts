import { TroupeError } from '../../errors.ts';
import type { CliContext } from '../context.ts';
import type { StateOptions } from '../options.ts';
import { type OpenSpace, openSpace, type SpaceUse } from './open-space.ts';
import type { NatsTarget } from './target.ts';

/** How often to look whether an orchestrator has made the namespace. */
const LOOK_MS = 1000;

/**
 * Opens a namespace, waiting for the orchestrator that makes it: what is started on a machine is started in any order. Undefined
 * when it was interrupted meanwhile.
 */
export async function openWhenThere(
  context: CliContext,
  options: StateOptions,
  target: NatsTarget,
  use: SpaceUse,
  interrupted: Promise<unknown>,
): Promise<OpenSpace | undefined> {
  let isInterrupted = false;
  void interrupted.then(() => {
    isInterrupted = true;
  });
  for (let looks = 0; !isInterrupted; looks += 1) {
    try {
      return await openSpace(context, options, target, use);
    } catch (error) {
      if (!(error instanceof TroupeError) || error.code !== 'NAMESPACE_MISSING') throw error;
      if (looks === 0) context.stderr.line(`${error.message} Waiting for it. ${error.hint ?? ''}`.trim());
    }
    await Promise.race([
      interrupted,
      new Promise((resolve) => void context.clock.schedule(LOOK_MS, () => resolve(undefined))),
    ]);
  }
  return undefined;
}
