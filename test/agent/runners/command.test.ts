import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentDefinition } from '../../../src/agent/definition.ts';
import { findAttemptProcesses } from '../../../src/agent/process-tree.ts';
import {
  type CommandSurroundings,
  commandRunner,
  resolveCommand,
} from '../../../src/agent/runners/command.ts';
import type { AgentRequest } from '../../../src/ports/agent-request.ts';
import type { ProcessGroup } from '../../../src/ports/process-groups.ts';
import { definitionOf, scriptAgent, shellAgent } from '../fixtures/definition.ts';
import { requestOf } from '../fixtures/request.ts';
import { FakeAttempt } from '../fixtures/running-attempt.ts';

function surroundingsOf(about: Partial<CommandSurroundings> = {}): CommandSurroundings {
  return {
    environment: process.env,
    cancelGraceMs: 100,
    outputLimitBytes: 1024 * 1024,
    processGroups: undefined,
    ...about,
  };
}

function run(
  agent: AgentDefinition,
  {
    request = requestOf(),
    attempt = new FakeAttempt(),
    ...about
  }: Partial<CommandSurroundings> & { request?: AgentRequest; attempt?: FakeAttempt } = {},
) {
  return commandRunner(agent, surroundingsOf(about)).run(request, attempt);
}

describe('an answer', () => {
  test('is the output line of the envelope, with usage', async () => {
    const agent = scriptAgent(`console.log(JSON.stringify({ output: request.input, usage: { tokens: 3 } }))`);
    const request = requestOf({ input: { ticker: 'SPX' } });
    expect(await run(agent, { request })).toEqual({
      kind: 'answered',
      output: { ticker: 'SPX' },
      usage: { tokens: 3 },
    });
  });

  test('follows any number of progress lines, which are shown as they come', async () => {
    const attempt = new FakeAttempt();
    const agent = shellAgent(
      `echo '{"progress":1}'; echo; echo '{"progress":{"half":true}}'; printf '{"output":null}'`,
    );
    expect(await run(agent, { attempt })).toMatchObject({ kind: 'answered', output: null });
    expect(attempt.news).toEqual([1, { half: true }]);
  });

  test('may come from a program that does not read its request', async () => {
    const request = requestOf({ input: { long: 'x'.repeat(2_000_000) } });
    const agent = shellAgent(`echo '{"output":"done"}'`);
    expect(await run(agent, { request })).toMatchObject({ kind: 'answered', output: 'done' });
  });

  test('in the form json is all of stdout', async () => {
    const agent = shellAgent(`printf '{\n"a":\n1}'`, { output: 'json' });
    expect(await run(agent)).toEqual({ kind: 'answered', output: { a: 1 } });
  });

  test('in the form text is all of stdout without the last line feed', async () => {
    const agent = shellAgent(`printf 'two\nlines\n'`, { output: 'text' });
    expect(await run(agent)).toEqual({ kind: 'answered', output: 'two\nlines' });
  });

  test('keeps characters that arrive in two pieces', async () => {
    const agent = scriptAgent(`
      const bytes = Buffer.from('{"output":"é€😀"}');
      const write = (index) => index < bytes.length && process.stdout.write(bytes.subarray(index, index + 1), () => write(index + 1));
      write(0);
    `);
    expect(await run(agent)).toMatchObject({ output: 'é€😀' });
  });

  test('may have a key that this version does not know', async () => {
    expect(await run(shellAgent(`echo '{"output":1,"mood":{"for":"x"}}'`))).toEqual({
      kind: 'answered',
      output: 1,
    });
  });
});

