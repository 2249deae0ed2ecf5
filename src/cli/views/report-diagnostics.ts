import type { TaskDefinition } from '../../task/definition.ts';
import { type Diagnostic, renderDiagnostics } from '../../task/diagnostic.ts';
import type { Style } from '../style.ts';
import { counted } from '../words.ts';

/** Diagnostics as a compiler prints them, the severities marked. */
export function diagnosticLines(
  diagnostics: readonly Diagnostic[],
  contentOf: (file: string) => string | undefined,
  style: Style,
): readonly string[] {
  return diagnostics.flatMap((diagnostic) => {
    const { severity, code } = diagnostic;
    const mark = style[MARKS[severity]];
    const [head = '', ...rest] = renderDiagnostics([diagnostic], contentOf).split('\n');
    return [
      head.replace(`${severity} ${code}:`, () => `${mark(severity)} ${style.bold(`${code}:`)}`),
      ...rest.map((line) => (line.startsWith('  hint: ') ? style.cyan(line) : line)),
    ];
  });
}

const MARKS = { error: 'red', warning: 'yellow', note: 'dim' } as const;

/** One line about one file: what it defines, or how much is wrong with it. */
export function summaryLine(
  {
    file,
    task,
    diagnostics,
  }: {
    readonly file: string;
    readonly task: TaskDefinition | undefined;
    readonly diagnostics: readonly Diagnostic[];
  },
  style: Style,
): string {
  const counts = (['error', 'warning', 'note'] as const)
    .map((severity) => [diagnostics.filter((one) => one.severity === severity).length, severity] as const)
    .filter(([count]) => count > 0)
    .map(([count, severity]) => counted(count, severity));
  if (task === undefined) return `${style.red('✗ not valid')}  ${file}: ${counts.join(', ')}`;
  const steps = task.phases.reduce((sum, phase) => sum + phase.steps.length, 0);
  const about = [counted(task.phases.length, 'phase'), counted(steps, 'step'), ...counts].join(', ');
  return `${style.green('✓ valid')}  ${file}: ${task.name} ${task.version}, ${about}`;
}
