import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AttemptLog, LOG_LIMIT_BYTES } from '../../src/agent/attempt-log.ts';
import { defineAgent } from '../../src/agent/define.ts';
import { Scrubber } from '../../src/agent/scrub.ts';
import { shellAgent } from './fixtures/definition.ts';
import { HostUnderTest } from './fixtures/open-host.ts';

const SECRET = 'k3y "quoted" + ütf/8 & more';
const LABEL = '[secret API_KEY]';

function scrubberOf(secret = SECRET): Scrubber {
  const scrubber = Scrubber.of([{ name: 'API_KEY', secret: true }], { API_KEY: secret });
  if (scrubber === undefined) throw new Error('nothing to hide');
  return scrubber;
}

describe('a secret is hidden', () => {
  test.each([
    ['as it is', SECRET],
    ['URL-encoded', encodeURIComponent(SECRET)],
    ['URL-encoded in lower case', encodeURIComponent(SECRET).replace(/%../g, (code) => code.toLowerCase())],
    ['as a form field', new URLSearchParams({ k: SECRET }).toString().slice(2)],
    ['inside JSON', JSON.stringify(SECRET).slice(1, -1)],
    ['inside JSON in ASCII', JSON.stringify(SECRET).slice(1, -1).replace('ü', '\\u00fc')],
    ['inside JSON inside JSON', JSON.stringify(JSON.stringify(SECRET)).slice(3, -3)],
    ['in base64', Buffer.from(SECRET).toString('base64')],
    ['in base64 for URLs', Buffer.from(SECRET).toString('base64url')],
  ])('%s', (_, form) => {
    expect(scrubberOf().text(`before ${form} after`)).toBe(`before ${LABEL} after`);
  });

  test.each(['u:', 'me:', 'you:'])('in base64 behind %s', (before) => {
    const secret = 'correct-horse-battery';
    const header = Buffer.from(`${before}${secret}!`).toString('base64');
    const scrubbed = scrubberOf(secret).text(`Basic ${header}`);
    expect(scrubbed).toContain(LABEL);
    expect(Buffer.from(scrubbed.replace(LABEL, '').slice(6), 'base64').toString()).not.toMatch(
      /horse|batter/,
    );
  });

  test('line by line', () => {
    const key = '-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSjAgEAAoIB\n-----END KEY-----';
    expect(scrubberOf(key).text('read MIIEvQIBADANBgkqhkiG9w0B')).toBe(`read ${LABEL}`);
    expect(scrubberOf(key).text(key)).toBe(LABEL);
  });

  test('in keys, strings and numbers of JSON, however deep', () => {
    const scrubber = scrubberOf('123456');
    expect(scrubber.json({ 'x-123456': [{ y: 'a123456b' }, 123456, 99, null, true] })).toEqual({
      [`x-${LABEL}`]: [{ y: `a${LABEL}b` }, LABEL, 99, null, true],
    });
  });

  test('in bytes that are no text', () => {
    const bytes = Buffer.concat([Uint8Array.of(0xff, 0xfe), Buffer.from(SECRET), Uint8Array.of(0x80)]);
    expect(Buffer.from(scrubberOf().bytes(bytes))).toEqual(
      Buffer.concat([Uint8Array.of(0xff, 0xfe), Buffer.from(LABEL), Uint8Array.of(0x80)]),
    );
  });

  test('with the longer of two secrets first', () => {
    const variables = [
      { name: 'SHORT', secret: true },
      { name: 'LONG', secret: true },
    ];
    const scrubber = Scrubber.of(variables, { SHORT: 'abcd', LONG: 'abcdefgh' });
    expect(scrubber?.text('abcdefgh abcd')).toBe('[secret LONG] [secret SHORT]');
  });

  test('wherever the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant(SECRET), fc.string({ unit: 'binary', maxLength: 40 })), {
          maxLength: 8,
        }),
        fc.array(fc.nat(200), { maxLength: 12 }),
        (texts, cuts) => {
          const whole = Buffer.from(texts.join(''));
          const stream = scrubberOf().stream();
          const pieces: Uint8Array[] = [];
          let start = 0;
          for (const cut of cuts) {
            pieces.push(stream.push(whole.subarray(start, start + cut)));
            start += cut;
          }
          pieces.push(stream.push(whole.subarray(start)), stream.end());
          expect(Buffer.concat(pieces)).toEqual(Buffer.from(scrubberOf().bytes(whole)));
          expect(Buffer.concat(pieces).toString()).not.toContain(SECRET);
        },
      ),
    );
  });
});

