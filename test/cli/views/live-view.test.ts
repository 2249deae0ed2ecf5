import { expect, test } from 'vitest';
import { VirtualClock } from '../../../src/adapters/memory/virtual-clock.ts';
import { LiveView } from '../../../src/cli/views/live-view.ts';
import { agentStep, phase, task, wait } from '../../fixtures/executions/definitions.ts';
import { ScriptedWorld } from '../../fixtures/executions/scripted-world.ts';
import { FakeTerminal } from '../terminal/fake-terminal.ts';

const STEP = { id: 'e', step: 'a', agent: 'worker', attempt: 1 };

/** A view of an execution with one phase at work. */
function open() {
  const clock = new VirtualClock();
  const terminal = new FakeTerminal(80, 20);
  const view = new LiveView({ output: terminal, stderr: terminal, clock });
  const world = new ScriptedWorld(task([phase('One', [agentStep('a'), wait('w', 'go')])]));
  return { clock, terminal, view, world, fold: world.fold };
}

test('draws at the first sight, then at most ten times a second', async () => {
  const { clock, terminal, view, fold } = open();
  view.see(fold);
  expect(terminal.lines[2]).toMatch(/^● One +running/);
  terminal.raw = '';
  for (let count = 0; count < 50; count += 1) view.see(fold);
  expect(terminal.raw).toBe('');
  await clock.advance(1_000);
  expect(terminal.raw.split('\u001B[?2026h').length - 1).toBe(10);
});

test('shows what an agent says until its next attempt begins', async () => {
  const { clock, terminal, view, world } = open();
  const claim = world.claim('a');
  view.see(world.fold);
  view.tell({ type: 'step:progress', ...STEP, progress: { message: 'half way' } });
  await clock.advance(100);
  expect(terminal.lines.join('\n')).toMatch(/worker +working .* half way/);
  world.expire(claim);
  world.claim('a');
  const told = { task: 'scripted', at: 0, position: 1, phase: 'One' };
  view.tell({ type: 'step:start', ...told, ...STEP, attempt: 2, host: 'h' });
  await clock.advance(100);
  expect(terminal.lines.join('\n')).toMatch(/worker +working .* attempt 2$/m);
  expect(terminal.lines.join('\n')).not.toContain('half way');
});

test('messages and logs stand above what is drawn, and stay', async () => {
  const { terminal, view, fold } = open();
  view.see(fold);
  view.say('Going on.');
  view.stderr.line('a log line');
  expect(terminal.lines.slice(0, 2)).toEqual(['Going on.', 'a log line']);
  expect(terminal.lines[4]).toMatch(/^● One/);
  view.end();
  expect(terminal.lines).toEqual(['Going on.', 'a log line']);
});

test('notes stand at the foot', async () => {
  const { clock, terminal, view, fold } = open();
  view.note(['Ctrl-C stops.']);
  view.see(fold);
  expect(terminal.lines.at(-1)).toBe('Ctrl-C stops.');
  view.note(['Stopping.']);
  await clock.advance(100);
  expect(terminal.lines.at(-1)).toBe('Stopping.');
});

test('a smaller terminal is drawn anew at once, within its size', () => {
  const { terminal, view, fold } = open();
  view.see(fold);
  terminal.raw = '';
  terminal.resize(30, 10);
  expect(terminal.raw).toContain('One');
  expect(terminal.lines.every((line) => line.length < 30)).toBe(true);
});

test('after its end nothing is drawn, nobody listens, and the cursor is back', async () => {
  const { clock, terminal, view, fold } = open();
  view.see(fold);
  view.end();
  view.end();
  const { raw } = terminal;
  await clock.advance(1_000);
  view.see(fold);
  expect(terminal.raw).toBe(raw);
  expect(terminal.isCursorVisible).toBe(true);
  expect(terminal.resizeListenerCount).toBe(0);
  view.say('after');
  view.stderr.line('all');
  expect(terminal.lines).toEqual(['after', 'all']);
});
