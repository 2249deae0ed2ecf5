import { type CliContext, hasPassed } from '../context.ts';
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
  let isTold = false;
  try {
    return await openSpace(context, options, target, use, async ({ message, hint }) => {
      if (!isTold) context.stderr.line(`${message} Waiting for it. ${hint ?? ''}`.trim());
      isTold = true;
      await Promise.race([interrupted, hasPassed(context, LOOK_MS)]);
      return !isInterrupted;
    });
  } catch (error) {
    if (isInterrupted) return undefined;
    throw error;
  }
}
