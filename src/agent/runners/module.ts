import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { offerOwnPackage } from '../../own-package.ts';
import { AgentError } from '../agent-error.ts';
import { callFunction } from '../call-function.ts';
import type { AgentFunction } from '../define.ts';
import type { AgentDefinition } from '../definition.ts';
import type { Runner } from '../runner.ts';

/** Runs the function of a module in the host's process. The module is loaded at the first attempt and kept. */
export function moduleRunner(definition: AgentDefinition, cancelGraceMs: number): Runner {
  let loading: Promise<AgentFunction> | undefined;
  return {
    abandonAfterMs: cancelGraceMs,
    async run(request, attempt) {
      loading ??= loadAgentFunction(moduleFile(definition));
      return callFunction(await loading, request, attempt);
    },
  };
}

/** The absolute path of the module that an agent file names. */
export function moduleFile({
  directory,
  module = '',
}: Pick<AgentDefinition, 'directory' | 'module'>): string {
  return resolve(directory, module);
}

/**
 * The agent in a module: its default export or its export `run`, a function or the result of `defineAgent`.
 * Throws a `fatal` AgentError when there is none, or when the module cannot be loaded.
 */
export async function loadAgentFunction(file: string): Promise<AgentFunction> {
  if (!existsSync(file)) throw fatal(`there is no module ${file}`, 'Correct `module` in the agent file.');
  let exports: Record<string, unknown>;
  try {
    offerOwnPackage();
    exports = await import(pathToFileURL(file).href);
  } catch (error) {
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw fatal(`the module ${file} cannot be loaded: ${why}`, undefined);
  }
  for (const exported of [exports.default, exports.run]) {
    const candidate = isFunctionAgent(exported) ? exported.run : exported;
    // What it takes and returns cannot be seen at run time; what it returns is checked by the host.
    if (typeof candidate === 'function') return candidate as AgentFunction;
  }
  throw fatal(
    `the module ${file} exports no agent`,
    'Export a function as `default` or `run`, or the result of defineAgent as `default`.',
  );
}

function isFunctionAgent(value: unknown): value is { readonly run: unknown } {
  return typeof value === 'object' && value !== null && 'run' in value;
}

function fatal(message: string, hint: string | undefined): AgentError {
  return new AgentError(message, { class: 'fatal', ...(hint === undefined ? {} : { details: { hint } }) });
}
