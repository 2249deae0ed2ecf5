import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import {
  bootId,
  environmentsWith,
  isRunning,
  membersOf,
  startTimeOf,
} from '../../../src/adapters/system/processes.ts';

test('one start of the machine has one id', () => {
  expect(bootId()).not.toBe('');
  expect(bootId()).toBe(bootId());
});

test('a process is known by its start, until it is gone', async () => {
  // A name with blanks and brackets, as /proc shows it.
  const child = spawn('bash', ['-c', 'exec -a "a ) b (c" sleep 1000'], { detached: true, stdio: 'ignore' });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const startTime = startTimeOf(pid);
  expect(startTime).not.toBe('');
  expect(startTimeOf(pid)).toBe(startTime);
  expect(isRunning(pid)).toBe(true);
  expect(membersOf(pid)).toEqual([pid]);
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  expect(isRunning(pid)).toBe(false);
  expect(startTimeOf(pid)).toBe('');
  expect(membersOf(pid)).toEqual([]);
});

test.skipIf(process.platform !== 'linux')(
  'a process is found by its environment (only /proc shows it)',
  async () => {
    const child = spawn('sleep', ['1000'], {
      stdio: 'ignore',
      env: { ...process.env, TROUPE_TEST_MARK: 'data/one/step/1' },
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    await once(child, 'spawn');
    expect(environmentsWith('TROUPE_TEST_MARK=data/one/')).toEqual([{ pid: child.pid, rest: 'step/1' }]);
    expect(environmentsWith('TROUPE_TEST_MARK=data/on/')).toEqual([]);
  },
);
