import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { register as abort } from './commands/abort.ts';
import { register as agent } from './commands/agent.ts';
import { register as agents } from './commands/agents.ts';
import { register as approvals } from './commands/approvals.ts';
import { register as approve } from './commands/approve.ts';
import { register as complete } from './commands/complete.ts';
import { register as completion } from './commands/completion.ts';
import { register as config } from './commands/config.ts';
import { register as doctor } from './commands/doctor.ts';
import { register as events } from './commands/events.ts';
import { register as exportLog } from './commands/export.ts';
import { register as init } from './commands/init.ts';
import { register as list } from './commands/list.ts';
import { register as machines } from './commands/machines.ts';
import { register as mcp } from './commands/mcp.ts';
import { register as pause } from './commands/pause.ts';
import { register as plan } from './commands/plan.ts';
import { register as reject } from './commands/reject.ts';
import { register as rerun } from './commands/rerun.ts';
import { register as resume } from './commands/resume.ts';
import { register as retry } from './commands/retry.ts';
import { register as rollback } from './commands/rollback.ts';
import { register as run } from './commands/run.ts';
import { register as show } from './commands/show.ts';
import { register as signal } from './commands/signal.ts';
import { register as simulate } from './commands/simulate.ts';
import { register as tasks } from './commands/tasks.ts';
import { register as up } from './commands/up.ts';
import { register as validate } from './commands/validate.ts';
import { register as verify } from './commands/verify.ts';
import { register as vote } from './commands/vote.ts';
import { register as watch } from './commands/watch.ts';
import { settingsOf } from './config/load.ts';
import type { CliContext } from './context.ts';
import { assertFieldsOnce } from './input-fields.ts';
import { isLogLevel, LOG_LEVELS, type LogLevel } from './logging.ts';
import { reportError } from './report-error.ts';
import { version } from './version.ts';

/** What each file of `commands/` exports as `register`. */
export type Register = (program: Command, context: CliContext) => void;

/** In the order in which the help lists them, under the heading that says what they are for. */
const COMMANDS: readonly (readonly [heading: string, commands: readonly Register[]])[] = [
  ['Run:', [run, resume, rerun, up, agent, watch]],
  ['Control, from any terminal:', [pause, abort, retry, rollback, signal, complete]],
  ['Decide, from any terminal:', [approvals, approve, reject, vote]],
  ['Look:', [list, show, events, exportLog, verify]],
  ['Tasks and agents:', [tasks, validate, plan, simulate, agents]],
  ['Set up:', [init, doctor, config, completion, mcp, machines]],
];

/**
 * Runs one command line, `argv` without node and script. Never throws and never ends the process.
 *
 * @returns what the process should end with
 */
export async function runCommandLine(argv: readonly string[], context: CliContext): Promise<number> {
  // Also for what is found wrong before the options are read.
  context.wantsJson = argv.includes('--json');
  context.isVerbose = argv.includes('--verbose');
  try {
    await createProgram(context).parseAsync(argv.length === 0 ? ['--help'] : argv, { from: 'user' });
    return context.exitCode;
  } catch (error) {
    return reportError(context, error);
  }
}

/** The whole command line, for running it and for what describes it (help, completion). */
function createProgram(context: CliContext): Command {
  const program = new Command('troupe')
    .description('Runs multi-agent workflows that must not be lost.')
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .option('--verbose', 'show where errors come from')
    .addOption(
      new Option('--log-level <level>', `${LOG_LEVELS.join(', ')} (default: warn)`).argParser(logLevel),
    )
    .addHelpText('after', '\ntroupe COMMAND --help shows what a command takes, with examples.')
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHelpWidth: () => Math.min(context.stdout.columns, 100),
      getErrHelpWidth: () => Math.min(context.stderr.columns, 100),
      getOutHasColors: () => context.stdout.style.bold('x') !== 'x',
      getErrHasColors: () => context.stderr.style.bold('x') !== 'x',
      // What commander finds wrong is told by reportError, as everything else is.
      outputError: () => undefined,
    })
    .exitOverride()
    .showSuggestionAfterError()
    .hook('preAction', (_program, command) => {
      applyGlobals(command, context);
      assertFieldsOnce(command.opts());
    });
  for (const [heading, commands] of COMMANDS) {
    program.commandsGroup(heading);
    for (const register of commands) register(program, context);
  }
  tellUsage(program.commands);
  return program;
}

/** Makes errors about a command's arguments say how it is written, in the form of commander's own suggestions. */
function tellUsage(commands: readonly Command[]): void {
  for (const command of commands) {
    command.exitOverride((error) => {
      if (!ARGUMENT_ERRORS.has(error.code)) throw error;
      const path = [command.parent?.parent ? command.parent.name() : '', command.name()];
      const usage = ['troupe', ...path.filter((name) => name !== ''), command.usage()].join(' ');
      throw new CommanderError(error.exitCode, error.code, `${error.message}\n(Usage: ${usage})`);
    });
    tellUsage(command.commands);
  }
}

const ARGUMENT_ERRORS: ReadonlySet<string> = new Set([
  'commander.missingArgument',
  'commander.excessArguments',
]);

function applyGlobals(command: Command, context: CliContext): void {
  const {
    verbose,
    logLevel: level,
    json,
  } = command.optsWithGlobals<{
    verbose?: boolean;
    logLevel?: LogLevel;
    json?: boolean;
  }>();
  context.isVerbose = verbose === true || isSet(context.env.TROUPE_DEBUG);
  context.wantsJson = json === true;
  context.logLevel = level ?? settingsOf(context).logLevel;
}

function logLevel(text: string): LogLevel {
  if (!isLogLevel(text)) throw new InvalidArgumentError(`It is one of ${LOG_LEVELS.join(', ')}.`);
  return text;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0';
}
