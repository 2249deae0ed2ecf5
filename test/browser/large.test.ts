import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defineAgent, defineTask, TaskExecutor } from '../../src/index.ts';
import { Browser } from './chromium.ts';
import { House } from './house.ts';
import { picture } from './screens.ts';

/**
 * A large execution: it opens and it scrolls. Frame times are told and not asserted. 40,000 steps take a minute to make and to read:
 * `TROUPE_STEPS=40000 npm test -- test/browser/large.test.ts`.
 */
const STEPS = Number(process.env.TROUPE_STEPS ?? 8_000);
const PHASES = 40;
const LARGE = defineTask({
  name: 'large',
  version: '1.0.0',
  concurrency: { steps: 64 },
  phases: Array.from({ length: PHASES }, (_, phase) => ({
    name: `part ${phase + 1}`,
    dependsOn: phase === 0 ? [] : [`part ${phase}`],
    steps: Array.from({ length: STEPS / PHASES }, (_, step) => ({
      id: `p${phase + 1}s${step + 1}`,
      agent: 'counter',
      text: `Count line ${step + 1} of part ${phase + 1}`,
    })),
  })),
});
let house: House;
let browser: Browser;

beforeAll(async () => {
  [house, browser] = await Promise.all([House.open(), Browser.open()]);
  await using executor = new TaskExecutor({
    data: join(house.dir, '.troupe'),
    agents: [defineAgent({ name: 'counter', run: ({ step }) => ({ step }), concurrency: 64 })],
  });
  await executor.execute(LARGE, {}, { id: 'large' });
});

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await house?.[Symbol.asyncDispose]();
});

test(`the timeline of ${STEPS} steps scrolls`, { timeout: 240_000 }, async () => {
  const page = await browser.page(house.link('executions/large?view=timeline'));
  page.setDefaultTimeout(90_000);
  await page.getByText('completed', { exact: true }).first().waitFor();
  const rows = page.getByRole('listbox', { name: /Steps/ });
  await rows.getByRole('option', { name: /^Phase part 1,/ }).waitFor({ state: 'attached' });
  const frames = (await page.evaluate(SCROLL)) as readonly number[];
  const sorted = frames.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0);
  console.log(
    `frames while scrolling: ${frames.length}, p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, worst ${at(0.999)} ms`,
  );
  expect(frames.length).toBeGreaterThan(1);
  await picture(page, 'large-timeline');
  await page.evaluate(TO_THE_END);
  const last = new RegExp(`line ${STEPS / PHASES} of part ${PHASES}\\b`);
  await rows.getByRole('option', { name: last }).last().waitFor({ state: 'attached' });
  await page.getByRole('tab', { name: 'Graph' }).click();
  await page
    .getByRole('button', { name: /part 1\b/ })
    .first()
    .waitFor();
  await picture(page, 'large-graph');
  await page.getByRole('tab', { name: 'Log' }).click();
  await page.getByRole('list', { name: 'Records' }).getByRole('listitem').first().waitFor();
  expect(browser.complaints).toEqual([]);
});

/** Whatever scrolls in the view. */
const SCROLLER =
  "[...document.querySelectorAll('main *')].find((element) => element.scrollHeight > element.clientHeight + 5000)";

const TO_THE_END = `{ const scroller = ${SCROLLER}; scroller.scrollTop = scroller.scrollHeight; }`;

/** Scrolls for two seconds and takes the time between frames. */
const SCROLL = `new Promise((resolve) => {
  const scroller = ${SCROLLER};
  const frames = [];
  let last = performance.now();
  const end = last + 2000;
  const step = (now) => {
    frames.push(now - last);
    last = now;
    scroller.scrollTop += 400;
    if (now < end) requestAnimationFrame(step);
    else resolve(frames);
  };
  requestAnimationFrame(step);
})`;
