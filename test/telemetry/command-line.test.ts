import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { Example } from '../examples/run-example.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const REGISTER = fileURLToPath(new URL('../fixtures/telemetry/register.ts', import.meta.url));

test('an SDK that --import registers gets the spans of a run, all of them before the command ends', async () => {
  const { cwd, data } = new Example('python-agent');
  const file = join(data, 'spans.ndjson');
  const args = [
    '--import',
    pathToFileURL(REGISTER).href,
    MAIN,
    'run',
    'statistics',
    '--input-file',
    'numbers.json',
  ];
  const env = { ...process.env, SPANS: file, TROUPE_DATA: data, TRACEPARENT: TRACEPARENT };
  await promisify(execFile)(process.execPath, args, { cwd, env });
  const spans = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set(['4bf92f3577b34da6a3ce929d0e0e4736']));
  const ids = new Set(['00f067aa0ba902b7', ...spans.map(({ id }) => id)]);
  expect(spans.filter(({ parent }) => !ids.has(parent))).toEqual([]);
  expect(spans.map(({ name }) => name.split(' ')[0])).toEqual(
    expect.arrayContaining(['invoke_workflow', 'phase', 'step', 'invoke_agent', 'agent']),
  );
});

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
