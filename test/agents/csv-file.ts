import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Writes a file that is gone after the test; gives its path. */
export function writeCsv(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-prices-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'prices.csv');
  writeFileSync(file, content);
  return file;
}

/** Rows of weekdays from 2010-01-04 with a close of 100, 101, 102, …; columns date and close. */
export function dailyRows(count: number): string[] {
  const rows: string[] = [];
  for (let day = Date.UTC(2010, 0, 4); rows.length < count; day += 86_400_000) {
    const date = new Date(day);
    if (date.getUTCDay() % 6 !== 0) rows.push(`${date.toISOString().slice(0, 10)},${100 + rows.length}`);
  }
  return rows;
}
