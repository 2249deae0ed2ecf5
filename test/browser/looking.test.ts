import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { violationsOf } from './axe.ts';
import { Browser } from './chromium.ts';
import { House } from './house.ts';
import { picture } from './screens.ts';

/** Every view of the page, with executions in every state there is, live ones among them. */
let house: House;
let browser: Browser;

beforeAll(async () => {
  [house, browser] = await Promise.all([House.open(), Browser.open()]);
  house.hold('draft');
  await house.start('market-brief', 'brief-1', { topic: 'heat pumps' });
  await house.start('handbook-release', 'release-7');
  await house.start('choose-supplier', 'supplier-3', { supplier: 'Nordwind' });
  await house.start('move-office', 'move-1', { budget: 500 });
  await house.start('monthly-figures', 'figures-10');
  await house.start('wait-for-prices', 'prices-1');
  await house.start('train-model', 'train-1');
  await house.start('move-office', 'move-2', { budget: 5000 });
  await house.until('brief-1', ({ phases }) => stepIn(phases, 'draft') === 'claimed');
  await house.until('release-7', ({ phases }) => phases[1]?.status === 'running');
  await house.until('supplier-3', ({ phases }) => stepIn(phases, 'take-it') === 'voting');
  await house.until('move-1', ({ status }) => status === 'rolledBack');
  await house.until('figures-10', ({ status }) => status === 'failed');
  await house.until('move-2', ({ status }) => status === 'completed');
});

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await house?.[Symbol.asyncDispose]();
});

function stepIn(
  phases: readonly { readonly steps: readonly { readonly id: string; readonly status: string }[] }[],
  id: string,
): string | undefined {
  return phases.flatMap(({ steps }) => steps).find((step) => step.id === id)?.status;
}

interface View {
  readonly name: string;
  readonly path: string;
  /** Texts that are there once the view is. */
  readonly shows: readonly (string | RegExp)[];
  /** Names of rows of a list that is drawn, and there for who cannot see it. */
  readonly rows?: readonly RegExp[];
}

const VIEWS: readonly View[] = [
  {
    name: 'home',
    path: '',
    shows: ['Publish the handbook as it is now?', 'a host that offers gpu-trainer', 'move-office'],
  },
  {
    name: 'graph',
    path: 'executions/brief-1',
    shows: [/editor works on draft/, 'Regions', /Check every number/],
  },
  {
    name: 'timeline',
    path: 'executions/brief-1?view=timeline',
    shows: [/editor works on draft/],
    rows: [/Write the page/],
  },
  {
    name: 'statechart',
    path: 'executions/brief-1?view=statechart&step=draft',
    shows: ['Can happen next', 'claimed'],
  },
  { name: 'log', path: 'executions/brief-1?view=log', shows: [/step\.claimed/, /records/] },
  { name: 'provenance', path: 'executions/move-2?view=provenance', shows: [/carry/] },
  {
    name: 'approval',
    path: 'executions/release-7?step=publish-it',
    shows: [/waits for approval by alice or bob/, 'Decide'],
  },
  { name: 'vote', path: 'executions/supplier-3?step=take-it&panel=ballots', shows: [/ada/, /grace/] },
  {
    name: 'rollback',
    path: 'executions/move-1?view=timeline',
    shows: [/rolled back/],
    rows: [/vans/i],
  },
  { name: 'failure', path: 'executions/figures-10?step=balance&panel=error', shows: [/do not add up/] },
  { name: 'stuck', path: 'executions/train-1', shows: [/gpu-trainer/, /no host|nobody|no living|offers/i] },
  { name: 'approvals', path: 'approvals', shows: ['Publish the handbook as it is now?', 'handbook.md'] },
  { name: 'agents', path: 'agents', shows: ['gpu-trainer', /last progress|heard/] },
  { name: 'metrics', path: 'stats', shows: ['Half within'] },
  { name: 'tasks', path: 'tasks', shows: ['market-brief'] },
  { name: 'task', path: 'tasks/market-brief', shows: ['depth'] },
  { name: 'simulate', path: 'simulate', shows: [/runs/i] },
  { name: 'compare', path: 'compare?a=move-1&b=move-2', shows: ['move-1', 'move-2'] },
];

async function isShown(page: Page, { shows, rows = [] }: View): Promise<void> {
  for (const name of rows) await page.getByRole('option', { name }).first().waitFor({ state: 'attached' });
  for (const text of shows) await page.getByText(text).locator('visible=true').first().waitFor();
}

async function isOpen(page: Page, { path }: View): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  if (path.startsWith('executions/')) await page.getByRole('region', { name: 'Position' }).waitFor();
}

describe('1280 px wide, light and dark', () => {
  let page: Page;
  beforeAll(async () => {
    page = await browser.page(house.link());
  });
  afterAll(() => page.context().close());

  test.each(VIEWS)('$name', async (view) => {
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto(`${house.origin}${view.path}`);
    await isShown(page, view);
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      await picture(page, `${view.name}-${theme}`);
      expect(await violationsOf(page)).toEqual([]);
    }
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
  });
});

describe('390 px wide', () => {
  let page: Page;
  beforeAll(async () => {
    page = await browser.page(house.link(), { viewport: { width: 390, height: 844 } });
  });
  afterAll(() => page.context().close());

  test.each(VIEWS)('$name', async (view) => {
    await page.goto(`${house.origin}${view.path}`);
    // Not all of it is in sight at once.
    await isOpen(page, view);
    await picture(page, `${view.name}-narrow`);
    expect(await violationsOf(page)).toEqual([]);
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
  });
});

/** By how many pixels the page is wider than the window. */
async function overflowOf(page: Page): Promise<number> {
  return (await page.evaluate('document.documentElement.scrollWidth - innerWidth')) as number;
}

test('nothing is asked of any other machine, and nothing is complained about', () => {
  expect(browser.strayRequests).toEqual([]);
  expect(browser.complaints).toEqual([]);
});
