/**
 * `npm run pictures [-- NAME…]`: the pictures of the inspector in `docs/pictures/`, of a project with executions in many states. Takes
 * Debian's Chromium (`/usr/bin/chromium`).
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { Browser } from '../test/browser/chromium.ts';
import { House, type Report } from '../test/browser/house.ts';
import { reportFailure } from './report-failure.ts';

const FOLDER = join(import.meta.dirname, '../docs/pictures');

interface Picture {
  readonly name: string;
  readonly path: string;
  /** Texts that are there once the view is. */
  readonly shows: readonly (string | RegExp)[];
  readonly theme?: 'dark';
  readonly isNarrow?: true;
  /** Things without text that are there as well. */
  readonly has?: (page: Page) => Locator;
  /** Pressed once all is there. */
  readonly key?: string;
}

const PICTURES: readonly Picture[] = [
  {
    name: 'home',
    path: '',
    shows: ['Publish the handbook as it is now?', /offers gpu-trainer/, 'move-office'],
  },
  {
    name: 'graph',
    path: 'executions/brief-4?step=draft',
    shows: [/editor works on draft/, 'Regions', /Check every number/, /attempt 1/i],
    key: '0',
  },
  {
    name: 'timeline',
    path: 'executions/brief-4?view=timeline&step=filings',
    shows: [/editor works on draft/, /attempt 2/i],
    has: (page) => page.getByRole('option', { name: /Write the page/ }),
    theme: 'dark',
  },
  {
    name: 'statechart',
    path: 'executions/brief-4?view=statechart&step=draft',
    shows: ['Can happen next', 'claimed'],
    has: (page) => page.getByRole('img', { name: /The machine agent/ }),
    theme: 'dark',
  },
  {
    name: 'approval',
    path: 'approvals/release-7/publish-it',
    shows: ['Publish the handbook as it is now?', /day one/],
  },
  { name: 'why', path: 'executions/train-1', shows: [/offers gpu-trainer/, /troupe agent --role/] },
  {
    name: 'metrics',
    path: 'stats?time=15m',
    shows: ['Half within', 'Failed attempts by class'],
    has: (page) => page.locator('canvas'),
  },
  { name: 'compare', path: 'compare?a=move-1&b=move-2', shows: ['move-1', 'move-2', 'carry'] },
  { name: 'narrow', path: 'executions/brief-4', shows: [/editor works on draft/], isNarrow: true },
];

/** Executions that run, wait for people, stand still, failed, were undone and went well. */
async function fill(house: House): Promise<void> {
  house.write('handbook.md', HANDBOOK_BEFORE);
  commit(house.dir);
  for (const [at, topic] of ['tides', 'wind farms', 'batteries'].entries())
    await house.start('market-brief', `brief-${at + 1}`, { topic });
  await house.start('handbook-release', 'release-6');
  await house.until('release-6', isAt('publish-it', 'asking'));
  await house.call('POST', 'api/executions/release-6/controls', {
    kind: 'approve',
    step: 'publish-it',
    by: 'alice',
  });
  await ended(house, 'brief-1', 'brief-2', 'brief-3', 'release-6');

  house.write('handbook.md', HANDBOOK_AFTER);
  house.hold('draft');
  await house.start('move-office', 'move-1', { budget: 500 });
  await house.start('move-office', 'move-2', { budget: 5000 });
  await house.start('monthly-figures', 'figures-10');
  await ended(house, 'move-1', 'move-2', 'figures-10');
  await house.start('choose-supplier', 'supplier-3', { supplier: 'Nordwind' });
  await house.start('train-model', 'train-1');
  await house.start('handbook-release', 'release-7');
  await house.until('release-7', isAt('publish-it', 'asking'));
  await house.until('supplier-3', isAt('take-it', 'voting'));
  await house.start('market-brief', 'brief-4', { topic: 'heat pumps' });
  await house.until('brief-4', isAt('draft', 'claimed'));
}

/** An approval of files shows them beside what was committed when its execution began. */
function commit(dir: string): void {
  const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: dir });
  git('init', '--quiet');
  git('add', 'handbook.md', 'tasks');
  git(
    '-c',
    'user.name=Ada',
    '-c',
    'user.email=ada@example.org',
    'commit',
    '--quiet',
    '--message',
    'Handbook',
  );
}

const HANDBOOK_BEFORE = `# Handbook

1. Say what you do before you do it.
2. Write down what was decided, and by whom.
3. Ask when something is not clear.
`;

const HANDBOOK_AFTER = `# Handbook

1. Say what you do before you do it.
2. Write down what was decided, by whom, and why.
3. Ask when something is not clear, from day one.
4. Whoever finds a mistake mends it.
`;

function isAt(step: string, status: string): (report: Report) => boolean {
  return ({ phases }) =>
    phases.some(({ steps }) => steps.some((own) => own.id === step && own.status === status));
}

async function ended(house: House, ...executions: readonly string[]): Promise<void> {
  const isEnded = ({ status }: Report) => ['completed', 'failed', 'rolledBack'].includes(status);
  for (const execution of executions) await house.until(execution, isEnded);
}

async function shown(page: Page, texts: Picture['shows']): Promise<void> {
  for (const text of texts) await page.getByText(text).locator('visible=true').first().waitFor();
  // What is laid out in a worker stands in for itself until then; canvases are drawn in the next frame.
  await page.locator('[class*="skeleton"]').waitFor({ state: 'detached' });
  await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
}

async function simulate(page: Page): Promise<void> {
  await page.getByRole('combobox', { name: 'Task', exact: true }).selectOption('market-brief');
  await page.getByRole('textbox', { name: 'Runs' }).fill('100');
  await page.getByRole('combobox', { name: 'Faults' }).selectOption('light');
  await page.getByRole('button', { name: 'Simulate' }).click();
  await page.waitForURL(/simulate\/.+/);
  await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' });
  await shown(page, ['On the critical path']);
}

const wanted = process.argv.slice(2);
const isWanted = (name: string) => wanted.length === 0 || wanted.includes(name);

try {
  mkdirSync(FOLDER, { recursive: true });
  await using house = await House.open();
  await using browser = await Browser.open();
  const take = (page: Page, name: string) =>
    page.screenshot({ path: join(FOLDER, `${name}.png`), animations: 'disabled' });
  await fill(house);
  for (const { name, path, shows, has, key, theme = 'light', isNarrow } of PICTURES) {
    if (!isWanted(name)) continue;
    const viewport = isNarrow ? { width: 390, height: 844 } : { width: 1280, height: 800 };
    const page = await browser.page(house.link(path), { viewport, colorScheme: theme });
    await has?.(page).first().waitFor({ state: 'attached' });
    await shown(page, shows);
    if (key !== undefined) {
      await page.keyboard.press(key);
      await shown(page, shows);
    }
    await take(page, name);
    await page.context().close();
    process.stdout.write(`docs/pictures/${name}.png\n`);
  }
  if (isWanted('simulation')) {
    const page = await browser.page(house.link('simulate'));
    await simulate(page);
    await take(page, 'simulation');
    process.stdout.write('docs/pictures/simulation.png\n');
  }
} catch (error) {
  reportFailure(error);
}
