import type { Command } from 'commander';
import { usageInvalid } from '../../errors.ts';
import { type CliContext, loggerOf } from '../context.ts';
import { listenForInterrupts } from '../drive/interrupts.ts';
import { natsOf } from '../nats/target.ts';
import { examples, type StateOptions, withStateOptions } from '../options.ts';

interface McpOptions extends StateOptions {
  readonly as?: string;
  readonly readOnly?: boolean;
  readonly drive?: boolean;
}

const ABOUT = `

A coding agent starts it as {"mcpServers": {"troupe": {"command": "npx", "args": ["troupe", "mcp"]}}} in its configuration; see docs/mcp.md.
Standard output is the protocol's; what else there is to say goes to standard error.`;

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('mcp')
    .description('serve coding agents over the Model Context Protocol, on standard input and output')
    .option('--read-only', 'offer nothing that changes anything')
    .option('--drive', 'go on with executions in this process, as troupe up does')
    .option('--as <name>', 'in whose name it decides (default: the setting user, else who is logged in)')
    .addHelpText(
      'after',
      examples(
        ['troupe mcp', 'tasks, run, list, show, why, events, approvals, approve, … as tools'],
        ['troupe mcp --drive', 'and what is run goes on here, without a troupe up'],
        ['troupe mcp --read-only', 'only look'],
        ['troupe mcp --nats URL', 'on a server'],
      ) + ABOUT,
    )
    .action((options: McpOptions) => mcp(context, options));
  withStateOptions(command);
}

async function mcp(context: CliContext, options: McpOptions): Promise<void> {
  if (options.drive === true && natsOf(context, options) !== undefined) {
    throw usageInvalid('--drive is for a data folder.', 'On a server `troupe up` drives; leave --drive out.');
  }
  if (options.drive === true && options.readOnly === true) {
    throw usageInvalid('--drive changes what --read-only leaves as it is.', 'Leave one of them out.');
  }
  const [{ serveStdio }, { createMcpServer }, { openPlace }] = await Promise.all([
    import('@modelcontextprotocol/server/stdio'),
    import('../../mcp/server.ts'),
    import('../mcp/place.ts'),
  ]);
  const logger = loggerOf(context);
  using interrupts = listenForInterrupts(context, () => context.endAtOnce(130));
  await using opened = await openPlace(context, options);
  const hungUp = new Promise<void>((resolve) => {
    for (const event of ['end', 'close']) process.stdin.once(event, () => resolve());
  });
  const server = serveStdio(
    () =>
      createMcpServer({
        place: opened.place,
        isReadOnly: options.readOnly,
        onFailure: (tool, error) => {
          const level = error.code === 'UNEXPECTED' ? 'error' : 'debug';
          logger[level]({ err: error, tool }, 'a tool failed');
        },
      }),
    { onerror: (error) => logger.warn({ err: error }, 'the connection has a fault') },
  );
  await Promise.race([hungUp, interrupts.first]);
  await server.close();
}