describe('a failure', () => {
  const cases: readonly [string, AgentDefinition, object][] = [
    [
      'fatal when there is no such program',
      definitionOf({ runner: 'command', command: ['no-such-program-anywhere'] }),
      { class: 'fatal', message: 'cannot start no-such-program-anywhere: there is no such program' },
    ],
    [
      'fatal when the program may not be executed',
      definitionOf({ runner: 'command', command: ['./definition.ts'] }),
      { class: 'fatal', message: expect.stringContaining('it may not be executed') },
    ],
    [
      'a crash with the last lines of stderr when the exit code is not 0',
      shellAgent('echo first >&2; echo the reason >&2; exit 3'),
      {
        class: 'crash',
        message: 'the program ended with exit code 3: the reason',
        details: { exitCode: 3, stderr: 'first\nthe reason' },
      },
    ],
    [
      'a crash even after an output line when the exit code is not 0',
      shellAgent(`echo '{"output":1}'; exit 1`),
      { class: 'crash', details: { exitCode: 1 } },
    ],
    [
      'a crash when a signal ended the program',
      shellAgent('kill -SEGV $$'),
      { class: 'crash', details: { signal: 'SIGSEGV' } },
    ],
    [
      'invalid-output when a line is not JSON',
      shellAgent(`echo 'Loading model'; echo '{"output":1}'`),
      {
        class: 'invalid-output',
        message: 'a line on stdout is not JSON',
        details: { stdout: 'Loading model' },
      },
    ],
    [
      'invalid-output when a line is no envelope',
      shellAgent(`echo '{"result":1}'`),
      { class: 'invalid-output', details: { stdout: '{"result":1}' } },
    ],
    [
      'invalid-output when a line is two things at once',
      shellAgent(`echo '{"output":1,"error":"no"}'`),
      { class: 'invalid-output' },
    ],
    [
      'invalid-output when lines follow the answer',
      shellAgent(`echo '{"output":1}'; echo '{"output":2}'`),
      { class: 'invalid-output', message: 'a line follows the answer on stdout' },
    ],
    [
      'invalid-output when the program says nothing',
      shellAgent('true'),
      { class: 'invalid-output', message: expect.stringContaining('{"output": …}') },
    ],
    [
      'invalid-output when usage is not as expected',
      shellAgent(`echo '{"output":1,"usage":{"tokens":-1}}'`),
      { class: 'invalid-output', message: expect.stringContaining('usage.tokens') },
    ],
    [
      'invalid-output when stdout is not one JSON document',
      shellAgent(`echo '{"a":1} {"b":2}'`, { output: 'json' }),
      { class: 'invalid-output', message: 'stdout is not one JSON document' },
    ],
    [
      'invalid-output when a line is too large',
      shellAgent(`head -c 2000000 /dev/zero | tr '\\0' x`),
      { class: 'invalid-output', message: expect.stringContaining('larger than 1 MiB') },
    ],
    [
      'invalid-output when stdout is too large',
      shellAgent(`head -c 2000000 /dev/zero | tr '\\0' x`, { output: 'text' }),
      { class: 'invalid-output', message: expect.stringContaining('larger than 1 MiB') },
    ],
    [
      'of the class that the agent names, whatever its exit code',
      shellAgent(`echo '{"error":{"message":"slow down","class":"rate-limit","retryAfterMs":50}}'; exit 9`),
      { class: 'rate-limit', message: 'slow down', retryAfterMs: 50 },
    ],
    [
      'a crash when the agent names no class',
      shellAgent(`echo '{"error":"just no"}'`),
      { class: 'crash', message: 'just no' },
    ],
    [
      'invalid-output when the agent names a class that does not exist',
      shellAgent(`echo '{"error":{"message":"x","class":"awful"}}'`),
      { class: 'invalid-output', message: expect.stringContaining('error.class') },
    ],
  ];

  test.each(cases)('is %s', async (_, agent, error) => {
    expect(await run(agent)).toMatchObject({ kind: 'failed', error });
  });

  test('is fatal when the working directory does not exist', async () => {
    const request = requestOf({ workspace: '/no/such/folder' });
    expect(await run(shellAgent('true'), { request })).toMatchObject({
      error: { class: 'fatal', message: expect.stringContaining('/no/such/folder') },
    });
  });

  test('counts what the agent used', async () => {
    const agent = shellAgent(`echo '{"error":"no","usage":{"usd":0.5}}'`);
    expect(await run(agent)).toMatchObject({ kind: 'failed', usage: { usd: 0.5 } });
  });
});

