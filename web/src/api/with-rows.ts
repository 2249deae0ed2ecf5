import type { ExecutionList, ExecutionRow } from './types.ts';

/** The list with the changed rows in their places; the same list when it has none of them. */
export function withRows(
  list: ExecutionList | undefined,
  changed: ReadonlyMap<string, ExecutionRow>,
): ExecutionList | undefined {
  if (list === undefined || !list.executions.some(({ id }) => changed.has(id))) return list;
  const executions = list.executions.map((row) => {
    const newer = changed.get(row.id);
    return newer === undefined || newer.position < row.position ? row : newer;
  });
  return { ...list, executions };
}
