import { describe, expect, it, onTestFinished } from 'vitest';
import { NatsLeaseBoard } from '../../src/adapters/nats/lease-board.ts';
import { provision } from '../../src/adapters/nats/provision.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemRandom } from '../../src/adapters/system/random.ts';
import { type ConformanceReport, checkLines, verdictLine } from '../../src/conformance/report.ts';
import { type ConformanceOptions, runConformance } from '../../src/conformance/run-conformance.ts';
import type { AgentRequest } from '../../src/ports/agent-request.ts';
import type { HeartbeatAnswer } from '../../src/ports/claim-desk.ts';
import { linkForTest } from '../adapters/nats/links.ts';
import { natsServerForFile } from '../fixtures/nats/server.ts';
import { type OwnHostOptions, startOwnHost } from './own-host.ts';

const server = natsServerForFile();
const role = 'tried';
let count = 0;

/** Tries our own host, flawed or not, in a namespace of its own. */
async function examine(
  host: Partial<OwnHostOptions>,
  options: Partial<ConformanceOptions> = {},
): Promise<ConformanceReport> {
  const namespace = nextNamespace();
  const { url } = server();
  await startOwnHost({ url, namespace, role, ...host });
  return run(namespace, options);
}

function nextNamespace(): string {
  count += 1;
  return `tried-${count}`;
}

function run(namespace: string, options: Partial<ConformanceOptions> = {}): Promise<ConformanceReport> {
  const { url } = server();
  return runConformance({
    url,
    namespace,
    role,
    leaseMs: 600,
    clock: systemClock,
    random: systemRandom,
    ...options,
  });
}

/** What was wrong in the only check that was tried. */
function faults({ checks }: ConformanceReport): string {
  expect(checks).toHaveLength(1);
  return checks[0]?.faults.join('\n') ?? '';
}

