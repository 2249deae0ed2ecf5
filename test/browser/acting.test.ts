import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Browser } from './chromium.ts';
import { House } from './house.ts';

/** What a person does on the page, to its end in the log. */
let house: House;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [house, browser] = await Promise.all([House.open(), Browser.open()]);
  page = await browser.page(house.link());
});

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await house?.[Symbol.asyncDispose]();
});

function open(path: string): Promise<unknown> {
  return page.goto(`${house.origin}${path}`);
}

function press(name: string | RegExp): Promise<void> {
  return page
    .getByRole('button', { name, exact: typeof name === 'string' })
    .first()
    .click();
}

async function choose(name: string | RegExp): Promise<void> {
  await press('More actions');
  await page.getByRole('menuitem', { name }).click();
}

function inDialog(name: string): Promise<void> {
  return page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
}

function says(text: string | RegExp): Promise<void> {
  return page.getByText(text).locator('visible=true').first().waitFor();
}

test('runs a task from a form made of its requirements, and refuses what does not fit where it stands', async () => {
  await open('tasks/choose-supplier');
  await press('Run');
  await says(/required|missing|needed|fill/i);
  await page.getByRole('textbox', { name: /^supplier/ }).fill('Südwind');
  await page.getByRole('textbox', { name: /^Id/ }).fill('supplier-9');
  await press('Run');
  await page.waitForURL(/executions\/supplier-9/);
  const { input } = await house.call<{ input: unknown }>('GET', 'api/executions/supplier-9');
  expect(input).toEqual({ supplier: 'Südwind' });
});

test('votes as a person', async () => {
  await open('executions/supplier-9');
  for (const name of ['ada', 'grace']) {
    await press(/^Vote/);
    await page.getByRole('combobox', { name: 'As' }).selectOption(name);
    await page.getByRole('radio', { name: 'approve' }).check();
    await inDialog('Vote');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  }
  const { outputs } = await house.until('supplier-9', ({ status }) => status === 'completed');
  expect(outputs).toMatchObject({ decision: 'approve' });
  await says('completed');
});

test('approves what it shows, in the name and with the words of a person', async () => {
  await house.start('handbook-release', 'release-1');
  await house.until(
    'release-1',
    ({ phases }) => phases[1]?.steps[0]?.status === 'pending' || phases[1]?.steps[0]?.status === 'asking',
  );
  await open('approvals');
  await says('3. Read the notices.');
  await page.getByRole('combobox', { name: 'As' }).selectOption('alice');
  await page.getByRole('textbox', { name: /Comment/ }).fill('Reads well');
  await press('Approve');
  await house.until('release-1', ({ status }) => status === 'completed');
  const { records } = await house.call<{ records: { type: string; data: object }[] }>(
    'GET',
    'api/executions/release-1/records?after=0',
  );
  expect(records.find(({ type }) => type === 'approval.granted')?.data).toMatchObject({
    by: 'alice',
    comment: 'Reads well',
  });
});

test('pauses, resumes and aborts', async () => {
  house.hold('news');
  await house.start('market-brief', 'held');
  await open('executions/held');
  await press('Pause');
  const dialog = page.getByRole('dialog');
  if (await dialog.isVisible()) await inDialog('Pause');
  await says(/pausing|paused/);
  house.letGo('news');
  await house.until('held', ({ status }) => status === 'paused');
  house.hold('draft');
  await press('Resume');
  await house.until('held', ({ phases }) =>
    phases.some(({ steps }) => steps.some(({ id, status }) => id === 'draft' && status === 'claimed')),
  );
  await press('Abort');
  await page.getByRole('textbox', { name: /Reason/ }).fill('No longer needed');
  await inDialog('Abort');
  await house.until('held', ({ status }) => status === 'aborted');
  await says('aborted');
  house.letGo('draft');
});

test('sends a signal; what does not fit the schema is refused and told', async () => {
  await house.start('wait-for-prices', 'prices');
  await house.until('prices', ({ phases }) => phases[0]?.steps[0]?.status === 'waiting');
  await open('executions/prices');
  await press('Send a signal');
  await page.getByRole('textbox', { name: /What it brings/ }).fill('{"close": "high"}');
  await inDialog('Send');
  await says(/close must be number|does not fit/);
  await page.getByRole('textbox', { name: /What it brings/ }).fill('{"close": 41.5}');
  await inDialog('Send');
  await house.until('prices', ({ status }) => status === 'completed');
});

