import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordData } from '../../machines/records.ts';
import { Fold } from '../../src/engine/fold.ts';
import { FoldFailure } from '../../src/engine/fold-failure.ts';
import { indexPinned, type Pinned } from '../../src/engine/pinned.ts';
import { taskRules } from '../../src/engine/rules.ts';
import type { ViewSource } from '../../src/inspection/documents.ts';
import type { Json } from '../../src/json.ts';
import type { LogRecord } from '../../src/ports/event-log.ts';

/** A log with what it is folded with. Its first record starts the execution. */
export interface Log {
  readonly name: string;
  readonly source: ViewSource;
  readonly records: readonly LogRecord[];
}

const FOLDER = join(import.meta.dirname, '../fixtures/golden-logs');

/** Logs of simulated executions with every type of record and every end among them. */
export const goldenLogs: readonly Log[] = readdirSync(FOLDER).flatMap((version) =>
  readdirSync(join(FOLDER, version)).map((file) => readLog(`${version}/${file}`)),
);

function readLog(file: string): Log {
  const { pinned, input, records } = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as {
    readonly pinned: Pinned;
    readonly input: Json;
    readonly records: readonly LogRecord[];
  };
  const from = records.findIndex(({ type }) => type === 'execution.started');
  return logOf(file, pinned, input, records.slice(from));
}

export function logOf(name: string, pinned: Pinned, input: Json, records: readonly LogRecord[]): Log {
  const [first] = records as readonly [LogRecord];
  const { pinned: pinnedDigest } = first.data as RecordData<'execution.started'>;
  return { name, source: { execution: first.execution, pinned, pinnedDigest, input }, records };
}

/** Folded from the first record, without snapshots, up to and including the n-th. */
export function foldedTo({ source, records }: Log, count: number): Fold {
  const [first, ...rest] = records as readonly [LogRecord, ...LogRecord[]];
  const begin = (): Fold =>
    Fold.begin(first, indexPinned(source.pinned, source.pinnedDigest), source.input, taskRules);
  const failures = new Map<number, FoldFailure>();
  for (;;) {
    const fold = begin();
    try {
      for (const record of rest.slice(0, count - 1)) {
        const failure = failures.get(record.position);
        if (failure === undefined) fold.apply(record);
        else fold.suspend(failure);
      }
      return fold;
    } catch (error) {
      if (!(error instanceof FoldFailure)) throw error;
      failures.set(error.record.position, error);
    }
  }
}
