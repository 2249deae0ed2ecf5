import type { CliContext } from '../context.ts';
import { LiveView } from './live-view.ts';
import { PlainView } from './plain-view.ts';
import type { RunView } from './run-view.ts';
import { silentView } from './silent-view.ts';

export interface RunViewOptions {
  readonly json: boolean;
  /** Agents are run by hosts from files of their own, so that what this folder's files say does not tell who waits for whom. */
  readonly hostsAreElsewhere?: boolean | undefined;
}

/**
 * The view that fits where the command writes to: drawn in place on a terminal, one line per event elsewhere. With `--json`
 * standard output belongs to the document, so there are lines on standard error if that is a terminal, else nothing.
 */
export function createRunView(
  context: CliContext,
  { json, hostsAreElsewhere = false }: RunViewOptions,
): RunView {
  const { stdout, stderr, clock } = context;
  if (json) {
    return stderr.isTerminal
      ? new PlainView({ output: stderr, stderr, clock, hostsAreElsewhere })
      : silentView(context);
  }
  if (stdout.isTerminal && context.env.TERM !== 'dumb')
    return new LiveView({ output: stdout, stderr, clock });
  return new PlainView({ output: stdout, stderr, clock, hostsAreElsewhere });
}
