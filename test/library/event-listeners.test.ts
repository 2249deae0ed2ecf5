import { describe, expect, expectTypeOf, test } from 'vitest';
import type { LifecycleEvent } from '../../src/engine/lifecycle.ts';
import { EventListeners } from '../../src/library/event-listeners.ts';
import { TaskExecutor } from '../../src/library/task-executor.ts';

const resumed: LifecycleEvent = { type: 'execution:resumed', id: 'e1', task: 't', at: 1, position: 2 };

describe('EventListeners', () => {
  test('calls listeners of that name in order, once those added with once', () => {
    const { listeners, heard } = open();
    listeners.add('execution:resumed', () => heard.push('first'));
    listeners.add('execution:resumed', () => heard.push('once'), { once: true });
    listeners.add('execution:paused', () => heard.push('other'));
    listeners.emit(resumed);
    listeners.emit(resumed);
    expect(heard).toEqual(['first', 'once', 'first']);
  });

  test('forgets a listener that is removed, once for each time it was added', () => {
    const { listeners, heard } = open();
    const listener = (): unknown => heard.push('heard');
    listeners.add('execution:resumed', listener);
    listeners.add('execution:resumed', listener);
    listeners.remove('execution:resumed', listener);
    listeners.emit(resumed);
    listeners.remove('execution:resumed', listener);
    listeners.remove('execution:resumed', listener);
    listeners.emit(resumed);
    expect(heard).toEqual(['heard']);
  });

  test('logs a listener that throws or rejects, and calls the others', async () => {
    const { listeners, heard, logged } = open();
    listeners.add('execution:resumed', () => {
      throw new Error('thrown');
    });
    listeners.add('execution:resumed', async () => {
      throw new Error('rejected');
    });
    listeners.add('execution:resumed', () => heard.push('other'));
    listeners.emit(resumed);
    await expect.poll(() => logged).toEqual(['thrown', 'rejected']);
    expect(heard).toEqual(['other']);
  });
});

test('the events of an executor are typed by their names', () => {
  const executor = new TaskExecutor({ data: 'memory' });
  executor
    .on('phase:complete', (event) => {
      expectTypeOf(event.duration).toEqualTypeOf<number>();
      expectTypeOf(event.phase).toEqualTypeOf<string>();
      expectTypeOf(event.type).toEqualTypeOf<'phase:complete'>();
    })
    .once('execution:error', ({ id, error }) => {
      expectTypeOf(id).toEqualTypeOf<string>();
      expectTypeOf(error).toEqualTypeOf<string>();
    });
  // @ts-expect-error there is no such event
  executor.on('phase:completed', () => undefined);
  // @ts-expect-error an execution's start has no duration
  executor.on('execution:start', ({ duration }) => duration);
});

function open() {
  const logged: string[] = [];
  const listeners = new EventListeners({
    error: (fields) => void logged.push((fields as { err: Error }).err.message),
  });
  return { listeners, logged, heard: [] as string[] };
}
