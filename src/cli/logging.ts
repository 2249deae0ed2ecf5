import { Writable } from 'node:stream';
import { type Logger as PinoLogger, pino } from 'pino';
import pretty from 'pino-pretty';
import type { Output } from './output.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type Logger = PinoLogger;

/** Quiet unless something is wrong; what happens to an execution is told by the commands themselves. */
export const DEFAULT_LOG_LEVEL: LogLevel = 'warn';

/** Writes JSON lines to the output, or lines for people when it is a terminal. */
export function createLogger(output: Output, level: LogLevel): Logger {
  const sink = new Writable({
    write(chunk, _encoding, done) {
      output.write(String(chunk));
      done();
    },
  });
  const destination = output.isTerminal
    ? pretty({ destination: sink, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l', sync: true })
    : sink;
  return pino({ level, base: null }, destination);
}

export function isLogLevel(text: string): text is LogLevel {
  return (LOG_LEVELS as readonly string[]).includes(text);
}
