import fc from 'fast-check';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { foldLog } from '../../src/engine/load.ts';
import { indexPinned } from '../../src/engine/pinned.ts';
import type { Pins } from '../../src/engine/pins.ts';
import { taskRules } from '../../src/engine/rules.ts';
import { phaseStandingsOf } from '../../src/inspection/counts.ts';
import type { ViewSource } from '../../src/inspection/documents.ts';
import type { ArtifactStore } from '../../src/ports/artifact-store.ts';
import type { LogRecord } from '../../src/ports/event-log.ts';
import { Browser } from './chromium.ts';
import { House } from './house.ts';

/** The page at any position shows what the fold gives there; live it follows, also beyond the death of the server. */
let house: House;
let browser: Browser;

beforeAll(async () => {
  [house, browser] = await Promise.all([House.open(), Browser.open()]);
});

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await house?.[Symbol.asyncDispose]();
});

test('at 100 records of several executions the page shows what a fold of the log up to there gives', async () => {
  house.write('handbook.md', '# Handbook\n\n1. Come in.\n');
  await house.start('market-brief', 'brief', { topic: 'heat pumps' });
  await house.start('move-office', 'move', { budget: 500 });
  await house.start('count-lines', 'count', { lines: Array.from({ length: 300 }, (_, line) => line) });
  await Promise.all([
    house.until('brief', ({ status }) => status === 'completed'),
    house.until('move', ({ status }) => status === 'rolledBack'),
    house.until('count', ({ status }) => status === 'completed'),
  ]);
  const page = await browser.page(house.link('executions/brief?view=log'));
  for (const [execution, places] of [
    ['brief', 30],
    ['move', 20],
    ['count', 50],
  ] as const) {
    const { source, records } = await logOf(execution);
    await page.goto(`${house.origin}executions/${execution}?view=log`);
    await shown(page, records.length, records.length);
    for (const index of fc.sample(fc.integer({ min: 1, max: records.length }), places)) {
      await goTo(page, index);
      await shown(page, index, records.length);
      // The slider moves at once; the rest follows when the state there is worked out.
      const expected = await phasesAt(index, source, records);
      await expect
        .poll(() => phasesOn(page), { timeout: 20_000, message: `record ${index}` })
        .toEqual(expected);
    }
  }
  await page.context().close();
});

test('keys step through the records, and back to live', async () => {
  house.hold('draft');
  await house.start('market-brief', 'keys', { topic: 'tides' });
  await house.until('keys', isAtDraft);
  const { length } = (await logOf('keys')).records;
  const page = await browser.page(house.link('executions/keys?view=log'));
  await shown(page, length, length);
  await page.keyboard.press('ArrowLeft');
  await shown(page, length - 1, length);
  await page.keyboard.press('ArrowLeft');
  await shown(page, length - 2, length);
  await page.waitForURL((url) => url.searchParams.get('at') === String(length - 2));
  await page.keyboard.press('ArrowRight');
  await shown(page, length - 1, length);
  await page.keyboard.press('l');
  await page.getByText('LIVE', { exact: true }).waitFor();
  await page.waitForURL((url) => !url.searchParams.has('at'));
  house.letGo('draft');
  await house.until('keys', ({ status }) => status === 'completed');
  await isAtEnd(page, 'keys');
  await page.context().close();
});

test('when the server dies the page keeps what it has, and goes on when it is back', async () => {
  house.hold('draft');
  await house.start('market-brief', 'held', { topic: 'dams' });
  await house.until('held', isAtDraft);
  const page = await browser.page(house.link('executions/held?view=log'));
  await page
    .getByText(/editor works on draft/)
    .first()
    .waitFor();
  await house.crash();
  await page
    .getByText(/reconnecting|stopped|offline/i)
    .first()
    .waitFor();
  await page.getByRole('list', { name: 'Records' }).getByText('step.claimed').first().waitFor();
  house.letGo('draft');
  await house.restart();
  await house.until('held', ({ status }) => status === 'completed');
  await isAtEnd(page, 'held');
  await page.context().close();
});

/** Live, the page comes to the last record there is. */
async function isAtEnd(page: Page, execution: string): Promise<void> {
  const place = page.getByRole('region', { name: 'Position' }).getByText(/record .* of/);
  const isThere = async (): Promise<boolean> => {
    const { length } = (await logOf(execution)).records;
    return (await place.innerText()).includes(`record ${length} of ${length}`);
  };
  await expect.poll(isThere, { timeout: 30_000 }).toBe(true);
}

function isAtDraft({
  phases,
}: {
  phases: readonly { steps: readonly { id: string; status: string }[] }[];
}): boolean {
  return phases.some(({ steps }) => steps.some(({ id, status }) => id === 'draft' && status === 'claimed'));
}

async function logOf(
  execution: string,
): Promise<{ readonly source: ViewSource; readonly records: readonly LogRecord[] }> {
  const source = await house.call<ViewSource>('GET', `api/executions/${execution}/source`);
  const records: LogRecord[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const page: { records: LogRecord[]; next: number | null } = await house.call(
      'GET',
      `api/executions/${execution}/records?after=${after}`,
    );
    records.push(...page.records);
    after = page.next;
  }
  return { source, records };
}

/** As a link within the page would. */
async function goTo(page: Page, index: number): Promise<void> {
  await page.evaluate(
    `history.replaceState(null, '', location.pathname + '?view=log&at=${index}'); dispatchEvent(new PopStateEvent('popstate'))`,
  );
}

/** Waits until the page is at the record. */
async function shown(page: Page, index: number, count: number): Promise<void> {
  const number = (value: number): string => value.toLocaleString('en').replaceAll(',', ',?');
  await page
    .getByRole('region', { name: 'Position' })
    .getByText(new RegExp(`record ${number(index)} of ${number(count)}`))
    .waitFor();
}

async function phasesOn(page: Page): Promise<readonly string[]> {
  const items = page.getByRole('heading', { name: 'Phases' }).locator('xpath=..').getByRole('listitem');
  const texts = await items.allInnerTexts();
  return texts.map(
    (text) => /^\S+\s+(.*? \d+ of \d+|.*?\s[\d,]+ of [\d,]+)/s.exec(text)?.[1]?.replace(/\s+/g, ' ') ?? text,
  );
}

/** By the engine's own folding of the log, in this process. */
async function phasesAt(
  index: number,
  { pinned, pinnedDigest }: ViewSource,
  records: readonly LogRecord[],
): Promise<readonly string[]> {
  const pins = { get: () => Promise.resolve(indexPinned(pinned, pinnedDigest)) } as unknown as Pins;
  const artifacts = {} as ArtifactStore;
  const fold = await foldLog(records.slice(0, index), { pins, artifacts, rules: taskRules });
  if (fold === undefined) throw new Error('The log has no start.');
  return phaseStandingsOf(fold).map(
    ({ name, steps }) =>
      `${name} ${steps.succeeded.toLocaleString('en')} of ${steps.total.toLocaleString('en')}`,
  );
}
