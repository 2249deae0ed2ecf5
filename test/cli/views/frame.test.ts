import { expect, test } from 'vitest';
import { createStyle } from '../../../src/cli/style.ts';
import { textWidth } from '../../../src/cli/terminal/text-width.ts';
import { type FrameSize, frameLines, type Scene } from '../../../src/cli/views/frame.ts';
import type { ExecutionReport } from '../../../src/engine/report.ts';
import { phase, report, START, step } from './reports.ts';

function frame(
  of: ExecutionReport,
  size: Partial<FrameSize> = {},
  scene: Partial<Scene> = {},
): readonly string[] {
  const whole = { report: of, progress: new Map(), notes: [], now: START + 3_000, tick: 0, ...scene };
  return frameLines(whole, { columns: 100, rows: 30, ...size }, createStyle(false)).map((line) =>
    line.trimEnd(),
  );
}

test('shows phases in file order, and the steps of those at work with time, attempt and progress', () => {
  const running = report([
    phase('Activation', 'completed', [step('a', 'succeeded')]),
    phase('Analysis', 'running', [
      step('technical-analyst', 'claimed', { attempts: 2 }),
      step('chair', 'succeeded', { attempts: 0, cached: true }),
      step('risk', 'offered', { waitsFor: 'a host that offers risk' }),
      step('macro', 'pending'),
    ]),
    phase('Verdict', 'pending', [step('v', 'pending')]),
  ]);
  const lines = frame(running, {}, { progress: new Map([['technical-analyst', 'reading prices']]) });
  expect(lines).toEqual([
    '● running  review 1.0.0  3.0 s  1 of 3 phases  e1  1 retry',
    '',
    '✓ Activation             completed       2.0 s  1 step',
    '● Analysis               running         3.0 s  1 of 4 steps',
    '    ⠋ technical-analyst  working         3.0 s  attempt 2 reading prices',
    '    ✓ chair              done            1.5 s  from the cache',
    '    ○ risk               queued          3.0 s  for a host that offers risk',
    '    ○ macro              to come',
    '○ Verdict                to come',
  ]);
});

test('the sign of a step at work turns with every drawing', () => {
  const running = report([phase('One', 'running', [step('a', 'claimed')])]);
  const [first, second] = [0, 1].map((tick) => frame(running, {}, { tick })[3]);
  expect(first).not.toBe(second);
});

test('says why a step failed, and what one waits for', () => {
  const error = { class: 'crash', message: 'exit code 1\nlast line' } as const;
  const lines = frame(
    report([
      phase('One', 'running', [
        step('a', 'failed', { attempts: 3, error }),
        step('b', 'backingOff', { error }),
        step('w', 'waiting', { agent: null, kind: 'wait', title: 'the go', waitsFor: 'the signal go' }),
      ]),
    ]),
  );
  expect(lines[3]).toMatch(/✗ a +failed +1\.5 s {2}attempt 3 crash: exit code 1 last line$/);
  expect(lines[4]).toMatch(/attempt 1 failed: crash: exit code 1 last line$/);
  expect(lines[5]).toMatch(/‖ wait the go +waiting +3\.0 s {2}for the signal go$/);
});

test('of an agent with several steps in a phase each is told by what it does, or by a number', () => {
  const labels = (title: string): readonly string[] =>
    frame(
      report([
        phase('One', 'running', [
          step('first', 'claimed', { agent: 'chair', title: 'open' }),
          step('second', 'claimed', { agent: 'chair', title }),
          step('other', 'claimed', { agent: 'macro' }),
        ]),
      ]),
    )
      .slice(3)
      .map((line) => line.trim().split(/ {2,}/)[0] ?? '');
  expect(labels('close')).toEqual(['⠋ chair open', '⠋ chair close', '⠋ macro']);
  expect(labels('open')).toEqual(['⠋ chair #1', '⠋ chair #2', '⠋ macro']);
});

test('of more steps than fit those at work are shown, the others are counted', () => {
  const steps = Array.from({ length: 50 }, (_, index) =>
    step(`s${index}`, index < 30 ? 'succeeded' : index < 33 ? 'claimed' : 'pending'),
  );
  const lines = frame(report([phase('Big', 'running', steps), phase('Last', 'pending')]), { rows: 12 });
  expect(lines.length).toBeLessThanOrEqual(11);
  expect(lines.join('\n')).toMatch(/s30.*s31.*s32/s);
  expect(lines.join('\n')).toMatch(/… 44 more: 27 done, 17 to come/);
  expect(lines.at(-1)).toMatch(/^○ Last/);
});

test('of more phases than fit those at work are shown, the others are counted', () => {
  const names = (count: number, status: string) =>
    Array.from({ length: count }, (_, index) => phase(`${status} ${index}`, status));
  const lines = frame(
    report([
      ...names(30, 'completed'),
      phase('Now', 'running', [step('s', 'claimed')]),
      ...names(30, 'pending'),
    ]),
    { rows: 14 },
  );
  const text = lines.join('\n');
  expect(lines.length).toBeLessThanOrEqual(13);
  expect(text).toMatch(/● Now/);
  expect(text).toMatch(/⠋ s /);
  expect(text).toMatch(/… \d+ phases before/);
  expect(text).toMatch(/completed 29/);
  expect(text).toMatch(/pending 0/);
  expect(text).toMatch(/… \d+ phases to come/);
});

test.each([
  [20, 5],
  [40, 8],
  [80, 24],
  [200, 60],
])('fits into %d columns and %d rows', (columns, rows) => {
  const steps = Array.from({ length: 20 }, (_, index) => step(`市場アナリスト-${index}`, 'claimed'));
  const phases = Array.from({ length: 12 }, (_, index) =>
    phase(`A phase with a long name ${index}`, 'running', steps),
  );
  const lines = frame(
    report(phases),
    { columns, rows },
    { notes: ['a note that is not that short after all'] },
  );
  expect(lines.length).toBeLessThan(rows);
  for (const line of lines) expect(textWidth(line)).toBeLessThan(columns);
});

test('notes stand under the phases', () => {
  const lines = frame(report([phase('One', 'running')]), {}, { notes: ['Ctrl-C stops.'] });
  expect(lines.slice(-2)).toEqual(['', 'Ctrl-C stops.']);
});
