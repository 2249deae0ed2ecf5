import { checkLines, verdictLine } from '../../conformance/report.ts';
import { runConformance } from '../../conformance/run-conformance.ts';
import type { CliContext } from '../context.ts';
import { printJson } from '../context.ts';
import { listenForInterrupts } from '../drive/interrupts.ts';
import { EXIT } from '../exit-codes.ts';
import { connectionTo } from '../nats/open-space.ts';
import type { NatsTarget } from '../nats/target.ts';
import type { StateOptions } from '../options.ts';

/** Tries the host of a role against the contract and says what it did; ends with 1 when it failed. */
export async function examine(
  context: CliContext,
  role: string,
  options: StateOptions & { readonly json?: boolean | undefined },
  target: NatsTarget,
): Promise<void> {
  const { stdout } = context;
  await using connection = await connectionTo(context, options, target, 'drive');
  const breakOff = new AbortController();
  using interrupts = listenForInterrupts(context, () => context.endAtOnce(EXIT.interrupted));
  void interrupts.first.then(() => breakOff.abort());
  const report = await runConformance({
    ...connection.options,
    role,
    signal: breakOff.signal,
    onCheck: (result) => {
      if (options.json !== true) for (const line of checkLines(result)) stdout.line(line);
    },
  });
  if (options.json === true) printJson(context, report);
  else stdout.line(verdictLine(report));
  if (interrupts.count > 0) context.exitCode = EXIT.interrupted;
  else if (!report.passed) context.exitCode = EXIT.failed;
}
