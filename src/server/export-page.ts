import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { executionUnknown, viewerNotBuilt } from '../errors.ts';
import type { LogRecord } from '../ports/event-log.ts';
import type { ExecutionAccess } from './access.ts';
import { viewSourceOf } from './view-source.ts';

/** The viewer as one file, in which this stands where the data goes. */
export const VIEWER_FILE = 'viewer.html';
export const DATA_PLACE = '<script type="application/json" id="troupe-data"></script>';

/** Records that are read at once. */
const CHUNK = 2_000;

/**
 * One file with the viewer and all that is needed to show an execution at any position, without a server: `{source, records}` as JSON in
 * the element `troupe-data`.
 *
 * Throws EXECUTION_UNKNOWN, VIEWER_NOT_BUILT.
 */
export async function exportPage(
  execution: string,
  access: Pick<ExecutionAccess, 'log' | 'sources'>,
  pageDir: string,
): Promise<readonly string[]> {
  const source = await viewSourceOf(execution, access);
  if (source === undefined) throw executionUnknown(execution);
  const viewer = await readFile(join(pageDir, VIEWER_FILE), 'utf8').catch(() => '');
  const at = viewer.indexOf(DATA_PLACE);
  if (at === -1) throw viewerNotBuilt();
  const records = await allRecords(execution, access);
  const start = records.findIndex(
    ({ type, source: from }) => type === 'execution.started' && from === 'control',
  );
  return [
    viewer.slice(0, at),
    '<script type="application/json" id="troupe-data">',
    `{"source":${inScript(source)},"records":[`,
    ...records.slice(start).map((record, index) => `${index === 0 ? '' : ',\n'}${inScript(record)}`),
    ']}</script>',
    viewer.slice(at + DATA_PLACE.length),
  ];
}

/** JSON that ends no script element and begins no comment, whatever an agent wrote. */
function inScript(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

async function allRecords(
  execution: string,
  { log }: Pick<ExecutionAccess, 'log'>,
): Promise<readonly LogRecord[]> {
  const all: LogRecord[] = [];
  for (;;) {
    const records = await log.read(execution, { after: all.at(-1)?.position ?? 0, limit: CHUNK });
    all.push(...records);
    if (records.length < CHUNK) return all;
  }
}
