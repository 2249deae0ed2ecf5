import type { Command } from 'commander';
import { derivedSteps } from '../../../machines/derived-steps.ts';
import type { AgentCatalogue } from '../../agent/catalogue.ts';
import type { TaskDefinition } from '../../task/definition.ts';
import { type Diagnostic, hasErrors } from '../../task/diagnostic.ts';
import { agentDirsOf, type CliContext, printJson } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { agentsOption, examples, jsonOption } from '../options.ts';
import { shownPath, sourceText } from '../source-text.ts';
import { diagnosticLines, summaryLine } from '../views/report-diagnostics.ts';

interface ValidateOptions {
  readonly json?: boolean;
  readonly agents?: readonly string[];
}

export function register(program: Command, context: CliContext): void {
  program
    .command('validate')
    .argument('<file...>', 'task files, or names of tasks')
    .description('check task files, as a compiler does')
    .addOption(jsonOption())
    .addOption(agentsOption())
    .addHelpText(
      'after',
      `${examples(
        ['troupe validate tasks/*.md', 'every mistake of every file, with its place'],
        ['troupe validate review --json', 'the same for an editor or a script'],
      )}\n\nEnds with 2 when there is an error; warnings and notes are no errors.`,
    )
    .action((files: readonly string[], options: ValidateOptions) => validate(files, options, context));
}

/** What was found in one file. */
interface Validated {
  /** Relative to the working directory where it lies in it. */
  readonly file: string;
  /** Absent when the file has errors. */
  readonly task: TaskDefinition | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

async function validate(
  files: readonly string[],
  options: ValidateOptions,
  context: CliContext,
): Promise<void> {
  const validated: Validated[] = [];
  for (const file of files) validated.push(await validateFile(file, options, context));
  const diagnostics = validated.flatMap((one) => one.diagnostics);
  if (hasErrors(diagnostics)) context.exitCode = EXIT.usage;
  if (options.json === true) {
    printJson(context, {
      valid: !hasErrors(diagnostics),
      files: validated.map(({ file, task, diagnostics: found }) => ({
        file,
        task: task === undefined ? null : { name: task.name, version: task.version },
        valid: !hasErrors(found),
        diagnostics: found,
      })),
    });
    return;
  }
  const { stdout } = context;
  for (const line of diagnosticLines(diagnostics, sourceText(context), stdout.style)) stdout.line(line);
  if (diagnostics.length > 0) stdout.line();
  for (const one of validated) stdout.line(summaryLine(one, stdout.style));
}

async function validateFile(name: string, options: ValidateOptions, context: CliContext): Promise<Validated> {
  const { cwd } = context;
  // Reading tasks and agents takes parsers that most commands do without.
  const [{ catalogueFor }, { readTaskFile }, { locateTask }] = await Promise.all([
    import('../../library/prepare-task.ts'),
    import('../../task/read.ts'),
    import('../find-tasks.ts'),
  ]);
  const file = await locateTask(name, context);
  const catalogue = catalogueFor({ agentDirs: agentDirsOf(context, options), cwd }, file);
  const { task, diagnostics } = await readTaskFile(file, { agents: [...(await catalogue.names())] });
  const all = [...diagnostics, ...(task === undefined ? [] : await agentDiagnostics(task, catalogue))];
  return {
    file: shownPath(file, cwd),
    task: hasErrors(all) ? undefined : task,
    diagnostics: all.map((one) => ({ ...one, file: shownPath(one.file, cwd) })),
  };
}

/** A task whose agents' files have mistakes would not start either. */
async function agentDiagnostics(
  task: TaskDefinition,
  catalogue: AgentCatalogue,
): Promise<readonly Diagnostic[]> {
  const steps = task.phases.flatMap((phase) => phase.steps);
  const roles = new Set(
    steps.flatMap((step) =>
      [step, ...derivedSteps(step)].flatMap((each) => (each.kind === 'agent' ? [each.agent] : [])),
    ),
  );
  const entries = await Promise.all([...roles].map((role) => catalogue.find(role)));
  return entries.flatMap((entry) => entry?.diagnostics ?? []);
}
