import { type Command, InvalidArgumentError, Option } from 'commander';
import { usageInvalid } from '../../errors.ts';
import type { CliContext } from '../context.ts';
import { loadAgents } from '../host/load-agents.ts';
import { natsOf } from '../nats/target.ts';
import { agentsOption, examples, type StateOptions, withStateOptions } from '../options.ts';

interface AgentOptions extends StateOptions {
  readonly agents?: readonly string[];
  readonly role?: readonly string[];
  readonly concurrency?: number;
  readonly name?: string;
  readonly conformance?: string;
  readonly json?: boolean;
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('agent')
    .argument(
      '[agent-file...]',
      'agent files: Markdown, or modules that export agents; without, all that can be named',
    )
    .description('offer agents to executions on a NATS server, from any machine')
    .addOption(agentsOption())
    .option('--role <name...>', 'only these of the agents found')
    .addOption(
      new Option(
        '-c, --concurrency <count>',
        'attempts at once of each agent (default: as its file says)',
      ).argParser(wholeNumber),
    )
    .option('--name <host>', 'id of this host, different from that of every other (default: by the machine)')
    .option('--conformance <role>', 'try the host of a role, in any language, against the contract')
    .addOption(
      new Option('--json', 'with --conformance: write one JSON document to standard output, nothing else'),
    )
    .addHelpText(
      'after',
      examples(
        ['troupe agent --nats nats://HOST:4222', 'all agents of this folder and those that ship'],
        ['troupe agent agents/chair.md -c 4 --nats auto', 'one agent, four attempts at once'],
        ['troupe agent --role chair analyst', 'two of them'],
        ['troupe agent --conformance chair --nats URL', 'is the host of chair one that Troupe can use?'],
      ),
    )
    .action((files: readonly string[], options: AgentOptions) => agent(context, files, options));
  withStateOptions(command);
}

async function agent(context: CliContext, files: readonly string[], options: AgentOptions): Promise<void> {
  const target = natsOf(context, options);
  if (target === undefined) {
    throw usageInvalid(
      'troupe agent needs a NATS server.',
      'Name one with --nats URL, or start one for this project with --nats auto. Without a server `troupe run` runs agents itself.',
    );
  }
  if (options.conformance !== undefined) {
    const { examine } = await import('../host/examine.ts');
    await examine(context, options.conformance, options, target);
    return;
  }
  if (options.json === true) throw usageInvalid('--json goes with --conformance.');
  const loaded = await loadAgents(context, files, options);
  if (loaded.agents.length === 0) {
    throw usageInvalid(
      'There is no agent here that a host could run.',
      'troupe agents lists those there are.',
    );
  }
  const { serve } = await import('../host/serve.ts');
  await serve(context, loaded, options, target);
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError(`'${text}' is not a whole number from 1.`);
  return Number(text);
}
