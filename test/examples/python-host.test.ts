import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemRandom } from '../../src/adapters/system/random.ts';
import { type ConformanceReport, checkLines } from '../../src/conformance/report.ts';
import { type ConformanceOptions, runConformance } from '../../src/conformance/run-conformance.ts';
import { linkOf, NATS_CONF, urlOf, VARIABLES } from '../adapters/nats/security/users.ts';
import { natsServerForFile } from '../fixtures/nats/server.ts';
import { PythonHost } from './python-host.ts';

for (const [name, value] of Object.entries(VARIABLES)) process.env[name] = value;
const server = natsServerForFile({ config: readFileSync(NATS_CONF, 'utf8') });

/** With the rights of an agent, as the configuration that ships gives them. */
function start(role: string, ...more: readonly string[]): PythonHost {
  return new PythonHost(['--nats', urlOf(server(), 'agent'), '--role', role, ...more]);
}

function examine(role: string, options: Partial<ConformanceOptions> = {}): Promise<ConformanceReport> {
  const url = urlOf(server(), 'orchestrator');
  return runConformance({ url, role, clock: systemClock, random: systemRandom, ...options });
}

describe('the agent in Python', () => {
  it('keeps to the protocol', async () => {
    start('whole', '--host', 'py-1');
    const lines: string[] = [];
    const report = await examine('whole', { onCheck: (result) => lines.push(...checkLines(result)) });
    expect(lines.filter((line) => !line.startsWith('ok  '))).toEqual([]);
    expect(report).toMatchObject({ passed: true, hosts: ['py-1'] });
  });

  it('goes on when the server was away', async () => {
    const host = start('returning');
    expect(await examine('returning', { only: ['success'] })).toMatchObject({ passed: true });
    await server().kill('SIGKILL');
    await host.said('cannot connect');
    await server().restart();
    await host.said('connected again');
    expect(await examine('returning', { only: ['success', 'heartbeats'] })).toMatchObject({ passed: true });
  });

  it('lets its work end when it is told to', async () => {
    const host = start('leaving');
    const examined = examine('leaving', { only: ['heartbeats'] });
    await host.said('at work');
    expect(await host.end('SIGTERM')).toBe(0);
    expect(await examined).toMatchObject({ passed: true });
  });

  it('gives its work back when it is told to twice', async () => {
    const host = start('hurrying');
    const examined = examine('hurrying', { only: ['heartbeats'] });
    await host.said('at work');
    const ended = host.end('SIGTERM');
    await host.said('leaving');
    expect(await host.end('SIGTERM')).toBe(0);
    await ended;
    const { checks } = await examined;
    expect(checks[0]?.faults.join()).toMatch(/reported claim.released instead of step.succeeded/);
  });

  it('ends in a namespace whose protocol it does not know', async () => {
    const namespace = 'of-tomorrow';
    const link = await linkOf(server(), 'orchestrator', { namespace });
    const bucket = link.subjects.bucket('META');
    await link.jsm.streams.add({ name: `KV_${bucket}`, subjects: [`$KV.${bucket}.>`] });
    await link.js.publish(`$KV.${bucket}.namespace`, '{"id":"n1","partitions":8,"protocol":2}');
    const url = urlOf(server(), 'orchestrator');
    const host = new PythonHost(['--nats', url, '--namespace', namespace, '--role', 'any']);
    await host.said('the namespace speaks protocol 2, this host 1');
    expect(await host.ended).toBe(1);
  });

  it('says what is wrong when it cannot begin', async () => {
    const refused = new PythonHost([
      '--nats',
      `nats://agent:wrong@127.0.0.1:${server().port}`,
      '--role',
      'any',
    ]);
    await refused.said('Authorization Violation');
    const nowhere = new PythonHost(['--nats', 'nats://127.0.0.1:1', '--role', 'any']);
    await nowhere.said('127.0.0.1:1: ');
  });
});
