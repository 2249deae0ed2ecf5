import type { Command } from 'commander';
import { agentDirsOf, type CliContext, dataDirOf, printJson } from '../context.ts';
import { checkAgents, isProgram } from '../doctor/agents.ts';
import { checkDatabases, checkProcesses } from '../doctor/databases.ts';
import { type Finding, note, ok } from '../doctor/finding.ts';
import { checkFolder } from '../doctor/folder.ts';
import { checkNats, checkServerProgram } from '../doctor/nats.ts';
import { checkNode } from '../doctor/node.ts';
import { EXIT } from '../exit-codes.ts';
import { natsOf } from '../nats/target.ts';
import { agentsOption, jsonOption, type StateOptions, withStateOptions } from '../options.ts';
import { findingLines } from '../views/report-findings.ts';
import { pageOf } from '../views/report-page.ts';
import { counted } from '../words.ts';

interface DoctorOptions extends StateOptions {
  readonly json?: boolean;
  readonly agents?: readonly string[];
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('doctor')
    .description('look for what keeps Troupe from working here, and say what to do')
    .addOption(jsonOption())
    .addOption(agentsOption())
    .addHelpText('after', '\nEnds with 1 when something has to be mended.')
    .action((options: DoctorOptions) => doctor(options, context));
  withStateOptions(command);
}

async function doctor(options: DoctorOptions, context: CliContext): Promise<void> {
  const findings = await examine(options, context);
  const problems = findings.filter(({ kind }) => kind === 'problem').length;
  if (problems > 0) context.exitCode = EXIT.failed;
  if (options.json === true) {
    printJson(context, { healthy: problems === 0, findings });
    return;
  }
  const { stdout } = context;
  for (const line of findingLines(findings, pageOf(stdout, context.clock.now()))) stdout.line(line);
  stdout.line();
  stdout.line(problems === 0 ? 'All is well.' : `${counted(problems, 'thing')} to mend.`);
}

async function examine(options: DoctorOptions, context: CliContext): Promise<readonly Finding[]> {
  const dir = dataDirOf(context, options);
  // Reading tasks and agents takes parsers that most commands do without.
  const { catalogueFor } = await import('../../library/prepare-task.ts');
  const catalogue = catalogueFor({ agentDirs: agentDirsOf(context, options), cwd: context.cwd });
  const target = natsOf(context, options);
  return [
    checkNode(process.versions.node),
    ...checkFolder(dir),
    ...checkDatabases(dir),
    ...checkProcesses(dir),
    ...(await checkAgents(catalogue, context.env)),
    ...(target === undefined ? [] : await checkNats(context, options, target)),
    checkServerProgram(context.env, target?.url === 'auto'),
    ...TOOLS.map(({ program, use }) =>
      isProgram(program, context.env) ? ok(program, 'is installed') : note(program, 'is not installed', use),
    ),
  ];
}

const TOOLS = [
  { program: 'git', use: 'Only agents that work in copies of a repository need it.' },
  { program: 'python3', use: 'Only agents written in Python need it.' },
] as const;
