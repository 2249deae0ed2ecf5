import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { executionUnknown, usageInvalid } from '../../errors.ts';
import { readExport } from '../../provenance/export-log.ts';
import { exportLines } from '../../provenance/log-file.ts';
import { type CliContext, pathOf } from '../context.ts';
import { examples, type StateOptions, withStateOptions } from '../options.ts';
import { openExecution } from '../state/state.ts';
import { counted } from '../words.ts';

interface ExportOptions extends StateOptions {
  readonly output?: string;
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('export')
    .argument('<execution>', 'its id, see troupe list')
    .description("write an execution's whole log as JSON lines, for `troupe verify` and for keeping")
    .option('-o, --output <file>', 'to this file (default: standard output)')
    .addHelpText(
      'after',
      examples(
        ['troupe export ID -o run.jsonl', 'the log as a file'],
        ['troupe export ID | troupe verify -', 'check it where it is'],
      ),
    )
    .action((id: string, options: ExportOptions) => exportExecution(id, options, context));
  withStateOptions(command);
}

async function exportExecution(
  execution: string,
  options: ExportOptions,
  context: CliContext,
): Promise<void> {
  await using data = await openExecution(context, execution, options);
  const log = await readExport(execution, data.sources);
  if (log === undefined) throw executionUnknown(execution);
  if (options.output === undefined || options.output === '-') {
    for (const line of exportLines(log)) context.stdout.line(line);
    return;
  }
  const path = pathOf(context, options.output);
  const draft = `${path}.part`;
  try {
    await pipeline(Readable.from(lines(exportLines(log))), createWriteStream(draft));
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw usageInvalid(`${options.output} cannot be written: ${reason}`, 'Name another file.');
  }
  context.stderr.line(`Wrote ${counted(log.records.length, 'record')} to ${options.output}.`);
}

function* lines(texts: Iterable<string>): Generator<string> {
  for (const text of texts) yield `${text}\n`;
}
