import { describe, expect, test } from 'vitest';
import { reportMarkdown } from '../../../src/cli/views/report-markdown.ts';
import { attempt, documentWith, phase, report, step } from './report-fixtures.ts';

describe('the report as Markdown', () => {
  test('begins with the output named report, whole', () => {
    const text = '# Verdict\n\n| a | b |\n| --- | --- |\n| 1 | <svg/> |';
    const markdown = reportMarkdown(documentWith(report([], { outputs: { report: text, score: 7 } })));
    expect(markdown.startsWith(`${text}\n\n---\n\n# review 1.0.0: completed\n`)).toBe(true);
    expect(markdown).toContain('### score\n\n```json\n7\n```');
    expect(markdown).not.toContain('### report');
  });

  test('keeps a report that is no text among the other outputs', () => {
    const markdown = reportMarkdown(documentWith(report([], { outputs: { report: { a: 1 } } })));
    expect(markdown.startsWith('# review')).toBe(true);
    expect(markdown).toContain('### report');
  });

  test('has a row for each phase and each step', () => {
    const failed = step('b', [0, 300], {
      status: 'failed',
      error: { class: 'timeout', message: 'too slow' },
    });
    const about = report([phase('Gather', [0, 300], [step('a', [0, 300], { output: { n: 1 } }), failed])]);
    const tries = [attempt('a', [0, 100], { outcome: 'failed' }), attempt('a', [100, 300])];
    const markdown = reportMarkdown(documentWith(about, tries));
    expect(markdown).toContain('| Gather | ✓ completed | 0.3 s | 0.3 s | 0 s |');
    expect(markdown).toContain('| `a` | `worker` | ✓ done | 2 | 0.3 s | {"n":1} |');
    expect(markdown).toContain('| `b` | `worker` | ✗ failed |  | 0.3 s | timeout: too slow |');
  });

  test('says which outputs are from the cache', () => {
    const cached = step('a', [0, 1], { attempts: 0, cached: true, output: 7 });
    const markdown = reportMarkdown(documentWith(report([phase('Gather', [0, 1], [cached])])));
    expect(markdown).toContain('| `a` | `worker` | ✓ done, from the cache |  | 1 ms | 7 |');
  });

  test('what agents wrote cannot become markup', () => {
    const about = report([phase('a | b', [0, 1], [step('s', [0, 1], { output: '<b>|`x`' })])], {
      error: { code: 'X', message: '# no *heading*' },
    });
    const markdown = reportMarkdown(documentWith(about));
    expect(markdown).toContain('| a \\| b |');
    expect(markdown).toContain('\\<b\\>\\|\\`x\\`');
    expect(markdown).toContain('\\# no \\*heading\\*');
  });
});
