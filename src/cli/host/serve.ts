import { openSqliteStore } from '../../adapters/sqlite/store.ts';
import { AgentHost } from '../../agent/host.ts';
import type { ProcessGroups } from '../../ports/process-groups.ts';
import { loadTelemetry } from '../../telemetry/load.ts';
import { settingsOf } from '../config/load.ts';
import { type CliContext, dataDirOf, loggerOf } from '../context.ts';
import { endAfter } from '../drive/end-at-once.ts';
import { listenForInterrupts } from '../drive/interrupts.ts';
import { EXIT } from '../exit-codes.ts';
import type { OpenSpace } from '../nats/open-space.ts';
import type { NatsTarget } from '../nats/target.ts';
import { openWhenThere } from '../nats/when-there.ts';
import type { StateOptions } from '../options.ts';
import { counted } from '../words.ts';
import { hostIdOf } from './host-id.ts';
import type { LoadedAgents } from './load-agents.ts';

export interface ServeOptions extends StateOptions {
  /** Id of the host; made from the machine's name when absent. */
  readonly name?: string | undefined;
}

/**
 * Offers agents to the executions of a namespace until it is asked to stop: then it takes no more work and lets the work at hand
 * end. Asked a second time it kills what is at work and ends at once.
 */
export async function serve(
  context: CliContext,
  { agents, leftOut }: LoadedAgents,
  options: ServeOptions,
  target: NatsTarget,
): Promise<void> {
  const { stdout, stderr, clock, random } = context;
  const id = hostIdOf(options, random);
  let endAtOnce = (): void => context.endAtOnce(EXIT.interrupted);
  using interrupts = listenForInterrupts(context, () => endAtOnce());
  await using open = await openWhenThere(context, options, target, 'work', interrupts.first);
  if (open === undefined) return;
  const { space } = open;
  const logger = loggerOf(context);
  await using store = await openSqliteStore({ dir: dataDirOf(context, options), clock, random, logger });
  const { processGroups, dataId } = store;
  // What a host before this one left at work when it was killed: somebody else may do that work by now.
  await processGroups.killAttemptsOf('dead');
  await using desk = space.deskFor(id);
  await using host = new AgentHost({
    host: id,
    processId: store.ownership.self.process,
    agents,
    queue: space.queue,
    desk,
    artifacts: space.artifacts,
    directory: space.directory,
    onProgress: (progress) => space.live.publish(progress),
    processGroups,
    dataId,
    environment: context.env,
    cancelGraceMs: settingsOf(context).cancelGraceMs,
    clock,
    random,
    logger,
    tracing: (await loadTelemetry())?.attempts,
  });
  endAtOnce = () => void killAtOnce(context, host, processGroups, open);
  host.start();
  const offered = agents.map(({ name, concurrency }) =>
    concurrency === undefined ? name : `${name} (${concurrency} at once)`,
  );
  for (const role of leftOut) stderr.line(`${role} is left out: its file names nothing to run.`);
  stdout.line(`${id} offers ${offered.join(', ')} in ${target.namespace} on ${open.shown}.`);
  stdout.line('Ctrl-C stops after the work at hand.');
  await interrupts.first;
  stderr.line(stoppingInWords(host.working));
  await host.stop({ drain: true });
}

function stoppingInWords(working: readonly string[]): string {
  if (working.length === 0) return 'Stopping.';
  const what = `${counted(working.length, 'attempt')} at work may end first (${working.join(', ')})`;
  return `Stopping: ${what}. Ctrl-C again ends at once.`;
}

/** Work is given back where that can be said in time; its programs are killed whatever happens. */
async function killAtOnce(
  context: CliContext,
  host: AgentHost,
  processGroups: ProcessGroups,
  open: OpenSpace,
): Promise<void> {
  // First, so that the death of a program counts as given back and not as the failure of its attempt.
  const stopped = host.stop();
  await new Promise((resolve) => setImmediate(resolve));
  await processGroups.killAttemptsOf('own').catch(() => undefined);
  await endAfter(
    context,
    stopped.then(() => open.leave()),
  );
}
