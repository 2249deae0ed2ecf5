import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { InspectionEvent } from 'xstate';
import { statelyMissing } from '../errors.ts';
import { openBridge } from './bridge.ts';
import { sanitisedContext, sanitisedEvent } from './sanitised.ts';

export interface StatelyInspector extends AsyncDisposable {
  /** For a person to open. */
  readonly url: string;
  /** For the engine: XState's inspection events of the executions that it drives. */
  readonly inspect: (event: InspectionEvent) => void;
}

/**
 * Sends XState's inspection events to Stately's inspector, through `@statelyai/inspect` where the project has it.
 *
 * Throws STATELY_MISSING, PORT_TAKEN, CANNOT_LISTEN.
 */
export async function openStately({
  cwd,
  port,
}: {
  readonly cwd: string;
  readonly port: number;
}): Promise<StatelyInspector> {
  const { createInspector } = await loadPackage(cwd);
  const bridge = await openBridge(port);
  const inspector = createInspector(
    { send: (event) => bridge.send(JSON.stringify(event)) },
    { sanitizeContext: sanitisedContext, sanitizeEvent: sanitisedEvent },
  );
  return {
    url: bridge.url,
    inspect: (event) => inspector.inspect.next?.(event),
    [Symbol.asyncDispose]: () => bridge[Symbol.asyncDispose](),
  };
}

/** Beside Troupe, else in the project: Troupe itself may be installed elsewhere. */
async function loadPackage(cwd: string): Promise<typeof import('@statelyai/inspect')> {
  try {
    return await import('@statelyai/inspect');
  } catch {
    // Looked for in the project.
  }
  try {
    const file = createRequire(join(cwd, 'package.json')).resolve('@statelyai/inspect');
    return await import(pathToFileURL(file).href);
  } catch (error) {
    throw statelyMissing(error);
  }
}
