import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { readExport } from '../../src/provenance/export-log.ts';
import { exportLines } from '../../src/provenance/log-file.ts';
import { type Finding, verifyLogFile } from '../../src/provenance/verify.ts';
import { agentStep, phase, task, World } from '../engine/open-world.ts';

const definition = task([
  phase('collect', [agentStep('one'), agentStep('two')]),
  phase('sum', [agentStep('three')], { dependsOn: ['collect'] }),
]);

let text: string;
let lines: readonly string[];

beforeAll(async () => {
  const world = new World();
  const process = await world.open({
    worker: ({ step }) => ({ said: `${step} says "ä\u2028<b>"`, n: [1, 2.5] }),
  });
  await process.begin(definition, { input: { title: 'Überblick', amount: 3 } });
  await process.engine.ended('e');
  const log = await readExport('e', process.engine.sources);
  lines = [...exportLines(log ?? expect.fail())];
  text = `${lines.join('\n')}\n`;
});

function codesOf(changed: string): readonly Finding['code'][] {
  return verifyLogFile(changed).findings.map(({ code }) => code);
}

function withoutLine(index: number): string {
  return lines.filter((_, at) => at !== index).join('\n');
}

describe('an exported log', () => {
  it('is sound as it was written', () => {
    expect(verifyLogFile(text)).toMatchObject({
      execution: 'e',
      records: 8,
      seals: 1,
      sealedUpTo: 7,
      state: { status: 'completed' },
      findings: [],
    });
  });

  it('with one byte flipped, wherever, is found; a changed record is named', () => {
    const bytes = Buffer.from(text);
    // The last byte is the line feed at the end of the file, which means nothing.
    const places = fc.record({ at: fc.nat({ max: bytes.length - 2 }), bit: fc.nat({ max: 7 }) });
    fc.assert(
      fc.property(places, ({ at, bit }) => {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        const { findings } = verifyLogFile(flipped.toString('utf8'));
        expect(findings).not.toEqual([]);
        const line = bytes.subarray(0, at).toString('utf8').split('\n').length;
        const isRecord = line > 1 && line < lines.length;
        if (isRecord) expect(findings.some((finding) => finding.line === line)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it('without one of its records says so', () => {
    for (let index = 1; index < lines.length - 1; index += 1) {
      expect(codesOf(withoutLine(index)), `line ${index + 1}`).toContain('RECORDS_MISSING');
    }
  });

  it('without its last record is not sealed to its end', () => {
    const { findings } = verifyLogFile(withoutLine(lines.length - 2));
    expect(findings.map(({ code }) => code)).toEqual(['RECORDS_MISSING', 'UNSEALED_END']);
  });

  it('without its last line was cut', () => {
    expect(codesOf(withoutLine(lines.length - 1))).toEqual(['END_MISSING']);
  });

  it('made whole again by hand after a record was changed breaks the seal', () => {
    const at = lines.findIndex((line) => line.includes('one says'));
    const record = JSON.parse(lines[at] as string);
    record.data.output.said = 'something else';
    const { digest: _, ...rest } = record;
    const forged = lines.map((line, index) =>
      index === at ? JSON.stringify({ ...rest, digest: digestOf(rest) }) : line,
    );
    const { findings } = verifyLogFile(forged.join('\n'));
    expect(findings.map(({ code }) => code)).toContain('SEAL_BROKEN');
    expect(findings.find(({ code }) => code === 'SEAL_BROKEN')?.message).toContain('positions 1 to 7');
  });

  it('in another order says where', () => {
    const swapped = [...lines];
    [swapped[3], swapped[4]] = [lines[4] as string, lines[3] as string];
    expect(codesOf(swapped.join('\n'))).toContain('ORDER_BROKEN');
  });
});

test.each(['', 'no log', '{}', '{"troupe":"log"}', '[]\n[]'])('%j is no exported log', (content) => {
  expect(codesOf(content)).toEqual(['NOT_A_LOG']);
});

test('any text is read to an answer', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.json())), (some) => {
      expect(verifyLogFile([lines[0], ...some].join('\n')).findings).not.toEqual([]);
    }),
  );
});

function digestOf(record: object): string {
  const { position, id, source, type, at, data } = record as { [key: string]: unknown };
  return createHash('sha256')
    .update(`${JSON.stringify([position, id, source, type, at, data])}\n`)
    .digest('hex');
}