describe('nothing is hidden', () => {
  test.each([
    ['a variable that is no secret', [{ name: 'A', secret: false }], { A: 'long enough' }],
    ['a variable that is not set', [{ name: 'A', secret: true }], {}],
    ['a value of fewer than 4 characters', [{ name: 'A', secret: true }], { A: 'abc' }],
    ['no variables', [], { A: 'long enough' }],
  ])('for %s', (_, variables, environment) => {
    expect(Scrubber.of(variables, environment)).toBeUndefined();
  });
});

describe('the log of an attempt', () => {
  test('keeps its end and says what is missing', () => {
    const log = new AttemptLog(undefined);
    for (let line = 0; line < 30_000; line += 1) log.write(`line ${String(line).padStart(6, '0')}\n`);
    const text = Buffer.from(log.bytes()).toString();
    const missing = 30_000 * 12 - LOG_LIMIT_BYTES;
    expect(text.startsWith(`[${missing} earlier bytes left out]\n`)).toBe(true);
    expect(text.endsWith('line 029999\n')).toBe(true);
    expect(log.lastLines(2)).toBe('line 029998\nline 029999');
  });

  test('keeps no half of a secret at its cut', () => {
    const log = new AttemptLog(scrubberOf());
    for (const char of `${SECRET}${'x'.repeat(LOG_LIMIT_BYTES - 8)}`) log.write(char);
    const text = Buffer.from(log.bytes()).toString();
    expect(text).not.toContain('more');
    expect(text).toContain('API_KEY]xxx');
  });
});

describe('a canary', () => {
  const environment = { PATH: process.env.PATH, CANARY: 'canary-4711-secret' };
  const env = [{ name: 'CANARY', secret: true }];

  /** Everything that left the host. */
  async function everythingSaid(world: HostUnderTest): Promise<string> {
    const report = await world.perform('tester');
    const logs = report.logs === undefined ? '' : await world.readText(report.logs);
    const { result } = report;
    const artifacts = result.kind === 'succeeded' ? (result.artifacts ?? []) : [];
    const contents = await Promise.all(artifacts.map((artifact) => world.readText(artifact)));
    return JSON.stringify([world.desk.reports, world.news, logs, contents, world.warnings]);
  }

  test.each([
    ['output', `printf '{"output":{"k":"%s"}}' "$CANARY"`],
    ['progress', `printf '{"progress":"%s"}\n{"output":1}' "$CANARY"`],
    ['an error', `printf '{"error":{"message":"%s","details":["%s"]}}' "$CANARY" "$CANARY"`],
    ['an unreadable line', `echo "key=$CANARY"`],
    ['stderr and the failure that quotes it', `echo "key=$CANARY" >&2; exit 1`],
    ['an artifact', `printf '{"output":1,"artifacts":[{"name":"a","text":"%s"}]}' "$CANARY"`],
  ])('in %s of a program does not leave the host', async (_, line) => {
    const said = await everythingSaid(
      new HostUnderTest({ agents: [shellAgent(line, { env })], environment }),
    );
    expect(said).not.toContain(environment.CANARY);
    expect(said).toContain('[secret CANARY]');
  });

  test('in what a function says does not leave the host', async () => {
    const agent = defineAgent({
      name: 'tester',
      env: ['CANARY'],
      run: (_, { progress, logger, attach }) => {
        progress({ key: environment.CANARY });
        logger.info(`key ${environment.CANARY}`);
        attach({ name: 'a', content: environment.CANARY });
        return [environment.CANARY, { toJSON: () => environment.CANARY }];
      },
    });
    const said = await everythingSaid(new HostUnderTest({ agents: [agent], environment }));
    expect(said).not.toContain(environment.CANARY);
    expect(said.match(/\[secret CANARY\]/g)).toHaveLength(5);
  });

  test('that is no secret may leave the host', async () => {
    const agent = shellAgent(`printf '{"output":"%s"}' "$CANARY"`, {
      env: [{ name: 'CANARY', secret: false }],
    });
    expect(await everythingSaid(new HostUnderTest({ agents: [agent], environment }))).toContain(
      environment.CANARY,
    );
  });
});
