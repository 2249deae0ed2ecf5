import { hostname } from 'node:os';
import { isGoneHere, machineId } from '../../adapters/system/processes.ts';
import { workingFilesIn } from '../../adapters/system/working-files.ts';
import { Watchers } from '../../engine/watchers.ts';
import { Orchestrator } from '../../orchestrator/orchestrator.ts';
import { loadTelemetry } from '../../telemetry/load.ts';
import { chosenSetting } from '../config/load.ts';
import { notifierOf } from '../config/notifier.ts';
import { type CliContext, loggerOf } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { openSpace } from '../nats/open-space.ts';
import { rangesInWords } from '../nats/partitions.ts';
import type { NatsTarget } from '../nats/target.ts';
import type { StateOptions } from '../options.ts';
import type { ServeOptions } from '../serve/options.ts';
import { type InspectOptions, openInspection } from '../stately/options.ts';
import { eventLine } from '../views/event-line.ts';
import { counted } from '../words.ts';
import { endAfter } from './end-at-once.ts';
import { listenForInterrupts } from './interrupts.ts';

/**
 * Drives a share of a namespace's executions, beside other orchestrators, until it is asked to stop: then its share goes to them at
 * once. Agents work on meanwhile. Asked a second time it ends at once; the others find out.
 */
export async function orchestrate(
  context: CliContext,
  options: StateOptions & InspectOptions,
  target: NatsTarget,
  /** How to serve the inspector; undefined: not at all. */
  serve?: ServeOptions | undefined,
): Promise<void> {
  const { stdout, stderr, clock, random } = context;
  let leave = async (): Promise<void> => undefined;
  using interrupts = listenForInterrupts(context, () => void endAfter(context, leave()));
  await using open = await openSpace(context, options, target, 'drive');
  leave = () => open.leave();
  const { space } = open;
  for (const warning of space.warnings) stderr.line(`${stderr.style.yellow('warning:')} ${warning}`);
  await using inspection = await openInspection(context, options, (line) => stdout.line(line));
  const watchers = new Watchers();
  let held = '';
  const orchestrator = await Orchestrator.start({
    space,
    self: {
      process: random.id(),
      pid: process.pid,
      hostname: hostname(),
      machine: machineId(),
      startedAt: clock.now(),
    },
    isGone: isGoneHere,
    clock,
    random,
    files: workingFilesIn(context.cwd),
    logger: loggerOf(context),
    notifier: notifierOf({ ...context, logger: loggerOf(context) }),
    leaseMs: chosenSetting(context, 'leaseMs'),
    tracing: (await loadTelemetry())?.executions,
    watcher: watchers,
    inspect: inspection?.inspect,
    onEvent: (event) => {
      const line = eventLine(event);
      if (line !== undefined) stdout.line(`${stdout.style.dim(event.id)} ${line}`);
    },
    onPartitions: (now) => {
      const words = holdingInWords(now, space.partitions);
      if (words === held || interrupts.count > 0) return;
      held = words;
      stdout.line(stdout.style.dim(words));
    },
  });
  let serving: AsyncDisposable | undefined;
  try {
    stdout.line(
      `Driving the executions in ${target.namespace} on ${open.shown}. Ctrl-C leaves them to other orchestrators.`,
    );
    if (serve !== undefined) {
      const { serveNamespace } = await import('../serve/namespace.ts');
      serving = await serveNamespace(context, { ...options, ...serve }, { space, watchers }, (line) =>
        stdout.line(line),
      );
    }
    await interrupts.first;
    stderr.line('Stopping. Ctrl-C again ends at once.');
    context.exitCode = EXIT.interrupted;
  } finally {
    await serving?.[Symbol.asyncDispose]();
    await orchestrator.stop();
  }
}

/** `Holding 4 of 8 partitions: 0-2, 7.` */
function holdingInWords(held: readonly number[], all: number): string {
  if (held.length === 0) return `Holding none of ${counted(all, 'partition')}: others do.`;
  return `Holding ${held.length} of ${counted(all, 'partition')}: ${rangesInWords(held)}.`;
}