test('rolls back after it has shown what would be undone', async () => {
  await house.start('move-office', 'move', { budget: 5000 });
  await house.until('move', ({ status }) => status === 'completed');
  await open('executions/move');
  await choose(/^Roll back/);
  await says(/vans/);
  const plan = page.getByRole('region', { name: 'What would be undone' }).getByRole('listitem');
  expect(await plan.count()).toBe(2);
  await inDialog('Roll back');
  await house.until('move', ({ status }) => status === 'rolledBack');
  await says('rolled back');
});

test('retries what failed, and runs again from a step with another input', async () => {
  await house.start('monthly-figures', 'figures');
  await house.until('figures', ({ status }) => status === 'failed');
  await open('executions/figures');
  await press('Retry');
  const dialog = page.getByRole('dialog');
  if (await dialog.isVisible()) await inDialog('Retry');
  await expect.poll(() => typesOf('figures'), { timeout: 30_000 }).toContain('retry.requested');
  await house.start('market-brief', 'first', { topic: 'tides' });
  await house.until('first', ({ status }) => status === 'completed');
  await open('executions/first');
  await choose(/^Run again/);
  await page.getByRole('combobox', { name: 'From' }).selectOption('draft');
  await page
    .getByRole('dialog')
    .getByRole('textbox', { name: /^topic/ })
    .fill('dunes');
  await inDialog('Run');
  await page.waitForURL((url) => /executions\/(?!first)/.test(url.pathname));
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
  const report = await house.until(id, ({ status }) => status === 'completed');
  expect(report.rerunOf).toMatchObject({ execution: 'first', from: 'draft' });
  expect(report.input).toMatchObject({ topic: 'dunes' });
  await says('completed');
});

/** Types of the execution's records, in the order of the log. */
async function typesOf(execution: string): Promise<readonly string[]> {
  const path = `api/executions/${execution}/records?after=0`;
  const { records } = await house.call<{ records: { type: string }[] }>('GET', path);
  return records.map(({ type }) => type);
}

test('simulates a task, and looks at one of the runs with the same panels', async () => {
  await open('simulate');
  await page.getByRole('combobox', { name: 'Task', exact: true }).selectOption('market-brief');
  await page.getByRole('textbox', { name: 'Runs' }).fill('20');
  await press('Simulate');
  await page.waitForURL(/simulate\/.+/);
  await says(/20 of 20|20 runs/);
  await page.getByRole('link', { name: '1', exact: true }).first().click();
  await page.getByRole('tab', { name: 'Timeline' }).waitFor();
  await page.getByText(/record .* of/).waitFor();
});

test('exports an execution as a file that shows it without a server', async () => {
  await open('executions/move');
  await press('More actions');
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'Export as one HTML file' }).click();
  const path = `${house.dir}/move.html`;
  await (await download).saveAs(path);
  const file = await browser.page(`file://${path}`);
  await file.getByRole('heading', { name: 'move-office' }).waitFor();
  await file.keyboard.press('ArrowLeft');
  await file.getByText(/record .* of/).waitFor();
  await file.getByRole('tab', { name: 'Timeline' }).click();
  await file.getByRole('option', { name: /Sign the lease/ }).waitFor({ state: 'attached' });
  await file.context().close();
});

test('keys: a palette, help, and the way through a list', async () => {
  await open('');
  await page.getByRole('link', { name: 'market-brief' }).first().waitFor();
  await page.keyboard.press('?');
  await page
    .getByRole('dialog')
    .getByText('Record before')
    .or(page.getByRole('dialog').getByText(/search/i))
    .first()
    .waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('combobox').fill('agents');
  await page.keyboard.press('Enter');
  await page.waitForURL(/agents/);
  await open('');
  await page.getByRole('link', { name: 'market-brief' }).first().waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL(/executions\//);
});

test('nothing was complained about', () => {
  expect(browser.complaints.filter((text) => !/422|409|404/.test(text))).toEqual([]);
  expect(browser.strayRequests).toEqual([]);
});
