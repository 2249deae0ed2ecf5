import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { agentDefinitionSchema } from '../../src/agent/definition.ts';
import { readAgent, readAgentFile } from '../../src/agent/read.ts';

const FILE = '/agents/analyst.md';

function fileOf(frontMatter: string, body = ''): string {
  return `---\n${frontMatter}\n---\n${body}`;
}

/** What is said about a file: `line:column severity CODE`. */
function saidOf(text: string, file = FILE): string[] {
  return readAgent(text, file).diagnostics.map(
    ({ line, column, severity, code }) => `${line}:${column} ${severity} ${code}`,
  );
}

describe('an agent file', () => {
  test('with everything becomes a definition', () => {
    const text = fileOf(
      [
        'name: analyst',
        'description: Looks at charts.',
        'tools: Read, Grep',
        'model: large',
        'color: blue',
        'troupe:',
        '  runner: command',
        '  command: [node, ./analyst.ts, --fast]',
        '  output: json',
        '  outputSchema: {type: object}',
        '  concurrency: 2',
        '  timeout: 1m30s',
        '  liveness: {host: 30s, process: 10s, progress: 5 minutes}',
        '  capabilities: [charts]',
        '  env: [API_KEY, {name: REGION, secret: false}]',
        '  isolation: worktree',
        '  later: kept',
      ].join('\n'),
      '\nYou are an analyst.\n\n---\nStay calm.\n',
    );
    expect(readAgent(text, FILE).definition).toEqual({
      name: 'analyst',
      description: 'Looks at charts.',
      prompt: 'You are an analyst.\n\n---\nStay calm.',
      tools: ['Read', 'Grep'],
      model: 'large',
      runner: 'command',
      command: ['node', './analyst.ts', '--fast'],
      module: undefined,
      output: 'json',
      outputSchema: { type: 'object' },
      concurrency: 2,
      timeoutMs: 90_000,
      liveness: { host: 30_000, process: 10_000, progress: 300_000 },
      capabilities: ['charts'],
      env: [
        { name: 'API_KEY', secret: true },
        { name: 'REGION', secret: false },
      ],
      worker: false,
      isolation: 'worktree',
      directory: '/agents',
      extra: { color: 'blue', later: 'kept' },
    });
  });

  test('with nothing but a prompt is an agent without runner', () => {
    const { definition, diagnostics } = readAgent('---\n---\nDo it.', FILE);
    expect(diagnostics).toEqual([]);
    expect(definition).toMatchObject({
      name: 'analyst',
      runner: undefined,
      output: 'envelope',
      prompt: 'Do it.',
    });
  });

  test.each([
    ['command: [a]', 'command'],
    ['module: ./a.ts', 'module'],
    ['runner: human', 'human'],
    ['{runner: module, module: ./a.ts, command: [a]}', 'module'],
  ])('with %s has a runner', (block, runner) => {
    expect(readAgent(fileOf(`troupe:\n  ${block}`), FILE).definition).toMatchObject({ runner });
  });

  test('makes a definition that its schema accepts and JSON keeps', () => {
    const { definition } = readAgent(fileOf('troupe: {command: [a], env: [B]}'), FILE);
    expect(agentDefinitionSchema.parse(JSON.parse(JSON.stringify(definition)))).toEqual(
      JSON.parse(JSON.stringify(definition)),
    );
  });

  test('may have Windows line ends and a byte order mark', () => {
    const text = '\uFEFF---\r\ndescription: x\r\n---\r\nPrompt\r\n';
    expect(readAgent(text, FILE).definition).toMatchObject({ description: 'x', prompt: 'Prompt' });
  });
});

