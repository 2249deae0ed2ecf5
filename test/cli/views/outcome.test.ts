import { expect, test } from 'vitest';
import { createStyle } from '../../../src/cli/style.ts';
import { outcomeLines } from '../../../src/cli/views/outcome.ts';
import type { ExecutionReport } from '../../../src/engine/report.ts';
import { phase, report, step } from './reports.ts';

function outcome(of: ExecutionReport): string {
  const command = (name: string, id: string, ...rest: readonly string[]): string =>
    ['troupe', name, id, ...rest].join(' ');
  return outcomeLines(of, { columns: 80, style: createStyle(false), command }).join('\n');
}

const done = [phase('One', 'completed', [step('a', 'succeeded'), step('b', 'succeeded')])];

test('a completed execution: how long it took, its outputs, where to look', () => {
  const text = outcome(
    report(done, {
      status: 'completed',
      durationMs: 12_340,
      outputs: {
        decision: 'HOLD',
        size: 0.25,
        tags: ['a', 'b'],
        nested: { deep: { deeper: 1 }, list: [{ x: 1 }] },
      },
    }),
  );
  expect(text).toBe(
    [
      '✓ completed in 12 s: review 1.0.0, 1 phase, 2 of 2 steps done',
      '',
      'decision: HOLD',
      'size: 0.25',
      'tags: a, b',
      '',
      'nested',
      '  deep:',
      '    deeper: 1',
      '  list:',
      '    - x: 1',
      '',
      'look at it   troupe show e1',
    ].join('\n'),
  );
});

test('an output that is Markdown shows its head and where the whole is', () => {
  const markdown = ['# The report', '', ...Array.from({ length: 40 }, (_, index) => `line ${index}`)].join(
    '\n',
  );
  const text = outcome(report(done, { status: 'completed', outputs: { report: markdown } }));
  expect(text).toContain('report (Markdown, 42 lines)\n  # The report');
  expect(text).toContain('… 30 more lines; troupe show e1 --markdown writes it in full.');
  expect(text).not.toContain('line 20');
});

test('a long text or value is cut, and says by how much', () => {
  const text = outcome(
    report(done, { status: 'completed', outputs: { list: Array.from({ length: 40 }, (_, n) => ({ n })) } }),
  );
  expect(text).toContain('  … 25 more lines');
});

test('a failed execution: which phase and step, the error, and how to go on', () => {
  const error = { class: 'crash', message: 'exit code 1' } as const;
  const text = outcome(
    report(
      [
        phase('Analysis', 'failed', [step('s1', 'failed', { agent: 'chair', attempts: 3, error })], {
          error: { code: 'PHASE_FAILED', message: 'Phase Analysis failed: none of 1 steps succeeded.' },
        }),
      ],
      {
        status: 'failed',
        durationMs: 500,
        error: { code: 'PHASE_FAILED', message: 'Phase Analysis failed: none of 1 steps succeeded.' },
      },
    ),
  );
  expect(text).toBe(
    [
      '✗ failed after 0.5 s: review 1.0.0, 1 phase, 0 of 1 step done',
      'Phase Analysis failed: none of 1 steps succeeded.',
      '  phase Analysis failed',
      '    ✗ chair (s1) after 3 attempts: crash: exit code 1',
      '',
      'look at it   troupe show e1',
      'agents’ logs troupe show e1 --logs',
      'try again    troupe retry e1   (what succeeded is kept)',
    ].join('\n'),
  );
});

test('an aborted execution says why, a degraded one that it is', () => {
  expect(outcome(report(done, { status: 'aborted', reason: 'wrong input' }))).toContain(
    'Reason: wrong input',
  );
  expect(outcome(report(done, { status: 'completed', degraded: true }))).toContain('degraded');
});