describe('the program', () => {
  test('gets the basics of the environment, what its file names, and who it is', async () => {
    const agent = scriptAgent(`console.log(JSON.stringify({ output: process.env }))`, {
      env: [{ name: 'WANTED', secret: false }],
    });
    const attempt = new FakeAttempt('data/e1/s1/2/7');
    const outcome = await run(agent, {
      attempt,
      request: requestOf({ attempt: 2 }),
      environment: { PATH: process.env.PATH, HOME: '/home/somebody', WANTED: 'yes', UNWANTED: 'no' },
    });
    expect(outcome).toMatchObject({
      output: {
        PATH: process.env.PATH,
        HOME: '/home/somebody',
        WANTED: 'yes',
        TROUPE_EXECUTION: 'e1',
        TROUPE_STEP: 's1',
        TROUPE_ATTEMPT: '2',
        TROUPE_CLAIM: 'data/e1/s1/2/7',
      },
    });
    expect(outcome).not.toHaveProperty('output.UNWANTED');
  });

  test('is registered before anything else happens, and removed after', async () => {
    const groups = new Map<string, ProcessGroup>();
    const processGroups = {
      add: (group: ProcessGroup) =>
        void groups.set(`${group.execution}/${group.step}/${group.attempt}`, group),
      remove: ({ execution, step, attempt }: Pick<ProcessGroup, 'execution' | 'step' | 'attempt'>) =>
        void groups.delete(`${execution}/${step}/${attempt}`),
      killLeftovers: async () => [],
      killAttemptsOf: async () => [],
    };
    const running = run(scriptAgent(`console.log(JSON.stringify({ output: process.pid }))`), {
      processGroups,
    });
    const [group] = groups.values();
    expect(group).toMatchObject({ execution: 'e1', step: 's1', attempt: 1 });
    expect(await running).toMatchObject({ output: group?.pgid });
    expect(groups.size).toBe(0);
  });

  test('is looked for beside the agent file when its name begins with a dot', () => {
    const command = ['./bin/tool', '--config', '../config.json', 'plain', '.hidden'];
    expect(resolveCommand({ command, directory: '/agents/team' })).toEqual([
      '/agents/team/bin/tool',
      '--config',
      '/agents/config.json',
      'plain',
      '.hidden',
    ]);
    expect(resolveCommand({ command: ['node', 'node'], directory: '/' })).toEqual([process.execPath, 'node']);
  });

  test('gets its arguments as they are', async () => {
    const agent = definitionOf({
      runner: 'command',
      command: ['printf', '%s|', 'a b', '$HOME', '`id`', "quote'"],
      output: 'text',
    });
    expect(await run(agent)).toMatchObject({ output: `a b|$HOME|\`id\`|quote'|` });
  });

  test('may be written in Python', async () => {
    const agent = definitionOf({
      runner: 'command',
      command: [
        'python3',
        '-c',
        'import json,sys; r=json.load(sys.stdin); print(json.dumps({"output": r["step"]}))',
      ],
    });
    expect(await run(agent)).toMatchObject({ output: 's1' });
  });
});

describe('in a workspace', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'troupe-command-')));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('the program works there', async () => {
    const agent = shellAgent('pwd', { output: 'text' });
    expect(await run(agent, { request: requestOf({ workspace: folder }) })).toMatchObject({ output: folder });
  });

  test('artifacts are files, text or base64', async () => {
    await writeFile(join(folder, 'chart.svg'), '<svg/>');
    const artifacts = [
      { name: 'chart.svg', path: 'chart.svg', mediaType: 'image/svg+xml' },
      { name: 'note', text: 'hello' },
      { name: 'raw', base64: 'AQI=' },
    ];
    const agent = scriptAgent(
      `console.log(JSON.stringify({ output: 1, artifacts: request.input.artifacts }))`,
    );
    expect(await run(agent, { request: requestOf({ workspace: folder, input: { artifacts } }) })).toEqual({
      kind: 'answered',
      output: 1,
      attachments: [
        { name: 'chart.svg', mediaType: 'image/svg+xml', content: Buffer.from('<svg/>') },
        { name: 'note', content: 'hello' },
        { name: 'raw', content: Buffer.from([1, 2]) },
      ],
    });
  });

  test.each([
    ['a file that does not exist', { name: 'x', path: 'none.txt' }],
    ['a folder', { name: 'x', path: '.' }],
    ['nothing at all', { name: 'x' }],
    ['two contents', { name: 'x', text: 'a', base64: 'AQI=' }],
    ['a file that is too large', { name: 'x', path: 'large.bin' }],
  ])('an artifact that is %s is a failure', async (_, artifact) => {
    await writeFile(join(folder, 'large.bin'), Buffer.alloc(1024 * 1024 + 1));
    const agent = scriptAgent(
      `console.log(JSON.stringify({ output: 1, artifacts: [request.input.artifact] }))`,
    );
    expect(
      await run(agent, { request: requestOf({ workspace: folder, input: { artifact } }) }),
    ).toMatchObject({
      kind: 'failed',
      error: { class: 'invalid-output', message: expect.stringContaining('the artifact "x" cannot be read') },
    });
  });

  test('a program that is asked to end may clean up first', async () => {
    const attempt = new FakeAttempt();
    const agent = scriptAgent(`
      process.on('SIGTERM', () => {
        require('node:fs').writeFileSync('cleaned', 'yes');
        process.exit(0);
      });
      console.log('{"progress":"ready"}');
      setInterval(() => {}, 1000);
    `);
    const request = requestOf({ workspace: folder });
    const running = run(agent, { attempt, request, cancelGraceMs: 20_000 });
    await attempt.until(({ news }) => news.length > 0);
    attempt.controller.abort();
    await running;
    expect(await readFile(join(folder, 'cleaned'), 'utf8')).toBe('yes');
  });
});

