import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Browser } from './chromium.ts';
import { House } from './house.ts';

/** Whatever an agent, a person or a task file may say: script in every form, colours of a terminal, text that runs backwards. */
const BAD =
  '</script><script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>' +
  '<a href="javascript:alert(4)">a</a>\u001B[31mred\u001B[0m\u202Etxt.exe\u2066 {{constructor}}';
const NAME = 'a<img src=x onerror=alert(5)>\u202Etxt.exe';

const AGENT = `
const BAD = ${JSON.stringify(BAD)};
const { readFileSync } = await import('node:fs');
const { step, ballot } = JSON.parse(readFileSync(0, 'utf8'));
const say = (line) => console.log(JSON.stringify(line));
console.error(BAD);
say({ progress: BAD });
say({ progress: { [BAD]: BAD } });
if (step === 'broken') say({ error: { message: BAD, class: 'permanent', details: { [BAD]: BAD } } });
else if (step === 'own') say({ approval: { question: BAD, approvers: ['ada'] } });
else if (ballot) say({ vote: { choice: 'approve', reason: BAD } });
else say({
  output: { [BAD]: BAD, link: 'javascript:alert(6)', list: [BAD] },
  usage: { inputTokens: 1, outputTokens: 1, usd: 0.1, model: BAD },
  artifacts: [
    { name: ${JSON.stringify(NAME)} + '.html', mediaType: 'text/html', text: '<script>alert(7)</script>' + BAD },
    { name: BAD.replaceAll('/', '_'), mediaType: 'image/svg+xml', text: '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(8)"/>' },
  ],
});
`;

const QUOTED = JSON.stringify(BAD.replaceAll('{{constructor}}', ''));

const TASK = `# Hostile

\`\`\`yaml
name: hostile
description: ${QUOTED}
version: 1.0.0
requirements:
  topic: { type: string, description: ${QUOTED} }
\`\`\`

## Phase: <img src=x onerror=alert(9)>
\`\`\`yaml
onFailure: continue
\`\`\`

### Steps
- agent: mallory - <script>alert(10)</script> {{ input.topic }}
  \`\`\`yaml
  id: said
  \`\`\`
- agent: mallory - <b>fails</b>
  \`\`\`yaml
  id: broken
  retry: { maxAttempts: 1 }
  \`\`\`

## Phase: Vote
dependsOn: ["<img src=x onerror=alert(9)>"]

### Steps
- consensus: majority - Take <img src=x onerror=alert(11)> {{ input.topic }}?
  \`\`\`yaml
  id: voted
  voters: [mallory, "person:ada"]
  deadline: 1 hour
  \`\`\`

## Phase: Own
dependsOn: ["<img src=x onerror=alert(9)>"]

### Steps
- agent: mallory - Ask in your own words
  \`\`\`yaml
  id: own
  \`\`\`

## Phase: Ask
dependsOn: ["<img src=x onerror=alert(9)>"]

### Steps
- approval: Publish <img src=x onerror=alert(13)> {{ input.topic }}?
  \`\`\`yaml
  id: asked
  subject: { files: [${JSON.stringify(NAME)}] }
  \`\`\`
`;

const WAITING = new Set(['asking', 'voting', 'waiting']);

let house: House;
let browser: Browser;

beforeAll(async () => {
  [house, browser] = await Promise.all([House.open(), Browser.open()]);
  house.write(
    'agents/mallory.md',
    '---\nname: mallory\ndescription: x\ntroupe:\n  command: [node, ./mallory.mjs]\n---\n',
  );
  house.write('agents/mallory.mjs', AGENT);
  house.write('tasks/hostile.md', TASK);
  house.write(NAME, BAD);
  await house.start('hostile', 'h1', { topic: BAD });
  await house.until('h1', ({ phases }) =>
    phases.slice(1).every(({ steps }) => steps.every(({ status }) => WAITING.has(status))),
  );
});

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await house?.[Symbol.asyncDispose]();
});

const VIEWS = [
  'executions/h1',
  'executions/h1?view=timeline',
  'executions/h1?view=statechart&step=said',
  'executions/h1?view=log',
  'executions/h1?view=provenance',
  'executions/h1?step=said&panel=output',
  'executions/h1?step=said&panel=attempts',
  'executions/h1?step=said&panel=live',
  'executions/h1?step=broken&panel=error',
  'executions/h1?step=voted&panel=ballots',
  'approvals/h1/own',
  'approvals/h1/asked',
  'tasks/hostile',
  '',
];

/** What ran, was made or was shown, of all that must not. */
async function harmIn(addresses: readonly string[]): Promise<readonly string[]> {
  browser.complaints.length = 0;
  const page = await browser.page('about:blank');
  const harm: string[] = [];
  page.on('dialog', (dialog) => {
    harm.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  for (const address of addresses) {
    await page.goto(address);
    await page.getByText(/alert/).filter({ visible: true }).first().waitFor();
    for (const strange of await strangeIn(page)) harm.push(`${address}: ${strange}`);
  }
  await page.context().close();
  return [...harm, ...browser.complaints];
}

/** Elements of the page that only a text could have made. */
const MADE =
  '[onerror], [onload], a[href^="javascript:" i], iframe, object, embed, base, #root script, #root style, #root link';

/** Characters that show a text as another. */
const HIDDEN = /.{0,20}[\u202A-\u202E\u2066-\u2069]|.{0,20}\p{Cc}(?<![\n\r\t])/u;

async function strangeIn(page: Page): Promise<readonly string[]> {
  const made = (await page.locator(MADE).all()).map(String);
  const hidden = HIDDEN.exec(await page.locator('body').innerText())?.[0];
  return hidden === undefined
    ? made
    : [...made, `a text that shows itself as another: ${JSON.stringify(hidden)}`];
}

test('whatever agents, people and files say is text in the page, and shown as it is', async () => {
  expect(await harmIn(VIEWS.map((view) => house.link(view)))).toEqual([]);
});

test('and in the file of an export, opened without a server', async () => {
  expect(await house.troupe('export', 'h1', '--format', 'html', '--output', 'h1.html').ended).toMatchObject({
    code: 0,
  });
  const file = pathToFileURL(`${house.dir}/h1.html`).href;
  expect(await harmIn([file, `${file}#/?step=said`])).toEqual([]);
});
