import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { executionUnknown, usageInvalid } from '../../errors.ts';
import { readExport } from '../../provenance/export-log.ts';
import { exportLines } from '../../provenance/log-file.ts';
import { exportPage } from '../../server/export-page.ts';
import { PAGE_DIR } from '../../server/page-dir.ts';
import { type CliContext, pathOf } from '../context.ts';
import { examples, type StateOptions, withStateOptions } from '../options.ts';
import { type ExecutionState, openExecution } from '../state/state.ts';
import { executionMarkdown } from '../views/execution-markdown.ts';

interface ExportOptions extends StateOptions {
  readonly output?: string;
  readonly format: Format;
}

type Format = 'log' | 'html' | 'markdown';

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('export')
    .argument('<execution>', 'its id, see troupe list')
    .description('write an execution to a file: its log, a page that shows it, or its report')
    .addOption(
      new Option(
        '--format <format>',
        'log: JSON lines, for `troupe verify` and for keeping; html: one file that shows it at any moment, without a server; markdown: the report',
      )
        .choices(['log', 'html', 'markdown'])
        .default('log'),
    )
    .option('-o, --output <file>', 'to this file (default: standard output)')
    .addHelpText(
      'after',
      examples(
        ['troupe export ID -o run.jsonl', 'the log as a file'],
        ['troupe export ID | troupe verify -', 'check it where it is'],
        ['troupe export ID --format html -o run.html', 'to look at in any browser, and to send'],
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
  const pieces = await piecesOf(execution, options.format, data, context);
  if (options.output === undefined || options.output === '-') {
    for (const piece of pieces) context.stdout.write(piece);
    return;
  }
  const path = pathOf(context, options.output);
  const draft = `${path}.part`;
  try {
    await pipeline(Readable.from(pieces), createWriteStream(draft));
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw usageInvalid(`${options.output} cannot be written: ${reason}`, 'Name another file.');
  }
  context.stderr.line(`Wrote ${execution} to ${options.output}.`);
}

/** Throws EXECUTION_UNKNOWN, VIEWER_NOT_BUILT. */
async function piecesOf(
  execution: string,
  format: Format,
  { store, sources }: ExecutionState,
  context: CliContext,
): Promise<Iterable<string>> {
  switch (format) {
    case 'log': {
      const log = await readExport(execution, sources);
      if (log === undefined) throw executionUnknown(execution);
      return lines(exportLines(log));
    }
    case 'html':
      return exportPage(execution, { log: store.log, sources }, PAGE_DIR);
    case 'markdown': {
      const text = await executionMarkdown(execution, { store, sources }, context.clock.now());
      if (text === undefined) throw executionUnknown(execution);
      return [text];
    }
  }
}

function* lines(texts: Iterable<string>): Generator<string> {
  for (const text of texts) yield `${text}\n`;
}
