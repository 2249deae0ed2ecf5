import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TroupeError } from '../../../src/errors.ts';
import { readAgentScripts } from '../../../src/simulation/agents/read-scripts.ts';
import { simulate } from '../../../src/simulation/simulate.ts';
import { defineTask } from '../../../src/task/define.ts';
import { temporaryFolder } from '../../cli/run-in-process.ts';

const task = defineTask({
  name: 't',
  version: '1.0.0',
  phases: [
    {
      name: 'P',
      steps: [
        { agent: 'writer', id: 'draft', text: 'x' },
        { wait: 'go', id: 'go' },
      ],
    },
  ],
});

function write(name: string, text: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

async function problemsOf(text: string, name = 'agents.yaml'): Promise<string> {
  const error = await readAgentScripts(write(name, text)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TroupeError);
  return (error as TroupeError).message.replaceAll(/\/\S*\//g, '');
}

describe('agent scripts in a file', () => {
  test('every kind of script, and signals', async () => {
    const { agents, signals } = await readAgentScripts(
      write(
        'agents.yaml',
        `
agents:
  writer:
    rules:
      - when: { attempt: [1, 2] }
        fail: { class: rate-limit, message: slow, retryAfterMs: 500 }
      - output: { draft: yes }
        latency: 2 minutes
        usage: { tokens: { normal: { mean: 100, sd: 5 } }, usd: 0.01 }
        progress: [half]
  list: [{ output: 1 }]
  drawn:
    latency: { logNormal: { median: 40s, p95: 3m } }
    failures: { crash: 0.05 }
    outputs: [{ weight: 3, output: a }, { output: b }]
  slow: { adversary: stall, ignoreAbort: true }
signals:
  - { name: go, payload: { by: Ada }, after: 3 days }
  - { name: go, after: { phase: P, event: running, delay: 1h } }
  - { name: go, by: writer }
`,
      ),
    );
    expect([...agents.keys()]).toEqual(['writer', 'list', 'drawn', 'slow']);
    expect(signals).toHaveLength(3);
    await using run = await simulate(
      { ...task, retry: { maxAttempts: 3, backoffMs: 0 } },
      { agents, signals },
    );
    await run.toEnd();
    expect(run.status).toBe('completed');
    expect(run.attempts('draft')).toHaveLength(3);
  });

  test('JSON, and programs with functions', async () => {
    const json = await readAgentScripts(write('a.json', '{"agents": {"a": {"output": 1}}}'));
    expect(json.agents.get('a')).toEqual({ output: 1 });
    const program = await readAgentScripts(
      write(
        'a.mjs',
        'export const agents = { writer: () => ({ made: "by a function" }) }; export const signals = [{ name: "go" }];',
      ),
    );
    await using run = await simulate(task, program);
    await run.toEnd();
    expect(run.report().phases[0]?.steps[0]?.output).toEqual({ made: 'by a function' });
  });

  test('a past run, from what `troupe events --json` printed', async () => {
    await using then = await simulate(task, {
      agents: { writer: [{ output: 'then', latency: '3m' }] },
      signals: [{ name: 'go' }],
    });
    await then.toEnd();
    const lines = then
      .records()
      .map(({ record, refusal }) =>
        JSON.stringify({ ...record, at: new Date(record.at).toISOString(), refused: refusal }),
      );
    const path = write('run.jsonl', lines.join('\n'));
    const scripts = await readAgentScripts(
      write('agents.yaml', `agents: { writer: { replay: ${path} } }\nsignals: [{ name: go }]`),
    );
    await using now = await simulate(task, scripts);
    await now.toEnd();
    expect(now.trace()).toBe(then.trace());
  });
});

describe('a file with mistakes', () => {
  test('names each with its place and what was meant', async () => {
    expect(
      await problemsOf(`agents:
  writer:
    rules:
      - wen: { attempt: 1 }
        output: 1
      - output: 1
        latency: 5 parsecs
  other: { adversary: staal }
  third: { failures: { crash: 0.7, timeout: 0.7 } }
signal: []
`),
    ).toBe(`agents.yaml does not say how agents behave:
agents.yaml:4:9: error UNKNOWN_KEY: writer.rules.0: 'wen' is not known here
  4 |       - wen: { attempt: 1 }
    |         ^
  hint: did you mean 'when'?
agents.yaml:7:9: error BAD_VALUE: writer.rules.1.latency: is no duration: write one such as 90s, 5 minutes, 3 days
  7 |         latency: 5 parsecs
    |         ^
agents.yaml:8:12: error BAD_VALUE: other.adversary: must be one of stall, lie, huge, malformed, fickle, throw, late
  8 |   other: { adversary: staal }
    |            ^
agents.yaml:9:12: error BAD_VALUE: third.failures: must not add up to more than 1
  9 |   third: { failures: { crash: 0.7, timeout: 0.7 } }
    |            ^
agents.yaml:10:1: error UNKNOWN_KEY: 'signal' is not known here
  10 | signal: []
     | ^
  hint: did you mean 'signals'?`);
  });

  test.each([
    ['', 'the file is empty'],
    ['[1]', 'the file must be a map of keys'],
    ['agents: 3', 'agents: must be a map of roles'],
    ['agents: { a: 3 }', 'a: must be a map, a list of rules'],
    ['agents: { "a b": { output: 1 } }', "'a b' cannot be a role"],
    ['agents: { a: { rules: [{ latency: 1 }] } }', 'must have either an output or a fail'],
    ['signals: [{ after: 1s }]', 'signals.0.name'],
    [
      'signals: [{ name: a, after: { phase: P, event: started } }]',
      'must be a duration such as 3 days, or {phase, event, delay}',
    ],
    ['agents: { a: {', 'YAML_SYNTAX'],
    ['agents: { __proto__: { output: 1 } }', "'__proto__' cannot be a key"],
  ])('%j', async (text, expected) => {
    expect(await problemsOf(text)).toContain(expected);
  });

  test('a program with mistakes names the part', async () => {
    const message = await problemsOf(
      'export default { agents: { a: { output: 1, latencyy: 3 } } };',
      'a.mjs',
    );
    expect(message).toContain("agents.a.latencyy: a: 'latencyy' is not known here");
  });

  test('one that cannot be read or loaded says why', async () => {
    await expect(readAgentScripts('nowhere.yaml')).rejects.toMatchObject({
      code: 'AGENT_SCRIPTS_UNREADABLE',
    });
    await expect(readAgentScripts('agents.toml')).rejects.toMatchObject({ code: 'AGENT_SCRIPTS_UNREADABLE' });
    await expect(readAgentScripts(write('a.mjs', 'throw new Error("no")'))).rejects.toMatchObject({
      message: expect.stringContaining('it cannot be loaded: no'),
    });
  });

  test('no text makes it throw anything else', async () => {
    const key = fc.constantFrom(
      'agents',
      'signals',
      'rules',
      'a',
      'latency',
      'adversary',
      'output',
      'when',
      'replay',
      'fail',
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null), tie('list'), tie('map')),
      list: fc.array(tie('value'), { maxLength: 3 }),
      map: fc.dictionary(key, tie('value'), { maxKeys: 4 }),
    }));
    await fc.assert(
      fc.asyncProperty(fc.dictionary(key, value, { maxKeys: 3 }), async (document) => {
        try {
          await readAgentScripts(write('any.json', JSON.stringify(document)));
        } catch (error) {
          expect(error).toBeInstanceOf(TroupeError);
        }
      }),
      { numRuns: 150, seed: 4 },
    );
  });
});