describe('the conformance test', () => {
  it('has nothing against our own host', async () => {
    const lines: string[] = [];
    const report = await examine(
      {},
      { leaseMs: 2_500, onCheck: (result) => lines.push(...checkLines(result)) },
    );
    expect(lines.filter((line) => !line.startsWith('ok  '))).toEqual([]);
    expect(report).toMatchObject({ passed: true, hosts: ['own-host'], role });
    expect(verdictLine(report)).toBe(`own-host passed all ${report.checks.length} checks.`);
    expect(report.checks.length).toBeGreaterThan(10);
  });

  it('finds reports of another fence than was granted', async () => {
    const report = await examine(
      {
        spoil: ({ desk }) => ({
          desk: overriding(desk, { report: (said) => desk.report({ ...said, fence: said.fence + 1 }) }),
        }),
      },
      { only: ['success'] },
    );
    expect(faults(report)).toMatch(/its report has fence \d+; the grant has \d+/);
    expect(report.passed).toBe(false);
    expect(verdictLine(report)).toBe('own-host failed 1 of 1 checks.');
  });

  it('finds a second report with another id', async () => {
    const report = await examine(
      {
        spoil: ({ desk }) => ({
          desk: overriding(desk, {
            async report(said) {
              await desk.report({ ...said, reportId: `${said.reportId}-first` });
              await desk.report(said);
            },
          }),
        }),
      },
      // Until the next check begins, what comes belongs to the one before.
      { only: ['seats'] },
    );
    expect(faults(report)).toMatch(
      /it made a second report, step.succeeded after step.succeeded, with another id/,
    );
  });

  it('finds a claim that is asked again with another id', async () => {
    let asked = 0;
    const report = await examine(
      {
        spoil: ({ desk }) => ({
          desk: overriding(desk, {
            claim(request) {
              asked += 1;
              return desk.claim({ ...request, claimId: `${request.claimId}-${asked}` });
            },
          }),
        }),
      },
      { only: ['lost reply to a claim'] },
    );
    expect(faults(report)).toMatch(/asked again with another claimId/);
  });

  it('finds a host that is deaf to cancels', async () => {
    const host: Partial<OwnHostOptions> = {
      obeys: false,
      spoil: ({ desk }) => ({
        desk: overriding(desk, {
          onCancel: () => () => undefined,
          heartbeat: async (beats) =>
            (await desk.heartbeat(beats)).map((answer) => (answer === 'cancel' ? 'ok' : answer)),
        }),
      }),
    };
    const fault = /reported step.succeeded instead of claim.released/;
    expect(faults(await examine(host, { only: ['cancel by message'] }))).toMatch(fault);
    expect(faults(await examine(host, { only: ['cancel in the answer to a heartbeat'] }))).toMatch(fault);
  });

  it('finds a host that works on when its lease is over', async () => {
    const ok = (beats: readonly unknown[]): HeartbeatAnswer[] => beats.map(() => 'ok');
    const report = await examine(
      {
        spoil: ({ desk }) => ({
          desk: overriding(desk, {
            async heartbeat(beats) {
              desk.heartbeat(beats).catch(() => undefined);
              return ok(beats);
            },
          }),
        }),
      },
      // Long enough for the work to end within two leases on a busy machine.
      { only: ['lease loss'], leaseMs: 3_000 },
    );
    expect(faults(report)).toMatch(/was at work \d+ ms after its lease was over/);
    expect(faults(report)).toMatch(/reported step.succeeded for the attempt whose lease it lost/);
  });

  it('finds a host that gives up before its lease is over', async () => {
    const report = await examine(
      {
        spoil: ({ desk }) => ({
          desk: overriding(desk, {
            // It takes the lease for a tenth of what it is: early enough to be told from the middle of it on a busy machine.
            async claim(request) {
              const answer = await desk.claim(request);
              return answer.kind === 'granted' ? { ...answer, leaseMs: answer.leaseMs / 10 } : answer;
            },
            heartbeat: async (beats) => beats.map(() => 'cancel' as const),
          }),
        }),
      },
      { only: ['lease loss'], leaseMs: 3_000 },
    );
    expect(faults(report)).toMatch(/showed no sign of work|gave up after \d+ ms/);
  });

  it('finds work that was refused', async () => {
    const report = await examine(
      {
        spoil: ({ desk }) => ({
          desk: overriding(desk, {
            async claim(request) {
              const answer = await desk.claim(request);
              if (answer.kind === 'granted') return answer;
              const { execution, step, attempt } = request;
              const input = { conformance: 'succeed', value: null };
              const made = { execution, step, attempt, input, outputs: {}, results: {}, artifacts: [] };
              return {
                kind: 'granted',
                fence: 7,
                leaseMs: 600,
                token: '',
                request: made as unknown as AgentRequest,
              };
            },
          }),
        }),
      },
      { only: ['refused claim'] },
    );
    expect(faults(report)).toMatch(/without having been granted the attempt/);
  });

  it('finds more work than there are seats', async () => {
    const report = await examine(
      {
        spoil: ({ directory }) => ({
          directory: {
            publish: (presence) =>
              directory.publish({
                ...presence,
                roles: presence.roles.map((offered) => ({ ...offered, concurrency: 1 })),
              }),
            withdraw: (host) => directory.withdraw(host),
            list: () => directory.list(),
          },
        }),
      },
      { only: ['seats'] },
    );
    expect(faults(report)).toMatch(/held [23] attempts at once; its presence says 1/);
  });

  it('finds what is no message', async () => {
    const report = await examine(
      {
        spoil: ({ desk, link }) => ({
          desk: overriding(desk, {
            claim(request) {
              link.nc.publish(link.subjects.live(request.execution, request.step), '{"progress": 1}');
              return desk.claim(request);
            },
          }),
        }),
      },
      { only: ['success'] },
    );
    expect(faults(report)).toMatch(/on troupe\.tried-\d+\.live\..*It said {"progress": 1}/);
  });

  it('says so when there is no agent', async () => {
    const report = await run(nextNamespace(), { patienceMs: 300 });
    expect(faults(report)).toMatch(/nobody claimed conformance-/);
    expect(verdictLine(report)).toMatch(/No agent for tried answered/);
  });

  it('keeps away from a namespace where an orchestrator lives', async () => {
    const namespace = nextNamespace();
    const board = await boardWith(namespace);
    let beat = 1;
    const timer = setInterval(() => {
      beat += 1;
      void board.put('member.p1', { holder: HOLDER, beat });
    }, 200);
    onTestFinished(() => clearInterval(timer));
    await expect(run(namespace)).rejects.toMatchObject({ code: 'CONFORMANCE_DISTURBS' });
  });

  it('does not mind what a dead orchestrator left behind', async () => {
    const namespace = nextNamespace();
    await boardWith(namespace);
    await startOwnHost({ url: server().url, namespace, role });
    expect(await run(namespace, { only: ['success'] })).toMatchObject({ passed: true });
  });

  it('ends early when it is told to', async () => {
    const report = await examine({}, { signal: AbortSignal.abort() });
    expect(report).toMatchObject({ passed: false, checks: [] });
  });
});

const HOLDER = { process: 'p1', pid: 1, hostname: 'elsewhere', startedAt: 1 };

async function boardWith(namespace: string): Promise<NatsLeaseBoard> {
  const link = await linkForTest(server().url, { namespace });
  await provision(link);
  const board = new NatsLeaseBoard(link);
  await board.put('member.p1', { holder: HOLDER, beat: 1 });
  return board;
}

/** The same object with some methods in place of its own. */
function overriding<T extends object>(original: T, methods: Partial<T>): T {
  return new Proxy(original, {
    get(target, name) {
      const found: unknown = Reflect.get(name in methods ? methods : target, name);
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
}
