import { execa } from 'execa';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  findAttemptProcesses,
  identifyGroup,
  kill,
  killMarked,
  killRecordedGroup,
  MARKER_VARIABLE,
} from '../../src/agent/process-tree.ts';

/** Two processes in a group of their own, up and running; killed when the test ends. */
async function startGroup(marker: string) {
  const child = execa('sh', ['-c', 'sleep 1000 & echo up; wait'], {
    env: { [MARKER_VARIABLE]: marker },
    detached: true,
    reject: false,
    buffer: false,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('sh did not start');
  onTestFinished(() => void kill(-pid, 'SIGKILL'));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return { ...identifyGroup(pid), child };
}

function uniqueMarker(): string {
  return `data-${process.pid}-${performance.now()}/e1/s1/1/5`;
}

describe.runIf(process.platform === 'linux')('on Linux', () => {
  test('the processes of an attempt are found by its marker or its group', async () => {
    const marker = uniqueMarker();
    const { pgid } = await startGroup(marker);
    const byMarker = findAttemptProcesses({ pgid: -1, marker });
    expect(byMarker).toHaveLength(2);
    expect(byMarker).toContain(pgid);
    expect(findAttemptProcesses({ pgid, marker })).toEqual(byMarker);
  });

  test("a group with another attempt's marker is not the attempt's", async () => {
    const { pgid } = await startGroup(uniqueMarker());
    expect(findAttemptProcesses({ pgid, marker: uniqueMarker() })).toEqual([]);
  });

  test('all marked processes of an execution are killed, and no others', async () => {
    const marker = uniqueMarker();
    const mine = await startGroup(marker);
    const other = await startGroup(marker.replace('/e1/', '/e10/'));
    expect(killMarked(marker.replace('s1/1/5', ''))).toHaveLength(2);
    await mine.child;
    expect(findAttemptProcesses({ pgid: -1, marker })).toEqual([]);
    expect(kill(-other.pgid, 0)).toBe(true);
  });

  test('a recorded group is killed', async () => {
    const { child, ...group } = await startGroup(uniqueMarker());
    expect(killRecordedGroup(group)).toHaveLength(2);
    expect((await child).signal).toBe('SIGKILL');
  });

  test('a recorded group whose leader is gone is killed', async () => {
    const { child, ...group } = await startGroup(uniqueMarker());
    kill(group.pgid, 'SIGKILL');
    await new Promise<void>((resolve) => child.nodeChildProcess.once('exit', () => resolve()));
    expect(killRecordedGroup(group)).toHaveLength(1);
    await child;
  });

  test.each([
    ['of another start of the machine', { bootId: 'another' }],
    ['whose id another process has by now', { startTime: '1' }],
  ])('a recorded group %s is left alone', async (_, about) => {
    const { child: __, ...group } = await startGroup(uniqueMarker());
    expect(killRecordedGroup({ ...group, ...about })).toEqual([]);
    expect(kill(-group.pgid, 0)).toBe(true);
  });

  test('what is not there has neither start time nor anything to kill', () => {
    const nowhere = 2 ** 22 + 1;
    expect(identifyGroup(nowhere)).toMatchObject({ pgid: nowhere, startTime: '' });
    expect(kill(nowhere, 0)).toBe(false);
  });
});
