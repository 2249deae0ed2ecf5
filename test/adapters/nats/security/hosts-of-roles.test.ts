import { beforeEach, describe, expect, test } from 'vitest';
import type { Json } from '../../../../src/json.ts';
import { natsServerForFile } from '../../../fixtures/nats/server.ts';
import { type Attempts, patientHost, ROLES, Stage } from './stage.ts';
import { foreignClient } from './users.ts';

/**
 * Two roles with credentials of their own, and an execution in which both are at work. Somebody who has the credentials of a host
 * tries to speak for another one.
 */

const server = natsServerForFile(ROLES);

let count = 0;
let stage: Stage;
let execution: string;
let analyst: Attempts;
let critic: Attempts;
/** The claim of `look`, which is analyst-1's. */
let claim: { readonly fence: number; readonly attempt: number };

beforeEach(async () => {
  count += 1;
  execution = `e${count}`;
  stage = await Stage.set(server());
  analyst = await patientHost(server(), 'analyst-1', 'analyst', execution);
  critic = await patientHost(server(), 'critic-1', 'critic', execution);
  await stage.submit(execution);
  const [{ attempt }] = await Promise.all([analyst.begun('look'), critic.begun('judge')]);
  const records = await stage.records(execution);
  const claimed = records.find(
    ({ type, data }) => type === 'step.claimed' && (data as { step: string }).step === 'look',
  );
  claim = { fence: claimed?.position ?? 0, attempt };
});

const logSubject = (source: string, partition = stage.space.partitionOf(execution)): string =>
  `troupe.default.log.${partition}.${execution}.${source}`;

const succeeded = (token: string, id = 'forged'): string =>
  JSON.stringify({
    id,
    type: 'step.succeeded',
    data: { step: 'look', ...claim, token, output: 'forged', durationMs: 1, host: 'critic-1' },
  });

/** The execution goes on as if nothing had been tried. */
async function endsWell(): Promise<void> {
  analyst.end('look', 'seen');
  critic.end('judge', 'fair');
  analyst.end('sum-up', 'done');
  await stage.completed(execution);
  expect(await outputsOf()).toEqual({ look: 'seen', judge: 'fair', 'sum-up': 'done' });
}

async function outputsOf(): Promise<Record<string, Json>> {
  const accepted = (await stage.records(execution)).filter(
    ({ type, id }) => type === 'step.succeeded' && id !== 'forged',
  );
  return Object.fromEntries(
    accepted.map(({ data }) => {
      const { step, output } = data as { step: string; output: Json };
      return [step, output];
    }),
  );
}

describe('the server refuses, and the log is as it was', () => {
  test.for([
    ['critic-1', "a report in another role's name", 'agent.analyst', 'step.succeeded'],
    ['critic-1', 'a control', 'control', 'abort.requested'],
    ['critic-1', 'a claim in the name of the engine', 'engine', 'step.claimed'],
    ['analyst-2', 'a control', 'control', 'pause.requested'],
  ] as const)('%s: %s', async ([user, , source]) => {
    const { nc, refusals } = await foreignClient(server(), user);
    const [records, hash] = [await stage.records(execution), (await stage.fold(execution)).hash()];
    nc.publish(logSubject(source), succeeded('guessed'));
    expect(await refusals.next()).toBe(`publish ${logSubject(source)}`);
    expect(await stage.records(execution)).toEqual(records);
    expect((await stage.fold(execution)).hash()).toBe(hash);
    await endsWell();
  });
});

