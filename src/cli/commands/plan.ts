import type { Command } from 'commander';
import { definitionInvalid, inputInvalid } from '../../errors.ts';
import type { Json } from '../../json.ts';
import type { TaskDefinition } from '../../task/definition.ts';
import { evaluate } from '../../task/expression.ts';
import { planTask } from '../../task/plan.ts';
import { checkInput } from '../../task/requirements.ts';
import { isTemplate } from '../../task/template.ts';
import { agentDirsOf, type CliContext, printJson } from '../context.ts';
import { readInput } from '../drive/read-input.ts';
import { agentsOption, examples, jsonOption } from '../options.ts';
import { pageOf } from '../views/report-page.ts';
import { type Foreseen, planLines } from '../views/report-plan.ts';

interface PlanOptions {
  readonly input?: readonly string[];
  readonly inputFile?: string;
  readonly json?: boolean;
  readonly agents?: readonly string[];
}

export function register(program: Command, context: CliContext): void {
  program
    .command('plan')
    .argument('<file>', 'a task file, or the name of a task')
    .description('show in which order a task would run, and who would do what')
    .option(
      '-i, --input <field=value>',
      'a field of the input, to see which phases run and how often',
      collect,
    )
    .option('--input-file <file>', 'JSON or YAML with the fields of the input; - reads standard input')
    .addOption(agentsOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        ['troupe plan review', 'waves, critical path, agents'],
        ['troupe plan review -i file=a.ts', 'with this input'],
        ['troupe plan review --json', 'for a program'],
      ),
    )
    .action((file: string, options: PlanOptions) => plan(file, options, context));
}

async function plan(name: string, options: PlanOptions, context: CliContext): Promise<void> {
  // Reading tasks and agents takes parsers that most commands do without.
  const [{ catalogueFor }, { readTaskFile }, { locateTask }] = await Promise.all([
    import('../../library/prepare-task.ts'),
    import('../../task/read.ts'),
    import('../find-tasks.ts'),
  ]);
  const file = await locateTask(name, context);
  const { task, diagnostics } = await readTaskFile(file);
  if (task === undefined) throw definitionInvalid(file, diagnostics);
  const planned = planTask(task);
  const foreseen = await foresee(task, options, context);
  const catalogue = catalogueFor({ agentDirs: agentDirsOf(context, options), cwd: context.cwd }, file);
  const known = new Set(await catalogue.names());
  const unknownAgents = new Set(planned.agents.filter((agent) => !isTemplate(agent) && !known.has(agent)));
  if (options.json === true) {
    printJson(context, {
      ...planned,
      waves: planned.waves.map((wave) => wave.map((phase) => ({ ...phase, ...foreseen.get(phase.name) }))),
      unknownAgents: [...unknownAgents],
    });
    return;
  }
  const { stdout, clock } = context;
  const lines = planLines(planned, { unknownAgents, foreseen }, pageOf(stdout, clock.now()));
  for (const line of lines) stdout.line(line);
}

/** What of `when` and `forEach` is certain from the input alone; nothing without one. Throws INPUT_INVALID. */
async function foresee(
  task: TaskDefinition,
  options: PlanOptions,
  context: CliContext,
): Promise<ReadonlyMap<string, Foreseen>> {
  if (options.input === undefined && options.inputFile === undefined) return new Map();
  const { input, problems } = checkInput(task, await readInput(context, options));
  if (problems.length > 0) throw inputInvalid(task.name, problems);
  return new Map(
    task.phases.map(({ name, when, forEach }) => {
      const runs = when === undefined ? undefined : valueWith(when, input, task);
      const items = forEach === undefined ? undefined : valueWith(forEach, input, task);
      return [
        name,
        {
          ...(typeof runs === 'boolean' ? { runs } : {}),
          ...(Array.isArray(items) ? { itemCount: items.length } : {}),
        },
      ] as const;
    }),
  );
}

/** Undefined when the expression needs what phases give. */
function valueWith(
  expression: string,
  input: { readonly [field: string]: Json | undefined },
  { name, version }: TaskDefinition,
): unknown {
  try {
    const execution = { id: 'plan', task: name, version };
    return evaluate(expression, { input, phases: {}, outputs: {}, results: {}, execution });
  } catch {
    // It uses what is not known yet: the plan says nothing about it.
    return undefined;
  }
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
