import { execa } from 'execa';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findAttemptProcesses, identifyGroup, kill, MARKER_VARIABLE } from '../../src/agent/process-tree.ts';

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
  return identifyGroup(pid);
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

  test('what is not there has no start time and gets no signal', () => {
    const nowhere = 2 ** 22 + 1;
    expect(identifyGroup(nowhere)).toMatchObject({ pgid: nowhere, startTime: '' });
    expect(kill(nowhere, 0)).toBe(false);
  });
});
