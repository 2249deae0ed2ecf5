import type { CliContext } from '../context.ts';
import { dataDirOf } from '../context.ts';

/** Command lines that a person can type next, as they would have to be typed here. */
export function howTo(
  context: CliContext,
  options: { readonly data?: string | undefined },
): (command: string, execution: string, ...rest: readonly string[]) => string {
  const isElsewhere = options.data !== undefined && dataDirOf(context, options) !== dataDirOf(context, {});
  const data = isElsewhere ? ['--data', quoted(options.data ?? '')] : [];
  return (command, execution, ...rest) => ['troupe', command, execution, ...rest, ...data].join(' ');
}

function quoted(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
