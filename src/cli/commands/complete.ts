import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { usageInvalid } from '../../errors.ts';
import type { Json } from '../../json.ts';
import { type Control, refusalOf } from '../../library/controls.ts';
import { type CliContext, pathOf, printJson } from '../context.ts';
import { send, sentDocument } from '../drive/control.ts';
import { sayWhatFollows } from '../drive/decide.ts';
import { readDocument } from '../drive/read-input.ts';
import { examples, jsonOption, type StateOptions, withStateOptions } from '../options.ts';
import { personOf } from '../person.ts';
import { openExecution } from '../state/state.ts';

interface CompleteOptions extends StateOptions {
  readonly output: string;
  readonly as?: string;
  readonly json?: boolean;
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('complete')
    .argument('<execution>', 'its id, see troupe list')
    .argument('<step>', 'its id, see troupe show')
    .description('finish a step by hand, with an output of your own')
    .requiredOption('--output <json>', 'JSON, or a file with JSON or YAML; - reads standard input')
    .option('--as <name>', 'who you are (default: the setting user, else your login)')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        ['troupe complete nightly summary --output summary.json', 'from a file'],
        [`troupe complete nightly rating --output '{"score": 7}'`, 'in place'],
      ),
    )
    .action((execution: string, step: string, options: CompleteOptions) =>
      complete(context, execution, step, options),
    );
  withStateOptions(command);
}

/** An agent at work on the step is stopped first; what it still reports counts for nothing. */
async function complete(
  context: CliContext,
  execution: string,
  step: string,
  options: CompleteOptions,
): Promise<void> {
  const by = personOf(context, options.as);
  const output = await outputOf(context, options.output);
  await using data = await openExecution(context, execution, options, 'control');
  const control: Control = { kind: 'complete', step, output, by };
  const sent = await send(context, data, execution, control);
  if (!sent.applied.accepted) throw refusalOf(execution, control, sent.applied.reason, sent.fold.status);
  if (options.json === true) {
    printJson(context, { ...sentDocument(execution, sent), step, by });
    return;
  }
  const isAtWork = sent.fold.world.steps.get(step)?.getSnapshot().value === 'draining';
  context.stdout.line(
    isAtWork
      ? `Kept the output of ${step} as ${by}: it counts once the agent at work has stopped.`
      : `Completed ${step} of ${execution} by hand as ${by}.`,
  );
  sayWhatFollows(context, sent, { execution, step, options });
}

async function outputOf(context: CliContext, given: string): Promise<Json> {
  if (given === '-' || existsSync(pathOf(context, given))) return readDocument(context, given);
  try {
    return JSON.parse(given) as Json;
  } catch (error) {
    throw usageInvalid(
      `--output ${given.slice(0, 80)} is neither a file nor JSON: ${(error as Error).message}`,
      'Quote JSON for your shell, a text too: --output \'"text"\'.',
    );
  }
}
