import { existsSync, readFileSync } from 'node:fs';

/** What agents wrote to disk. */
export interface JournalEntry {
  readonly kind: 'S' | 'E';
  readonly execution: string;
  readonly step: string;
  readonly attempt: number;
  readonly at: number;
  readonly pid: number;
}

export function readJournal(file: string): readonly JournalEntry[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [kind, execution, step, attempt, at, pid] = line.split(' ');
      // The last line may be half of one: its author was killed.
      if (
        (kind !== 'S' && kind !== 'E') ||
        execution === undefined ||
        step === undefined ||
        pid === undefined
      )
        return [];
      return [{ kind, execution, step, attempt: Number(attempt), at: Number(at), pid: Number(pid) }];
    });
}
