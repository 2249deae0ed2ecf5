import { expect, test } from 'vitest';
import { relayProgress } from '../../../src/cli/drive/progress-relay.ts';
import { silentView } from '../../../src/cli/views/silent-view.ts';
import type { LiveProgress } from '../../../src/ports/live-feed.ts';
import { createTestContext } from '../run-in-process.ts';

/** A feed of one listener, a view that keeps what it is told, and the relay between them. */
function relaying() {
  const shown: unknown[] = [];
  let listener: ((progress: LiveProgress) => void) | undefined;
  const view = {
    ...silentView(createTestContext({})),
    tell: (event: object) => void shown.push('progress' in event ? event.progress : event),
  };
  const live = {
    publish: () => undefined,
    listen: (_: string | undefined, heard: (progress: LiveProgress) => void) => {
      listener = heard;
      return () => {
        listener = undefined;
      };
    },
  };
  const relay = relayProgress(live, 'x', view);
  const say = (progress: string): void =>
    listener?.({ execution: 'x', step: 'a', attempt: 1, agent: 'worker', progress });
  return { relay, say, shown, isListening: () => listener !== undefined };
}

test('what was said before anybody looks is shown when somebody does, in order', () => {
  const { relay, say, shown } = relaying();
  say('one');
  say('two');
  expect(shown).toEqual([]);
  relay.open();
  expect(shown).toEqual(['one', 'two']);
  say('three');
  expect(shown).toEqual(['one', 'two', 'three']);
});

test('opening it again shows nothing twice', () => {
  const { relay, say, shown } = relaying();
  say('one');
  relay.open();
  relay.open();
  expect(shown).toEqual(['one']);
});

test('it stops listening when it is no longer needed', () => {
  const { relay, isListening } = relaying();
  expect(isListening()).toBe(true);
  relay[Symbol.dispose]();
  expect(isListening()).toBe(false);
});

test('where agents say nothing to other processes there is nothing to show', () => {
  const relay = relayProgress(undefined, 'x', silentView(createTestContext({})));
  relay.open();
  relay[Symbol.dispose]();
});
