import { executionUnknown } from '../../errors.ts';
import type { CliContext } from '../context.ts';
import { natsOf } from '../nats/target.ts';
import type { StateOptions } from '../options.ts';
import type { ServeOptions } from '../serve/options.ts';
import { openState, type State, type StateUse } from '../state/state.ts';
import { createRunView } from '../views/create-run-view.ts';
import type { RunView } from '../views/run-view.ts';
import { follow } from './follow.ts';
import { relayProgress } from './progress-relay.ts';

export interface ElsewhereOptions extends StateOptions, ServeOptions {
  readonly json?: boolean | undefined;
  /** Serve the inspector meanwhile. */
  readonly ui?: boolean | undefined;
}

/**
 * What `run`, `resume` and `retry` have in common where orchestrators drive: ask for it by a record, show what comes of it, tell how it
 * ended. Throws EXECUTION_UNKNOWN where nothing has ever been.
 */
export async function runElsewhere(
  context: CliContext,
  execution: string,
  options: ElsewhereOptions,
  use: StateUse,
  ask: (state: State, view: RunView) => Promise<void>,
): Promise<void> {
  const { json = false } = options;
  const view = createRunView(context, { json, hostsAreElsewhere: true });
  try {
    await using state = await openState({ ...context, stderr: view.stderr }, options, use);
    if (state === undefined) throw executionUnknown(execution);
    using progress = relayProgress(state.of(execution).live, execution, view);
    await using _serving = options.ui === true ? await serveHere(context, options, state, view) : undefined;
    await ask(state, view);
    await follow(context, state, { ...options, execution, view, json, progress });
  } finally {
    view.end();
  }
}

async function serveHere(
  context: CliContext,
  options: ElsewhereOptions,
  state: State,
  view: RunView,
): Promise<AsyncDisposable> {
  const { serveState } = await import('../serve/namespace.ts');
  const namespace = natsOf(context, options)?.namespace ?? 'default';
  return serveState(context, options, { state, namespace }, (line) => view.say(line));
}