describe.runIf(process.platform === 'linux')('nothing is left', () => {
  /** Ignores SIGTERM, and starts two more that do: one in a session of its own, one in the group. */
  const STUBBORN = `
    trap '' TERM
    setsid sh -c 'trap "" TERM; echo loner-up >&2; while :; do sleep 1; done' &
    sh -c 'trap "" TERM; echo member-up >&2; while :; do sleep 1; done' &
    while :; do sleep 1; done
  `;

  test('of a cancelled program that ignores SIGTERM and forks', async () => {
    const attempt = new FakeAttempt();
    const running = run(shellAgent(STUBBORN), { attempt });
    await attempt.until((seen) => /loner-up/.test(seen.lastLines(9)) && /member-up/.test(seen.lastLines(9)));
    const pgid = -1;
    expect(findAttemptProcesses({ pgid, marker: attempt.marker }).length).toBeGreaterThanOrEqual(3);
    attempt.controller.abort();
    await running;
    expect(findAttemptProcesses({ pgid, marker: attempt.marker })).toEqual([]);
  });

  test('of a cancelled program that ends at once but leaves another in a session of its own', async () => {
    const attempt = new FakeAttempt();
    const agent = shellAgent(`setsid sh -c 'echo up >&2; exec sleep 1000' & wait`);
    const running = run(agent, { attempt, cancelGraceMs: 20_000 });
    await attempt.until((seen) => seen.lastLines(1) === 'up');
    attempt.controller.abort();
    await running;
    expect(findAttemptProcesses({ pgid: -1, marker: attempt.marker })).toEqual([]);
  });

  test('of what a program that ended well left behind holding its stdout', async () => {
    const attempt = new FakeAttempt();
    const agent = shellAgent(`sleep 1000 & echo '{"output":"ended"}'`);
    expect(await run(agent, { attempt })).toMatchObject({ kind: 'answered', output: 'ended' });
    expect(findAttemptProcesses({ pgid: -1, marker: attempt.marker })).toEqual([]);
  });

  test('of what a program left behind talking on', async () => {
    const attempt = new FakeAttempt();
    const agent = shellAgent(`(sleep 0.1; echo; sleep 0.1; echo; sleep 1000) & echo '{"output":"ended"}'`);
    expect(await run(agent, { attempt })).toMatchObject({ kind: 'answered', output: 'ended' });
    expect(findAttemptProcesses({ pgid: -1, marker: attempt.marker })).toEqual([]);
  });

  test('of a program whose output is too large and that goes on', async () => {
    const attempt = new FakeAttempt();
    const agent = shellAgent(`head -c 3000000 /dev/zero; trap '' TERM; while :; do sleep 1; done`);
    expect(await run(agent, { attempt })).toMatchObject({ error: { class: 'invalid-output' } });
    expect(findAttemptProcesses({ pgid: -1, marker: attempt.marker })).toEqual([]);
  });

  test('of an attempt that was cancelled before it began', async () => {
    const attempt = new FakeAttempt();
    attempt.controller.abort();
    await run(shellAgent(STUBBORN), { attempt });
    expect(findAttemptProcesses({ pgid: -1, marker: attempt.marker })).toEqual([]);
  });
});
