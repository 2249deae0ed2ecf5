import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { usageInvalid } from '../../errors.ts';
import { type Verification, verifyLogFile } from '../../provenance/verify.ts';
import { type CliContext, pathOf, printJson } from '../context.ts';
import { examples, jsonOption } from '../options.ts';
import { counted } from '../words.ts';

export function register(program: Command, context: CliContext): void {
  program
    .command('verify')
    .argument('<file>', 'what `troupe export` wrote; - for standard input')
    .description(
      'check an exported log: no record lost or changed, sealed to its end, and folding to the same state',
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `${examples(
        ['troupe verify run.jsonl', 'exit code 0 when nothing is wrong, else 1'],
        ['troupe export ID | troupe verify - --json', 'the same for a program'],
      )}\n\nA seal is the owner's digest over the records before it, and is a record itself. It tells of damage and of careless\nchanges; whoever can write a whole new log, seals included, can only be found out by comparing digests kept elsewhere.`,
    )
    .action((file: string, options: { readonly json?: boolean }) => verify(file, options, context));
}

async function verify(
  file: string,
  { json }: { readonly json?: boolean },
  context: CliContext,
): Promise<void> {
  const result = verifyLogFile(await textOf(file, context));
  if (result.findings.length > 0) context.exitCode = 1;
  if (json === true) printJson(context, { ok: result.findings.length === 0, ...result });
  else print(file, result, context);
}

async function textOf(file: string, context: CliContext): Promise<string> {
  if (file === '-') return context.readStdin();
  try {
    return await readFile(pathOf(context, file), 'utf8');
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : String(error);
    throw usageInvalid(`${file}: ${reason}.`, 'troupe export ID -o FILE writes one.');
  }
}

function print(
  file: string,
  { execution, records, seals, sealedUpTo, state, findings }: Verification,
  { stdout }: CliContext,
): void {
  const { style } = stdout;
  for (const { line, message } of findings) {
    stdout.line(`${style.red('✗')} ${file}${line === undefined ? '' : `:${line}`}: ${message}`);
  }
  if (execution === undefined) return;
  const sealed = seals === 0 ? 'not sealed yet' : `${counted(seals, 'seal')}, up to position ${sealedUpTo}`;
  const verdict =
    findings.length === 0 ? style.green('✓ sound') : style.red(counted(findings.length, 'finding'));
  stdout.line(`${verdict}  ${execution}: ${counted(records, 'record')}, ${sealed}`);
  if (state !== undefined) stdout.line(style.dim(`  folds to ${state.status}, state sha256 ${state.hash}`));
}
