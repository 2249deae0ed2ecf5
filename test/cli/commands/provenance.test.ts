import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Example } from '../../examples/run-example.ts';
import { temporaryFolder } from '../run-in-process.ts';

async function published(): Promise<Example> {
  const example = new Example('wait-for-signal');
  await example.troupe(['run', 'publish', '--id', 'p1', '--no-wait']);
  await example.troupe(['signal', 'p1', 'approve', '{"by":"Ada"}']);
  await example.troupe(['resume', 'p1']);
  return example;
}

describe('troupe export and verify', () => {
  test('what was exported is sound', async () => {
    const example = await published();
    const file = join(temporaryFolder(), 'p1.jsonl');
    expect((await example.troupe(['export', 'p1', '-o', file])).code).toBe(0);
    const { code, stdout } = await example.troupe(['verify', file]);
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('✓ sound  p1'),
    });
    expect(JSON.parse((await example.troupe(['verify', file, '--json'])).stdout)).toMatchObject({
      ok: true,
    });
  });

  test('a changed record is named, and the exit code is 1', async () => {
    const example = await published();
    const file = join(temporaryFolder(), 'p1.jsonl');
    await example.troupe(['export', 'p1', '-o', file]);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"Ada"', '"Eve"'));
    const { code, stdout } = await example.troupe(['verify', file]);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /p1\.jsonl:\d+: The record at position \d+ \(signal\.sent\) is not the one that was exported/,
    );
  });

  test('what is aborted while nobody drives it is sealed as well', async () => {
    const example = new Example('wait-for-signal');
    await example.troupe(['run', 'publish', '--id', 'p2', '--no-wait']);
    expect((await example.troupe(['abort', 'p2'])).code).toBe(0);
    const { stdout } = await example.troupe(['export', 'p2']);
    expect(await example.troupe(['verify', '-'], { readStdin: async () => stdout })).toMatchObject({
      code: 0,
    });
  });

  test('a file that is not there, and an execution that is not', async () => {
    const example = new Example('wait-for-signal');
    expect(await example.troupe(['verify', 'none.jsonl'])).toMatchObject({ code: 2 });
    expect((await example.troupe(['export', 'none'])).stderr).toContain('There is no execution none');
  });
});

describe('troupe show --provenance', () => {
  test('says what went into each step and what came out', async () => {
    const example = await published();
    const { stdout } = await example.troupe(['show', 'p1', '--provenance']);
    expect(stdout).toMatch(/→ output of \S+ +sha256:[0-9a-f]{12}/);
    expect(stdout).toMatch(/← output of \S+/);
  });

  test('as Mermaid, and as W3C PROV', async () => {
    const example = await published();
    expect((await example.troupe(['show', 'p1', '--provenance', '--mermaid'])).stdout).toMatch(
      /^flowchart LR\n/,
    );
    const prov = JSON.parse((await example.troupe(['show', 'p1', '--provenance', '--json'])).stdout);
    expect(Object.keys(prov)).toContain('wasGeneratedBy');
    expect((await example.troupe(['show', 'p1', '--mermaid'])).code).toBe(2);
  });
});
