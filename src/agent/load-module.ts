import { pathToFileURL } from 'node:url';
import { agentFileInvalid } from '../errors.ts';
import { offerOwnPackage } from '../own-package.ts';
import type { FunctionAgent } from './define.ts';

/**
 * The agents that a module exports: results of `defineAgent`, under any name, and lists of them. Loading runs the module.
 *
 * Throws AGENT_FILE_INVALID when it cannot be loaded, or exports none.
 */
export async function loadAgentModule(file: string): Promise<readonly FunctionAgent[]> {
  let exports: Record<string, unknown>;
  try {
    offerOwnPackage();
    exports = await import(pathToFileURL(file).href);
  } catch (error) {
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw agentFileInvalid(file, [`it cannot be loaded: ${why}`], error);
  }
  // One that is exported twice is one.
  const agents = new Set(Object.values(exports).flat().filter(isFunctionAgent));
  if (agents.size === 0) {
    throw agentFileInvalid(file, ['it exports no agent: export what defineAgent returns.']);
  }
  return [...agents];
}

/** By its form: the module may have got `defineAgent` from another copy of Troupe. */
function isFunctionAgent(value: unknown): value is FunctionAgent {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, name, run } = value as { kind?: unknown; name?: unknown; run?: unknown };
  return kind === 'function' && typeof name === 'string' && typeof run === 'function';
}
