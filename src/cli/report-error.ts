import { CommanderError } from 'commander';
import { type TroupeError, toTroupeError } from '../errors.ts';
import type { Diagnostic } from '../task/diagnostic.ts';
import type { CliContext } from './context.ts';
import { printJson } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { sourceText } from './source-text.ts';
import { diagnosticLines } from './views/report-diagnostics.ts';

/**
 * Tells a person what went wrong and what to do next: message and hint on standard error, the stack only when asked. With
 * `--json` the error is the one document, unless another was written already.
 *
 * @returns what the process ends with
 */
export function reportError(context: CliContext, thrown: unknown): ExitCode {
  if (thrown instanceof CommanderError) return reportUsage(context, thrown);
  const error = toTroupeError(thrown);
  if (context.wantsJson && !context.hasPrintedJson) printJson(context, { error: jsonOf(error) });
  const diagnostics = diagnosticsOf(error).filter(({ severity }) => severity !== 'note');
  const { style } = context.stderr;
  for (const line of diagnosticLines(diagnostics, sourceText(context), style)) context.stderr.line(line);
  if (diagnostics.length > 0) context.stderr.line();
  tell(context, error.message, error.hint);
  if (context.isVerbose) tellStacks(context, thrown);
  else if (error.code === 'UNEXPECTED') {
    context.stderr.line('This looks like a bug in Troupe; --verbose shows where it happened.');
  }
  return error.code === 'UNEXPECTED' || FAILURES.has(error.code) ? EXIT.failed : EXIT.usage;
}

/** Codes that say that something failed although the command was used well. */
const FAILURES: ReadonlySet<string> = new Set([
  'STORAGE_BUSY',
  'STORAGE_FULL',
  'STORAGE_READ_ONLY',
  'STORAGE_CORRUPT',
  'STORAGE_FAILED',
  'STORAGE_CLOSED',
  'ARTIFACT_MISSING',
  'ARTIFACT_CORRUPT',
  'EXECUTION_MOVED_ON',
  'NATS_UNREACHABLE',
  'NATS_REFUSED',
  'NATS_UNSUITABLE',
  'NATS_SERVER_MISSING',
  'NATS_SERVER_FAILED',
  'NATS_NOT_ANSWERED',
  'NAMESPACE_MISSING',
  'MESSAGE_TOO_LARGE',
]);

/** Help and version are no errors; everything else that commander throws is bad usage. */
function reportUsage(context: CliContext, error: CommanderError): ExitCode {
  if (error.exitCode === 0 || error.code === 'commander.help') return EXIT.completed;
  const [message = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = rest.join(' ').replace(/^\((.*)\)$/, '$1');
  const hint = suggestion || 'troupe --help lists the commands, troupe COMMAND --help what one takes.';
  if (context.wantsJson) printJson(context, { error: { code: 'USAGE', message, hint } });
  tell(context, capitalised(message), hint);
  return EXIT.usage;
}

function tell({ stderr }: CliContext, message: string, hint: string | undefined): void {
  const { style } = stderr;
  stderr.line(`${style.red(style.bold('error:'))} ${message}`);
  if (hint !== undefined) stderr.line(`${style.cyan('hint:')} ${hint}`);
}

function tellStacks({ stderr }: CliContext, thrown: unknown): void {
  for (let cause = thrown, depth = 0; cause !== undefined && depth < 8; depth += 1) {
    const stack = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    stderr.line(stderr.style.dim(depth === 0 ? stack : `caused by: ${stack}`));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
}

function jsonOf(error: TroupeError): object {
  const diagnostics = diagnosticsOf(error);
  return { ...error.toJSON(), ...(diagnostics.length === 0 ? {} : { diagnostics }) };
}

/** What DEFINITION_INVALID carries. */
function diagnosticsOf(error: TroupeError): readonly Diagnostic[] {
  return (error as { readonly diagnostics?: readonly Diagnostic[] }).diagnostics ?? [];
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
