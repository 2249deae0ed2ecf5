import { readPast } from '../../simulation/past.ts';
import { prepareFork } from '../../simulation/rehearsal.ts';
import type { CliContext } from '../context.ts';
import { openExecution } from '../state/state.ts';
import { readAgentsFile } from './read-agents.ts';
import { readTaskHistory } from './read-history.ts';

export interface LiveOptions {
  readonly fork: string;
  readonly at?: number | undefined;
  readonly agents?: readonly string[];
  readonly without?: readonly string[];
  readonly seats?: number;
  readonly spread?: number;
  readonly durations: 'estimates' | 'history' | 'auto';
  readonly data?: string;
}

/** A live execution of the data folder, ready to go on in virtual time. Throws EXECUTION_UNKNOWN, FORK_IMPOSSIBLE. */
export async function prepareLive(context: CliContext, options: LiveOptions) {
  const { fork, at, agents = [], without, seats, spread, durations } = options;
  const cast = await readAgentsFile(context, agents);
  // Of the folder alone: a simulation asks no server.
  await using opened = await openExecution(context, fork, { data: options.data, nats: 'none' });
  const past = await readPast(fork, opened.sources, { position: at, now: context.clock.now() });
  const task = past.pinned.definition.name;
  const history = durations === 'estimates' ? undefined : await readTaskHistory(context, task, options);
  const { definition, ...forked } = prepareFork({
    ...cast,
    past,
    without,
    seats,
    spread: spread === undefined ? undefined : spread / 100,
    history,
  });
  return { ...forked, prepared: { definition }, executions: history?.executions };
}
