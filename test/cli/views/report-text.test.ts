import { describe, expect, test } from 'vitest';
import { textWidth } from '../../../src/cli/terminal/text-width.ts';
import { reportLines } from '../../../src/cli/views/report-text.ts';
import { attempt, documentWith, page, phase, report, step } from './report-fixtures.ts';

const command = (...words: readonly string[]) => ['troupe', ...words].join(' ');

function show(document: ReturnType<typeof documentWith>, width = 80): string {
  return reportLines(document, page(width), command).join('\n');
}

describe('the report of an execution', () => {
  test('begins with how it stands, in a sign and a word', () => {
    const text = show(documentWith(report([phase('Read', [0, 500], [step('a', [0, 500])])])));
    expect(text).toMatch(/^✓ completed {2}review 1\.0\.0\n/);
    expect(text).toContain('Input      text: hello');
    expect(text).toContain('  ✓ Read  completed  0.5 s');
  });

  test('shows every attempt of a step that did not work at once', () => {
    const tried = [
      attempt('a', [0, 100], { outcome: 'failed', error: { class: 'crash', message: 'exit 3' } }),
      attempt('a', [200, 300], { attempt: 2, outcome: 'expired' }),
      attempt('a', [300, 400], { attempt: 3 }),
    ];
    const text = show(
      documentWith(report([phase('Read', [0, 400], [step('a', [0, 400], { attempts: 3 })])]), tried),
    );
    expect(text).toContain('attempt 1 failed after 0.1 s: crash: exit 3');
    expect(text).toContain('attempt 2 was lost with its host host-1');
    expect(text).toContain('attempt 3 succeeded');
  });

  test('says which outputs are from the cache', () => {
    const cached = step('a', [0, 1], { attempts: 0, cached: true });
    const text = show(documentWith(report([phase('Read', [0, 9], [cached, step('b', [0, 9])])])));
    expect(text).toMatch(/✓ worker a +done +1 ms {2}from the cache {2}a\n/);
    expect(text.match(/from the cache/g)).toHaveLength(1);
  });

  test('says why it failed, where, and with which code', () => {
    const error = { code: 'PHASE_FAILED', message: 'Nobody could read it.', phase: 'Read' };
    const text = show(documentWith(report([], { status: 'failed', error })));
    expect(text).toContain('✗ failed');
    expect(text).toContain('Error      Nobody could read it. (in Read) [PHASE_FAILED]');
  });

  test('says what a live one waits for, and that nobody drives it', () => {
    const waiting = step('w', [0, 10], {
      kind: 'wait',
      agent: null,
      status: 'waiting',
      waitsFor: 'the signal go',
    });
    const about = report([phase('Wait', [0, 10], [waiting], { status: 'running', finishedAt: null })], {
      status: 'running',
      finishedAt: null,
    });
    const text = show(documentWith(about, [], false));
    expect(text).toContain('waits for the signal go');
    expect(text).toContain('Stopped    no process drives it; troupe resume e1 goes on');
  });

  test('what an ended execution or a skipped phase never came to was not run', () => {
    const pending = step('p', [0, 0], {
      status: 'pending',
      startedAt: null,
      finishedAt: null,
      durationMs: null,
    });
    const never = { startedAt: null, finishedAt: null, durationMs: null };
    const skipped = phase('Skipped', [0, 0], [pending], { ...never, status: 'skipped' });
    const late = phase('Late', [0, 0], [pending], { ...never, status: 'pending' });
    const ended = show(documentWith(report([skipped, late], { status: 'aborted' })));
    expect(ended).toContain('⊘ Skipped  skipped');
    expect(ended).toContain('⊘ Late  not run');
    expect(ended.match(/⊘ \S+ {2}not run/g)).toHaveLength(3);
    expect(ended).not.toContain('to come');

    const live = show(documentWith(report([skipped, late], { status: 'running', finishedAt: null })));
    expect(live).toContain('○ Late  to come');
    expect(live.match(/⊘ \S+ {2}not run/g)).toHaveLength(1);
  });

  test('counts what was refused, names checkpoints, and says when agents failed', () => {
    const about = report([], {
      refused: { stale: 2, duplicate: 1 },
      checkpoints: [{ name: 'gathered', position: 12, at: 0 }],
      degraded: true,
      usage: { tokens: 1_200, usd: 0.5, timeMs: 90_000 },
    });
    const text = show(documentWith(about));
    expect(text).toContain('Refused    3 records without effect: stale 2, duplicate 1');
    expect(text).toContain('gathered  at record 12');
    expect(text).toContain('Degraded   some agents failed');
    expect(text).toContain('1200 tokens, 0.5 USD');
  });

  test('shows outputs, and where to find a long text', () => {
    const about = report([], { outputs: { verdict: { signal: 'buy' }, report: 'line\n'.repeat(40) } });
    const text = show(documentWith(about));
    expect(text).toContain('signal: buy');
    expect(text).toContain('a text of 41 lines');
    expect(text).toContain('troupe show e1 --markdown writes it');
  });

  test('sums up what succeeded in a phase of thousands, and shows what did not', () => {
    const steps = Array.from({ length: 1_000 }, (_, at) =>
      step(
        `s_${at}`,
        [0, 5],
        at === 700 ? { status: 'failed', error: { class: 'crash', message: 'boom' } } : {},
      ),
    );
    const text = show(documentWith(report([phase('Many', [0, 5], steps)])));
    expect(text).toContain('crash: boom');
    expect(text).toContain('… 960 steps more that succeeded');
    expect(text.split('\n').length).toBeLessThan(80);
  });

  test.each([40, 80, 140])('fits into %d columns, whatever agents said', (width) => {
    const said = { text: `\u001B[31mred\u001B[0m ${'word '.repeat(60)}`, list: ['x'.repeat(200)] };
    const error = { class: 'crash' as const, message: `${'long '.repeat(50)}\u0007` };
    const steps = [
      step('a', [0, 10], { output: said }),
      step('b', [0, 10], { status: 'failed', error, agent: 'a-very-long-name-of-an-agent-that-goes-on' }),
    ];
    const about = report([phase('日本語 phase '.repeat(8), [0, 10], steps)], {
      outputs: { said },
      input: said,
    });
    const lines = reportLines(
      documentWith(about, [attempt('b', [0, 10], { outcome: 'failed', error })]),
      page(width),
      command,
    );
    for (const line of lines) {
      expect(textWidth(line), line).toBeLessThanOrEqual(width);
      expect(line).not.toMatch(/\p{Cc}/u);
    }
  });
});
