import { basename, extname } from 'node:path';
import type { TaskDefinition } from '../../task/definition.ts';
import { oneLine } from '../terminal/text-width.ts';
import { counted } from '../words.ts';
import { labelled, line, type Page, roomBehindLabel } from './report-page.ts';
import { valueLines } from './value-lines.ts';

export interface FoundTask {
  readonly file: string;
  /** Undefined when the file has errors. */
  readonly task: TaskDefinition | undefined;
  readonly errors: number;
  /** It comes with Troupe. */
  readonly isShipped: boolean;
}

/** Each task with what it is for and what it needs, the name first that `run` takes. */
export function taskLines(tasks: readonly FoundTask[], page: Page): readonly string[] {
  return tasks.flatMap((found, at) => [...(at === 0 ? [] : ['']), ...linesOf(found, page)]);
}

function linesOf({ file, task, errors, isShipped }: FoundTask, page: Page): readonly string[] {
  const name = basename(file, extname(file));
  if (task === undefined) {
    return [
      line(page, [name, 'bold'], ['  ✗ not valid', 'red']),
      ...labelled(page, '', [`${counted(errors, 'error')}: troupe validate ${file}`]),
    ];
  }
  const columns = roomBehindLabel(page);
  const text = (value: string): readonly string[] => valueLines(value, { columns, maxLines: 6 });
  return [
    line(
      page,
      [name, 'bold'],
      [` ${task.version}`, 'dim'],
      [isShipped ? '  comes with Troupe' : `  ${file}`, 'dim'],
    ),
    ...(task.description === undefined ? [] : labelled(page, '', text(oneLine(task.description)))),
    ...labelled(page, '  needs', text(needsOf(task))),
    ...labelled(page, '  phases', text(task.phases.map((phase) => oneLine(phase.name)).join(', '))),
  ];
}

/** `ticker: string, amount: number, asOf: string (may be left out)`. */
function needsOf({ requirements }: TaskDefinition): string {
  const fields = Object.entries(requirements).map(([field, schema]) => {
    const { type: kind, enum: choices } = schema;
    const type = Array.isArray(choices)
      ? `: ${choices.join(' or ')}`
      : typeof kind === 'string'
        ? `: ${kind}`
        : '';
    const isOptional = schema['x-optional'] === true || Object.hasOwn(schema, 'default');
    return `${field}${type}${isOptional ? ' (may be left out)' : ''}`;
  });
  return fields.length === 0 ? 'nothing' : fields.join(', ');
}
