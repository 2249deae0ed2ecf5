import { expect, onTestFinished, test } from 'vitest';
import { VirtualClock } from '../../../src/adapters/memory/virtual-clock.ts';
import { defineAgent } from '../../../src/agent/define.ts';
import { isoTime } from '../../../src/iso-time.ts';
import { Embedded } from '../../../src/library/embedded.ts';
import { Example } from '../../examples/run-example.ts';
import { short } from '../../history/fixtures.ts';
import { HeldAgent } from '../../library/fixtures/executors.ts';

/** One step that has been at work for 40 seconds, on an embedded engine in virtual time; its agent spoke at the 20th. */
async function atWork() {
  const clock = new VirtualClock();
  const example = new Example('python-agent');
  const held = new HeldAgent();
  const speak = Promise.withResolvers<void>();
  const agent = defineAgent({
    name: 'worker',
    run: (request, context) => {
      void speak.promise.then(() => context.progress('half of it'));
      return held.run(request, context);
    },
  });
  const embedded = await Embedded.open({ data: example.data, functions: [agent], clock });
  onTestFinished(() => embedded.close());
  await embedded.engine.begin({ execution: 'e1', pinned: short, input: {} });
  await held.begun();
  const startedAt = clock.now();
  await clock.advance(20_000);
  speak.resolve();
  await clock.advance(20_000);
  return { example, clock, startedAt };
}

test('show tells the beats of a running step apart', async () => {
  const { example, clock, startedAt } = await atWork();
  const { stdout } = await example.troupe(['show', 'e1'], { clock });
  expect(unwrapped(stdout)).toMatch(
    /at work for 40 s · host \S+-1 heard just now · process alive · last progress 20 s ago/,
  );
  const { stdout: document } = await example.troupe(['show', 'e1', '--json'], { clock });
  const [step] = JSON.parse(document).phases[0].steps;
  expect(step).toMatchObject({
    status: 'claimed',
    liveness: {
      host: step.claimedBy,
      hostSeenAt: isoTime(startedAt + 40_000),
      processSeenAt: isoTime(startedAt + 40_000),
      progressAt: isoTime(startedAt + 20_000),
    },
  });
});

test('agents tells them apart too, and says when a host is silent', async () => {
  const { example, clock, startedAt } = await atWork();
  const { stdout } = await example.troupe(['agents'], { clock });
  expect(unwrapped(stdout)).toContain(
    'e1/s, attempt 1, as worker for 40 s · process alive · last progress 20 s ago',
  );
  expect(stdout).not.toContain('not heard');
  const later = new VirtualClock(startedAt + 100_000);
  const { stdout: silent } = await example.troupe(['agents'], { clock: later });
  expect(silent).toMatch(/-1 {2}not heard for 1 min\n/);
  expect(unwrapped(silent)).toContain('process last seen 1 min ago · last progress 1 min ago');
  const { stdout: document } = await example.troupe(['agents', '--json'], { clock });
  expect(JSON.parse(document).hosts).toMatchObject([
    {
      attempts: [
        {
          execution: 'e1',
          step: 's',
          attempt: 1,
          role: 'worker',
          startedAt: isoTime(startedAt),
          processSeenAt: isoTime(startedAt + 40_000),
          progressAt: isoTime(startedAt + 20_000),
        },
      ],
    },
  ]);
});

/** Lines are as long as the page is wide. */
function unwrapped(text: string): string {
  return text.replace(/\s+/g, ' ');
}
