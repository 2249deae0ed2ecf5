import { expect, test } from 'vitest';
import { heardOf, hostName } from '../../src/inspection/why/hosts.ts';
import type { HostPresence } from '../../src/ports/agent-directory.ts';

const ID = '0mwzfdhjh97735e0ba30550af73b5-1';

const presence = (host: string, pid: number, seenAt = 0): HostPresence => ({
  host,
  process: 'p',
  pid,
  hostname: 'vm',
  roles: [],
  startedAt: 0,
  seenAt,
});

const among = (...hosts: HostPresence[]) => ({ surroundings: { isDriven: true, hosts }, now: 20_000 });

test('a host is called by its machine, and by its process where several run there', () => {
  expect(hostName(ID, among(presence(ID, 1)))).toBe('vm');
  expect(hostName(ID, among(presence(ID, 1), presence('other', 2)))).toBe('vm, process 1');
  expect(hostName(ID, { surroundings: null })).toBe('0mwzfdhj…');
});

test('it is told when it was heard, where that is known', () => {
  expect(heardOf(ID, among(presence(ID, 1, 17_000)))).toBe('host vm, heard 3 s ago');
  expect(heardOf(ID, among(presence(ID, 1, 1_000)))).toBe('host vm, last heard 19 s ago');
  expect(heardOf(ID, among())).toBe('host 0mwzfdhj…, not heard of');
  expect(heardOf(ID, { surroundings: null, now: 0 })).toBe('host 0mwzfdhj…');
});
