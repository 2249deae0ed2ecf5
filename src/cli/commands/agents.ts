import type { Command } from 'commander';
import type { CatalogueEntry } from '../../agent/catalogue.ts';
import { isoTime } from '../../iso-time.ts';
import type { AttemptPresence, HostPresence } from '../../ports/agent-directory.ts';
import { agentDirsOf, type CliContext, printJson } from '../context.ts';
import { agentsOption, examples, jsonOption, type StateOptions, withStateOptions } from '../options.ts';
import { openState } from '../state/state.ts';
import { agentLines, hostLines } from '../views/report-agents.ts';
import { pageOf } from '../views/report-page.ts';

interface AgentsOptions extends StateOptions {
  readonly json?: boolean;
  readonly agents?: readonly string[];
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('agents')
    .description('list the agents that tasks here can name, and the hosts at work')
    .addOption(agentsOption())
    .addOption(jsonOption())
    .addHelpText('after', examples(['troupe agents', 'names, what each runs, and where its file is']))
    .action((options: AgentsOptions) => agents(options, context));
  withStateOptions(command);
}

async function agents(options: AgentsOptions, context: CliContext): Promise<void> {
  // Reading tasks and agents takes parsers that most commands do without.
  const { catalogueFor } = await import('../../library/prepare-task.ts');
  const catalogue = catalogueFor({ agentDirs: agentDirsOf(context, options), cwd: context.cwd });
  const [entries, hosts] = await Promise.all([catalogue.list(), liveHosts(options, context)]);
  if (options.json === true) {
    printJson(context, { agents: entries.map(agentDocument), hosts: hosts.map(hostDocument) });
    return;
  }
  const { stdout, cwd } = context;
  const page = pageOf(stdout, context.clock.now());
  for (const line of agentLines(entries, cwd, page)) stdout.line(line);
  for (const line of hostLines(hosts, page)) stdout.line(line);
}

async function liveHosts(options: AgentsOptions, context: CliContext): Promise<readonly HostPresence[]> {
  await using state = await openState(context, options);
  return state === undefined ? [] : await state.directory.list();
}

function agentDocument({ name, file, definition, diagnostics }: CatalogueEntry): object {
  return {
    name,
    file,
    valid: definition !== undefined,
    description: definition?.description ?? null,
    runner: definition?.runner ?? null,
    command: definition?.command,
    module: definition?.module,
    concurrency: definition?.concurrency,
    diagnostics,
  };
}

function hostDocument({ startedAt, seenAt, attempts = [], ...presence }: HostPresence): object {
  const times = { startedAt: isoTime(startedAt), seenAt: isoTime(seenAt) };
  return { ...presence, attempts: attempts.map(attemptDocument), ...times };
}

function attemptDocument({ startedAt, processSeenAt, progressAt, ...attempt }: AttemptPresence): object {
  return {
    ...attempt,
    startedAt: isoTime(startedAt),
    processSeenAt: isoTime(processSeenAt),
    progressAt: isoTime(progressAt),
  };
}
