import { expect, test } from 'vitest';
import { eventLine, progressText } from '../../../src/cli/views/event-line.ts';
import type { LifecycleEvent } from '../../../src/engine/lifecycle.ts';

const told = { id: 'e1', task: 'review', at: 0, position: 1 };
const step = { ...told, phase: 'One', step: 's1', agent: 'chair', attempt: 1 };

test.each<[LifecycleEvent, string]>([
  [{ type: 'execution:start', ...told, input: {} }, 'started review, execution e1'],
  [{ type: 'execution:pausing', ...told, reason: 'lunch' }, 'pausing (lunch): attempts at work end first'],
  [{ type: 'execution:paused', ...told }, 'paused'],
  [{ type: 'execution:resumed', ...told }, 'going on'],
  [{ type: 'execution:complete', ...told, duration: 1_200, outputs: {} }, 'completed in 1.2 s'],
  [
    { type: 'execution:error', ...told, duration: 10, error: 'no', cause: { code: 'X', message: 'no' } },
    'failed after 10 ms: no',
  ],
  [
    { type: 'execution:timeout', ...told, duration: 60_000, error: 'too long' },
    'timed out after 1 min: too long',
  ],
  [{ type: 'execution:aborted', ...told, duration: 0 }, 'aborted after 0 s'],
  [{ type: 'execution:suspended', ...told, error: 'odd' }, 'suspended: odd'],
  [{ type: 'phase:start', ...told, phase: 'One' }, 'phase One: running'],
  [
    { type: 'phase:complete', ...told, phase: 'One', duration: 300, degraded: true, outputs: {} },
    'phase One: completed in 0.3 s, degraded: some of its steps failed',
  ],
  [{ type: 'phase:failed', ...told, phase: 'One', duration: 1, error: 'no' }, 'phase One: failed: no'],
  [{ type: 'phase:skipped', ...told, phase: 'One' }, 'phase One: skipped'],
  [{ type: 'phase:cancelled', ...told, phase: 'One' }, 'phase One: cancelled'],
  [{ type: 'step:start', ...step, attempt: 2, host: 'h' }, 'step s1 (chair): working (attempt 2)'],
  [{ type: 'step:complete', ...step, output: 1 }, 'step s1 (chair): done'],
  [{ type: 'step:complete', ...step, output: 1, cached: true }, 'step s1 (chair): done, from the cache'],
  [
    { type: 'step:failed', ...step, error: { class: 'crash', message: 'exit\ncode 1' } },
    'step s1 (chair): attempt 1 failed: crash: exit code 1',
  ],
  [{ type: 'step:expired', ...step, reason: 'gone' }, 'step s1 (chair): attempt 1 lost: gone'],
  [
    { type: 'step:progress', id: 'e1', step: 's1', agent: 's1', attempt: 1, progress: 'half' },
    'step s1: half',
  ],
])('$type', (event, line) => {
  expect(eventLine(event)).toBe(line);
});

test('progress is shown by its message or text, else as JSON', () => {
  expect(progressText({ message: 'reading\u001B[2J' })).toBe('reading');
  expect(progressText({ text: 'writing' })).toBe('writing');
  expect(progressText({ done: 3, of: 4 })).toBe('{"done":3,"of":4}');
  expect(progressText(0.5)).toBe('0.5');
});
