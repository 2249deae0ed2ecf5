import type { Command } from 'commander';
import { usageInvalid } from '../../errors.ts';
import type { Json } from '../../json.ts';
import { type CliContext, printJson } from '../context.ts';
import { send, sentDocument } from '../drive/control.ts';
import { howTo } from '../drive/how-to.ts';
import { readDocument } from '../drive/read-input.ts';
import { examples, jsonOption, type StateOptions, withStateOptions } from '../options.ts';
import { openExecution } from '../state/state.ts';

interface SignalOptions extends StateOptions {
  readonly payloadFile?: string;
  readonly json?: boolean;
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('signal')
    .argument('<execution>', 'its id, see troupe list')
    .argument('<name>', 'the name that the step waits for')
    .argument('[payload]', 'JSON, or a plain text')
    .description('send what a waiting step waits for')
    .option('--payload-file <file>', 'JSON or YAML; - reads standard input')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        ['troupe signal nightly go', 'a signal without payload'],
        [`troupe signal nightly prices '{"SPX": 1280}'`, 'with one'],
        ['troupe signal nightly prices --payload-file prices.json', 'from a file'],
      ),
    )
    .action((execution: string, name: string, payload: string | undefined, options: SignalOptions) =>
      signal(context, execution, name, payload, options),
    );
  withStateOptions(command);
}

/** Checked against the schema of the step that waits; one that nothing waits for yet is kept for the step that will. */
async function signal(
  context: CliContext,
  execution: string,
  name: string,
  text: string | undefined,
  options: SignalOptions,
): Promise<void> {
  const payload = await payloadOf(context, text, options);
  await using data = await openExecution(context, execution, options, 'control');
  const sent = await send(context, data, execution, { kind: 'signal', name, payload });
  if (options.json === true) {
    printJson(context, sentDocument(execution, sent));
    return;
  }
  const { stdout } = context;
  if (!sent.applied.accepted) {
    stdout.line(`The signal ${name} was refused (${sent.applied.reason}).`);
    return;
  }
  const isKept = sent.fold.world.ledger.signals.has(name);
  stdout.line(
    isKept
      ? `Sent. Nothing waits for ${name} yet: it is kept for the step that will.`
      : `Sent: the step that waited for ${name} has it.`,
  );
  if (sent.owner === undefined)
    stdout.line(
      `No living process drives ${execution}: ${howTo(context, options)('resume', execution)} goes on with it.`,
    );
}

/** What reads as JSON is that; any other text is itself. */
async function payloadOf(
  context: CliContext,
  text: string | undefined,
  { payloadFile }: SignalOptions,
): Promise<Json> {
  if (payloadFile !== undefined) {
    if (text !== undefined)
      throw usageInvalid('The payload is given twice.', 'Give it as a word or as a file.');
    return readDocument(context, payloadFile);
  }
  if (text === undefined) return null;
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    if (/^\s*[{["]/.test(text)) {
      throw usageInvalid(
        `The payload is not JSON: ${(error as Error).message}`,
        'Quote it for your shell, or use --payload-file.',
      );
    }
    return text;
  }
}
