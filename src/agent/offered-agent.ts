import type { ProcessGroups } from '../ports/process-groups.ts';
import { defaultConcurrency } from './concurrency.ts';
import type { FunctionAgent } from './define.ts';
import type { AgentDefinition, LivenessBounds } from './definition.ts';
import type { Runner } from './runner.ts';
import { commandRunner } from './runners/command.ts';
import type { Environment } from './runners/environment.ts';
import { functionRunner } from './runners/function.ts';
import { moduleRunner } from './runners/module.ts';
import { workerRunner } from './runners/worker-pool.ts';
import { Scrubber } from './scrub.ts';

/** An agent as a host offers it: known by its role, with everything an attempt needs. */
export interface OfferedAgent {
  readonly name: string;
  readonly concurrency: number;
  readonly runner: Runner;
  readonly scrubber: Scrubber | undefined;
  readonly outputSchema: { readonly [key: string]: unknown } | undefined;
  readonly timeoutMs: number | undefined;
  readonly liveness: LivenessBounds | undefined;
}

export interface RunnerSettings {
  readonly environment: Environment;
  readonly cancelGraceMs: number;
  readonly outputLimitBytes: number;
  readonly processGroups: ProcessGroups | undefined;
}

/** Undefined for an agent that no program performs: `human`, or a file that names no runner. */
export function toOfferedAgent(
  agent: FunctionAgent | AgentDefinition,
  settings: RunnerSettings,
): OfferedAgent | undefined {
  const found = 'kind' in agent ? functionOf(agent, settings) : runnerOf(agent, settings);
  if (found === undefined) return undefined;
  const { name, concurrency = defaultConcurrency(found.kind), outputSchema, timeoutMs, liveness } = agent;
  const scrubber = Scrubber.of(agent.env, settings.environment);
  return { name, concurrency, runner: found.runner, scrubber, outputSchema, timeoutMs, liveness };
}

type FoundRunner = { readonly kind: 'command' | 'in-process' | 'worker'; readonly runner: Runner };

function functionOf({ run }: FunctionAgent, { cancelGraceMs }: RunnerSettings): FoundRunner {
  return { kind: 'in-process', runner: functionRunner(run, cancelGraceMs) };
}

function runnerOf(definition: AgentDefinition, settings: RunnerSettings): FoundRunner | undefined {
  switch (definition.runner) {
    case 'command':
      return { kind: 'command', runner: commandRunner(definition, settings) };
    case 'module':
      return definition.worker
        ? { kind: 'worker', runner: workerRunner(definition, settings) }
        : { kind: 'in-process', runner: moduleRunner(definition, settings.cancelGraceMs) };
    case 'human':
    case undefined:
      return undefined;
  }
}