describe('a mistake is shown where it stands', () => {
  test.each([
    ['no front matter', '# Analyst\n', ['1:1 error YAML_SYNTAX']],
    ['front matter without end', '---\nname: analyst\n', ['1:1 error YAML_SYNTAX']],
    ['broken YAML', fileOf('name: [analyst'), ['2:15 error YAML_SYNTAX']],
    ['a list', fileOf('- name'), ['2:1 error BAD_TYPE']],
    ['a key that stands twice', fileOf('model: a\nmodel: b'), ['3:1 error DUPLICATE_KEY']],
    ['a bad name', fileOf('name: the analyst'), ['2:7 error BAD_NAME']],
    ['a name that differs from the file', fileOf('name: chartist'), ['2:7 note NAME_DIFFERS']],
    ['a command in one text', fileOf('troupe:\n  command: node ./a.ts'), ['3:12 error BAD_TYPE']],
    ['an element that is no text', fileOf('troupe:\n  command: [node, 5]'), ['3:19 error BAD_TYPE']],
    ['a runner that does not exist', fileOf('troupe:\n  runner: docker'), ['3:11 error BAD_VALUE']],
    ['a runner without command', fileOf('troupe:\n  runner: command'), ['3:11 error BAD_VALUE']],
    ['a runner without module', fileOf('troupe:\n  runner: module'), ['3:11 error BAD_VALUE']],
    ['two runners', fileOf('troupe:\n  command: [a]\n  module: ./b.ts'), ['4:11 error BAD_VALUE']],
    ['a bad duration', fileOf('troupe:\n  timeout: 5 parsecs'), ['3:12 error BAD_DURATION']],
    ['no time at all', fileOf('troupe:\n  timeout: 0s'), ['3:12 error BAD_DURATION']],
    [
      'a bad bound',
      fileOf('troupe:\n  liveness: {host: 1s, progress: 5 parsecs}'),
      ['3:34 error BAD_DURATION'],
    ],
    ['no bound at all', fileOf('troupe:\n  liveness: {process: 0s}'), ['3:23 error BAD_DURATION']],
    ['bounds in one text', fileOf('troupe:\n  liveness: 5m'), ['3:13 error BAD_TYPE']],
    ['a beat that does not exist', fileOf('troupe:\n  liveness: {proces: 5m}'), ['3:14 warning NOT_APPLIED']],
    [
      "a bound on the host's own process",
      fileOf('troupe:\n  module: ./a.ts\n  liveness: {process: 5m}'),
      ['4:23 warning NOT_APPLIED'],
    ],
    ['a bad schema', fileOf('troupe:\n  outputSchema: {type: nothing}'), ['3:17 error BAD_SCHEMA']],
    ['concurrency 0', fileOf('troupe:\n  concurrency: 0'), ['3:16 error BAD_VALUE']],
    [
      'a thread without module',
      fileOf('troupe:\n  command: [a]\n  worker: true'),
      ['4:11 warning NOT_APPLIED'],
    ],
    ['a key in the wrong place', fileOf('command: [a]'), ['2:1 warning NOT_APPLIED']],
    ['a misspelt key', fileOf('troupe:\n  comand: [a]'), ['3:3 warning NOT_APPLIED']],
    [
      'two mistakes',
      fileOf('troupe:\n  output: xml\n  worker: 5'),
      ['3:11 error BAD_VALUE', '4:11 error BAD_TYPE'],
    ],
    ['too much YAML', fileOf(`description: ${'x'.repeat(300_000)}`), ['2:1 error OVER_LIMIT']],
    ['deep YAML', fileOf(`x: ${'['.repeat(500)}`), ['2:1 error OVER_LIMIT']],
  ])('%s', (_, text, said) => {
    expect(saidOf(text)).toEqual(said);
  });

  test('a file whose name cannot be an agent', () => {
    expect(saidOf(fileOf('description: x'), '/agents/the analyst.md')).toEqual(['1:1 error BAD_NAME']);
  });

  test('with a hint', () => {
    const [misspelt] = readAgent(fileOf('troupe:\n  comand: [a]'), FILE).diagnostics;
    expect(misspelt?.hint).toBe("did you mean 'command'?");
    const [beat] = readAgent(fileOf('troupe:\n  liveness: {proces: 5m}'), FILE).diagnostics;
    expect(beat?.hint).toBe("did you mean 'process'?");
    const [bound] = readAgent(fileOf('troupe:\n  liveness: {progress: soon}'), FILE).diagnostics;
    expect(bound?.hint).toContain("'30s'");
    const [text] = readAgent(fileOf('troupe:\n  command: node ./a.ts'), FILE).diagnostics;
    expect(text?.hint).toContain('[node, ./analyst.ts]');
  });

  test('and a file that is too large is not read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'troupe-read-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'large.md');
    await writeFile(file, fileOf('description: x', 'x'.repeat(1024 * 1024)));
    expect(await readAgentFile(file)).toMatchObject({
      definition: undefined,
      diagnostics: [{ code: 'OVER_LIMIT' }],
    });
  });
});
