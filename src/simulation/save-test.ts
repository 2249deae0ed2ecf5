import type { Json } from '../json.ts';
import type { RunResult } from './campaign/run-result.ts';
import type { ReplayOptions } from './rehearsal.ts';

export interface SavedTest {
  /** Path of the task file, relative to the test's folder. */
  readonly task: string;
  /** The same for the agents file. */
  readonly agentsFile?: string | undefined;
  readonly agentDirs: readonly string[];
  readonly input: { readonly [field: string]: Json };
  readonly request: Pick<
    ReplayOptions,
    'seed' | 'hosts' | 'faults' | 'script' | 'seats' | 'spread' | 'history' | 'without'
  >;
  readonly result: Pick<RunResult, 'seed' | 'outcome' | 'error' | 'findings'>;
  /** What it is about, a line each. */
  readonly about: readonly string[];
}

/**
 * A vitest file that replays a run and asserts what came of it. It needs nothing but `troupe` and `vitest`, and the files of task and
 * agents where they lie now. Pure.
 */
export function saveTest({ task, agentsFile, agentDirs, input, request, result, about }: SavedTest): string {
  const { history, ...plain } = request;
  const options = [
    `task: here(${text(task)})`,
    ...(agentsFile === undefined ? [] : [`...(await readAgentScripts(here(${text(agentsFile)})))`]),
    ...(agentDirs.length === 0
      ? []
      : [`agentDirs: [${agentDirs.map((dir) => `here(${text(dir)})`).join(', ')}]`]),
    `input: ${json(input)}`,
    ...Object.entries(plain)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${key}: ${json(value as Json)}`),
    ...(history === undefined
      ? []
      : [
          `history: { bySteps: new Map(${json([...history.bySteps] as unknown as Json)}), byRoles: new Map(${json([...history.byRoles] as unknown as Json)}) }`,
        ]),
  ];
  const imports = agentsFile === undefined ? 'replayRun' : 'readAgentScripts, replayRun';
  const error =
    result.error === null ? [] : [`  expect(result.error?.code).toBe(${text(result.error.code)});`];
  const findings =
    result.findings.length === 0
      ? ['  expect(result.findings).toEqual([]);']
      : [`  expect(result.findings).toEqual(${json(result.findings as unknown as Json)});`];
  return [
    "import { fileURLToPath } from 'node:url';",
    `import { ${imports} } from 'troupe/testing';`,
    "import { expect, test } from 'vitest';",
    '',
    'const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));',
    '',
    '// Found by `troupe simulate`. It holds what happened then: when that was mended, say here what is to happen.',
    ...about.map((line) => `// ${line.replaceAll(/[\r\n\u2028\u2029]+/g, ' ')}`),
    `test(${text(`seed ${result.seed}: ${result.outcome}`)}, async () => {`,
    '  const result = await replayRun({',
    ...options.map((option) => `    ${option},`),
    '  });',
    `  expect(result.outcome).toBe(${text(result.outcome)});`,
    ...error,
    ...findings,
    '});',
    '',
  ].join('\n');
}

function json(value: Json): string {
  // These two end a line in older JavaScript; JSON takes them as they are.
  return JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

/** A text as the code style writes it. */
function text(value: string): string {
  const inner = json(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inner}'`;
}
