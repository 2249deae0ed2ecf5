import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asyncApiDocument } from '../../../scripts/asyncapi.ts';
import * as messages from '../../../src/adapters/nats/messages.ts';

const page = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');

/** Fenced blocks of one language: the word after it, and the text. */
function blocks(language: string): { readonly about: string; readonly text: string }[] {
  const found = page.matchAll(new RegExp(`^ *\`\`\`${language} ?(\\w*)\\n([\\s\\S]*?)^ *\`\`\`$`, 'gm'));
  return Array.from(found, ([, about = '', text = '']) => ({ about, text }));
}

const { reportData, recordMessage, ...others } = messages;
const report = z.discriminatedUnion('type', [
  recordMessage.extend({ type: z.literal('step.succeeded'), data: reportData['step.succeeded'] }),
  recordMessage.extend({ type: z.literal('step.failed'), data: reportData['step.failed'] }),
  recordMessage.extend({ type: z.literal('step.asked'), data: reportData['step.asked'] }),
  recordMessage.extend({ type: z.literal('claim.released'), data: reportData['claim.released'] }),
  recordMessage.extend({ type: z.literal('ballot.sealed'), data: reportData['ballot.sealed'] }),
]);
const artifactRef = reportData['claim.released'].shape.logs.unwrap();
const schemas: Readonly<Record<string, z.ZodType>> = { ...others, report, artifactRef };

describe('docs/protocol.md', () => {
  it('has examples that are JSON, all of them', () => {
    for (const { text } of blocks('json')) expect(() => JSON.parse(text)).not.toThrow();
  });

  it('has examples of every message, and their schemas know every key', () => {
    const named = blocks('json').filter(({ about }) => about !== '');
    expect(new Set(named.map(({ about }) => about))).toEqual(new Set(Object.keys(schemas)));
    for (const { about, text } of named) {
      const example: unknown = JSON.parse(text);
      // What a schema does not know it leaves out.
      expect({ about, example: schemas[about]?.parse(example) }).toEqual({ about, example });
    }
  });

  it('has an example of every kind of report and every answer to a claim', () => {
    const of = (name: string): { readonly type?: string; readonly kind?: string }[] =>
      blocks('json')
        .filter(({ about }) => about === name)
        .map(({ text }) => JSON.parse(text));
    expect(new Set(of('report').map(({ type }) => type))).toEqual(new Set(Object.keys(reportData)));
    expect(new Set(of('claimAnswer').map(({ kind }) => kind))).toEqual(new Set(['granted', 'refused']));
  });

  it('names every subject', () => {
    const { channels } = asyncApiDocument() as { channels: Record<string, { address: string | null }> };
    const addresses = Object.values(channels).flatMap(({ address }) => address ?? []);
    expect(addresses.filter((address) => !page.includes(`\`${address}\``))).toEqual([]);
  });

  it('names every class of failure and every answer to a heartbeat', () => {
    const failures = reportData['step.failed'].shape.error.shape.class.options;
    const answers = messages.heartbeatAnswer.shape.answers.element.options;
    for (const word of [...failures, ...answers])
      expect(page).toMatch(new RegExp(`^\\| \`${word}\` \\|`, 'm'));
  });

  it('counts the bytes of its conversation rightly', () => {
    const [conversation] = blocks('nats');
    const lines = (conversation?.text ?? '').trimEnd().split('\n');
    const counted: [string, string][] = [];
    for (const [index, line] of lines.entries()) {
      const bytes = /^[<>] (?:PUB|MSG) .* (\d+)$/.exec(line)?.[1];
      const next = lines[index + 1]?.slice(2) ?? '';
      if (bytes !== undefined) counted.push([`${line} ${bytes}`, `${line} ${Buffer.byteLength(next)}`]);
    }
    expect(counted.length).toBeGreaterThan(10);
    expect(counted.map(([said]) => said)).toEqual(counted.map(([, found]) => found));
    const at = lines.findIndex((line) => line.includes(' HMSG '));
    const [, head] = /(\d+) \d+$/.exec(lines[at] ?? '') ?? [];
    const header = lines.slice(at + 1, -1).map((line) => `${line.slice(2)}\r\n`);
    expect(Buffer.byteLength(header.join(''))).toBe(Number(head));
  });

  it('lays out its example of an object rightly', () => {
    const objects = blocks('json')
      .map(({ text }) => JSON.parse(text))
      .filter((value) => 'nuid' in value);
    expect(objects.length).toBeGreaterThan(0);
    const sha = createHash('sha256').update('foo');
    const digest = sha.digest();
    for (const { name, size, digest: said } of objects) {
      expect(name).toBe(digest.toString('hex'));
      expect(size).toBe(3);
      expect(said).toBe(`SHA-256=${digest.toString('base64').replaceAll('+', '-').replaceAll('/', '_')}`);
    }
    expect(page).toContain(`.M.${Buffer.from(digest.toString('hex')).toString('base64')}"`);
  });
});
