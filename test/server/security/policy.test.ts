import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Asked, type Policy, refusalOf } from '../../../src/server/security/policy.ts';

const TOKEN = 'x'.repeat(32);
const LOOPBACK: Policy = { isLoopback: true, port: 4680, allowedHosts: [], token: TOKEN };
const OPEN: Policy = { ...LOOPBACK, isLoopback: false, allowedHosts: ['troupe.example.com', '192.168.1.5'] };

const GET: Asked = {
  method: 'GET',
  path: '/api/executions',
  isUpgrade: false,
  host: '127.0.0.1:4680',
  origin: undefined,
  fetchSite: undefined,
  isNavigation: false,
  authorization: undefined,
  protocols: undefined,
};

function code(asked: Partial<Asked>, policy = LOOPBACK): string | undefined {
  return refusalOf({ ...GET, ...asked }, policy)?.code;
}

describe('Host', () => {
  test.each(['127.0.0.1:4680', 'localhost:4680', 'LOCALHOST:4680', '[::1]:4680'])(
    '%s is this server',
    (host) => {
      expect(code({ host })).toBeUndefined();
    },
  );

  test.each([
    undefined,
    '',
    '127.0.0.1',
    'localhost',
    '127.0.0.1:4681',
    'attacker.example:4680',
    '127.0.0.1.attacker.example:4680',
    'localhost.attacker.example:4680',
    'attacker.example@127.0.0.1:4680',
    '127.0.0.1:4680.attacker.example',
    '127.0.0.2:4680',
    '0.0.0.0:4680',
    '2130706433:4680',
    '127.1:4680',
    '[::ffff:127.0.0.1]:4680',
    'localhost.:4680',
    ' localhost:4680',
    'localhost:4680 ',
    'localhost:04680',
  ])('%s is another: a name that was pointed here opens nothing', (host) => {
    expect(code({ host })).toBe('HOST_REFUSED');
    // Also for the page itself, which a rebound name would otherwise read.
    expect(code({ host, path: '/' })).toBe('HOST_REFUSED');
  });

  test('names that were allowed, with the port of the server or that of what stands before it', () => {
    const authorization = `Bearer ${TOKEN}`;
    for (const host of [
      'troupe.example.com',
      'troupe.example.com:4680',
      '192.168.1.5:4680',
      'localhost:4680',
    ])
      expect(code({ host, authorization }, OPEN)).toBeUndefined();
    for (const host of ['example.com', 'a.troupe.example.com', 'troupe.example.com:81', '192.168.1.6:4680'])
      expect(code({ host, authorization }, OPEN)).toBe('HOST_REFUSED');
  });

  test('nothing but the names of this server is let in', () => {
    const own = ['127.0.0.1:4680', 'localhost:4680', '[::1]:4680'];
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.domain(), fc.webAuthority()), (host) => {
        expect(code({ host }) === undefined).toBe(own.includes(host.toLowerCase()));
      }),
    );
  });
});

describe('Origin and Sec-Fetch-Site', () => {
  const authorization = `Bearer ${TOKEN}`;

  test.each([
    'http://attacker.example',
    'https://127.0.0.1:4680',
    'http://127.0.0.1',
    'http://127.0.0.1:4681',
    'http://localhost:4680',
    'null',
    '',
    'http://127.0.0.1:4680.attacker.example',
  ])('a page of %s may ask nothing, with the token or without', (origin) => {
    expect(code({ origin, authorization })).toBe('ORIGIN_REFUSED');
    expect(code({ origin, authorization, method: 'POST' })).toBe('ORIGIN_REFUSED');
    expect(code({ origin, authorization, isUpgrade: true, path: '/api/socket' })).toBe('ORIGIN_REFUSED');
  });

  test('its own page may', () => {
    expect(code({ origin: 'http://127.0.0.1:4680', authorization, method: 'POST' })).toBeUndefined();
    const host = 'troupe.example.com';
    expect(code({ host, origin: `https://${host}`, authorization }, OPEN)).toBeUndefined();
    expect(code({ host, origin: 'https://192.168.1.5', authorization }, OPEN)).toBe('ORIGIN_REFUSED');
  });

  test.each(['cross-site', 'same-site', 'sideways'])('what a browser says is %s', (fetchSite) => {
    expect(code({ fetchSite })).toBe('ORIGIN_REFUSED');
    expect(code({ fetchSite, path: '/' })).toBe('ORIGIN_REFUSED');
    expect(code({ fetchSite, path: '/health' })).toBe('ORIGIN_REFUSED');
    expect(code({ fetchSite, authorization, method: 'POST' })).toBe('ORIGIN_REFUSED');
  });

  test('a link on another site opens the page, and nothing else', () => {
    const link = { fetchSite: 'cross-site', isNavigation: true };
    expect(code({ ...link, path: '/executions/e1' })).toBeUndefined();
    expect(code({ ...link, path: '/api/executions' })).toBe('ORIGIN_REFUSED');
    expect(code({ ...link, path: '/metrics' })).toBe('ORIGIN_REFUSED');
    expect(code({ ...link, path: '/', method: 'POST', authorization })).toBe('ORIGIN_REFUSED');
  });
});

describe('the token', () => {
  test('is needed for what changes something, and for sockets', () => {
    expect(code({})).toBeUndefined();
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
      expect(code({ method, path: '/anything' })).toBe('TOKEN_REFUSED');
    expect(code({ isUpgrade: true, path: '/api/socket' })).toBe('TOKEN_REFUSED');
    expect(code({ isUpgrade: true, path: '/' })).toBe('TOKEN_REFUSED');
  });

  test('and for all that says anything where others can connect', () => {
    for (const path of ['/api/meta', '/api/executions', '/metrics', '/graphql', '/openapi.json', '/api/'])
      expect(code({ path }, OPEN)).toBe('TOKEN_REFUSED');
    for (const path of ['/health', '/ready', '/', '/executions/e1', '/assets/index-1.js'])
      expect(code({ path }, OPEN)).toBeUndefined();
    expect(code({ authorization: `bearer  ${TOKEN}` }, OPEN)).toBeUndefined();
  });

  test.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    TOKEN,
    `Basic ${TOKEN}`,
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(1)}`,
    `Bearer ${TOKEN} ${TOKEN}`,
    `Bearer ${TOKEN.toUpperCase()}`,
  ])('is not %s', (authorization) => {
    expect(code({ method: 'POST', authorization })).toBe('TOKEN_REFUSED');
  });

  test('comes with a socket as a subprotocol, since a browser can send no header', () => {
    const socket = { isUpgrade: true, path: '/api/socket' };
    expect(code({ ...socket, protocols: `troupe, troupe.bearer.${TOKEN}` })).toBeUndefined();
    expect(code({ ...socket, protocols: `troupe.bearer.${TOKEN}x` })).toBe('TOKEN_REFUSED');
    expect(code({ ...socket, protocols: `troupe` })).toBe('TOKEN_REFUSED');
    // Only there: a form of another page could otherwise not, but what is no socket has headers.
    expect(code({ method: 'POST', protocols: `troupe.bearer.${TOKEN}` })).toBe('TOKEN_REFUSED');
  });
});
