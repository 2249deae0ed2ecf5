import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RecordData } from '../../machines/records.ts';
import { Fold } from '../../src/engine/fold.ts';
import { indexPinned, type Pinned } from '../../src/engine/pinned.ts';
import { taskRules } from '../../src/engine/rules.ts';
import type { Json } from '../../src/json.ts';
import type { LogRecord } from '../../src/ports/event-log.ts';

/** Logs as versions wrote them (`scripts/golden-logs.ts`), by version. */
const FOLDER = join(import.meta.dirname, '../fixtures/golden-logs');

interface Golden {
  readonly pinned: Pinned;
  readonly input: Json;
  readonly status: string;
  readonly hash: string;
  readonly records: readonly LogRecord[];
}

const files = readdirSync(FOLDER).flatMap((version) =>
  readdirSync(join(FOLDER, version)).map((file) => join(version, file)),
);

test.each(files)('%s folds to the state that it had then', (file) => {
  const { pinned, input, status, hash, records } = JSON.parse(
    readFileSync(join(FOLDER, file), 'utf8'),
  ) as Golden;
  const from = records.findIndex(({ type }) => type === 'execution.started');
  const first = records[from] as LogRecord;
  const { pinned: digest } = first.data as RecordData<'execution.started'>;
  const fold = Fold.begin(first, indexPinned(pinned, digest), input, taskRules);
  for (const record of records.slice(from + 1)) fold.apply(record);
  expect({ status: fold.status, hash: fold.hash() }).toEqual({ status, hash });
});