describe('the fold refuses, counts it, and the state is as it was', () => {
  test.for([
    ['critic-1', "a report for another role's claim", 'agent.critic', 'wrong-role'],
    ['analyst-2', "a report for another host's claim, with a guessed token", 'agent.analyst', 'stale'],
  ] as const)('%s: %s', async ([user, , source, reason]) => {
    const { nc } = await foreignClient(server(), user);
    const before = await stage.fold(execution);
    const acknowledged = await nc.request(logSubject(source), succeeded('guessed'));
    expect(acknowledged.json()).toHaveProperty('seq');
    const after = await stage.fold(execution);
    expect(after.hash()).toBe(before.hash());
    expect(after.refused).toEqual({ ...before.refused, [reason]: (before.refused[reason] ?? 0) + 1 });
    await endsWell();
  });

  test.for([
    ['abort.requested', {}],
    ['signal.sent', { name: 'go', payload: null }],
    [
      'step.claimed',
      {
        step: 'look',
        attempt: 1,
        role: 'critic',
        host: 'critic-1',
        claimId: 'c',
        tokenHash: 'x',
        leaseMs: 1,
      },
    ],
    ['claim.expired', { step: 'look', attempt: 1, fence: 1, reason: 'forged' }],
    ['timer.fired', { timerId: 'look' }],
  ] as const)('critic-1: %s under its own name', async ([type, data]) => {
    const { nc } = await foreignClient(server(), 'critic-1');
    const before = await stage.fold(execution);
    await nc.request(logSubject('agent.critic'), JSON.stringify({ id: `forged-${type}`, type, data }));
    const after = await stage.fold(execution);
    expect(after.hash()).toBe(before.hash());
    const sum = (refused: Readonly<Record<string, number>>): number =>
      Object.values(refused).reduce((a, b) => a + b, 0);
    expect(sum(after.refused)).toBe(sum(before.refused) + 1);
    await endsWell();
  });

  test('analyst-1: its own outcome once more, as it was and under another id, when the step is over', async () => {
    const { nc } = await foreignClient(server(), 'analyst-1');
    await endsWell();
    const outcome = (await stage.records(execution)).find(
      ({ type, data }) => type === 'step.succeeded' && (data as { step: string }).step === 'look',
    );
    const { hash, refused } = await stateOf();
    const said = { type: outcome?.type, data: outcome?.data };
    await nc.request(logSubject('agent.analyst'), JSON.stringify({ id: outcome?.id, ...said }));
    await nc.request(logSubject('agent.analyst'), JSON.stringify({ id: 'forged', ...said }));
    const after = await stateOf();
    expect(after.hash).toBe(hash);
    expect(after.count).toBe(Object.values(refused).length + 2);
  });

  async function stateOf(): Promise<{
    hash: string;
    refused: Readonly<Record<string, number>>;
    count: number;
  }> {
    const fold = await stage.fold(execution);
    const count = Object.values(fold.refused).reduce((sum, one) => sum + one, 0);
    return { hash: fold.hash(), refused: fold.refused, count };
  }
});

test("a report in another partition's log belongs to no execution", async () => {
  const { nc } = await foreignClient(server(), 'critic-1');
  const before = await stage.fold(execution);
  const other = (stage.space.partitionOf(execution) + 1) % stage.space.partitions;
  await nc.request(logSubject('agent.critic', other), succeeded('guessed'));
  expect(await stage.space.logOf(other).read(execution)).toEqual([]);
  expect((await stage.fold(execution)).hash()).toBe(before.hash());
  await endsWell();
});

test('an agent starts no execution', async () => {
  const [started] = await stage.records(execution);
  const { nc } = await foreignClient(server(), 'critic-1');
  const own = `own-${execution}`;
  const subject = `troupe.default.log.${stage.space.partitionOf(own)}.${own}.agent.critic`;
  await nc.request(subject, JSON.stringify({ id: 'forged', type: started?.type, data: started?.data }));
  await expect(stage.fold(own)).rejects.toThrow('was not started');
  await endsWell();
});

test('claims and heartbeats for what another host holds are answered with a refusal', async () => {
  const { nc } = await foreignClient(server(), 'analyst-2');
  const rpc = `troupe.default.rpc.${stage.space.partitionOf(execution)}.analyst.analyst-2`;
  const attempt = { execution, step: 'look', attempt: claim.attempt };
  const before = await stage.fold(execution);
  const claimed = await nc.request(`${rpc}.claim`, JSON.stringify({ ...attempt, claimId: 'mine' }), {
    timeout: 5_000,
  });
  expect(claimed.json()).toMatchObject({ kind: 'refused' });
  const beats = JSON.stringify({ beats: [{ ...attempt, fence: claim.fence }] });
  const beaten = await nc.request(`${rpc}.heartbeat`, beats, { timeout: 5_000 });
  expect(beaten.json<{ answers: string[] }>().answers).not.toContain('ok');
  expect((await stage.fold(execution)).hash()).toBe(before.hash());
  await endsWell();
});
