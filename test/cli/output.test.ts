import { PassThrough } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { createLogger, isLogLevel } from '../../src/cli/logging.ts';
import { streamOutput, textOutput } from '../../src/cli/output.ts';

function terminal(columns: number, rows: number) {
  return Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY: true, columns, rows });
}

test('an output on a stream writes to it and knows its size as it is now', () => {
  const stream = terminal(100, 30);
  const output = streamOutput(stream as never, { NO_COLOR: '1' });
  output.line('hello');
  expect(stream.read()).toBe('hello\n');
  expect([output.isTerminal, output.columns, output.rows]).toEqual([true, 100, 30]);
  stream.columns = 50;
  expect(output.columns).toBe(50);
  const listener = vi.fn();
  const stop = output.onResize(listener);
  stream.emit('resize');
  stop();
  stream.emit('resize');
  expect(listener).toHaveBeenCalledTimes(1);
});

test('what is no terminal has the size that the environment says, else 80 by 24', () => {
  const pipe = new PassThrough() as never;
  expect(streamOutput(pipe, {})).toMatchObject({ isTerminal: false, columns: 80, rows: 24 });
  expect(streamOutput(pipe, { COLUMNS: '120' }).columns).toBe(120);
});

test('logs are JSON lines, or lines for people on a terminal, from the level on', () => {
  const file = textOutput();
  const logger = createLogger(file, 'warn');
  logger.info('not this');
  logger.warn({ execution: 'x' }, 'careful');
  expect(
    file.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([{ level: 40, execution: 'x', msg: 'careful' }]);
  const screen = textOutput({ isTerminal: true });
  createLogger(screen, 'info').info('look');
  expect(screen.text).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] .*INFO.*: look/m);
});

test('log levels are known by name', () => {
  expect(['debug', 'silent', 'loud'].map(isLogLevel)).toEqual([true, true, false]);
});
