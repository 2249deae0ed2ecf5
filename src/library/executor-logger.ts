import type { EngineLogger } from '../engine/surroundings.ts';

/**
 * What a `TaskExecutor` logs to: `console`, a pino logger, or an object with some of these. Each is called with the fields and
 * the message.
 */
export interface ExecutorLogger {
  readonly debug?: LogFunction | undefined;
  readonly info?: LogFunction | undefined;
  readonly warn?: LogFunction | undefined;
  readonly error?: LogFunction | undefined;
}

type LogFunction = (fields: object, message: string) => unknown;

/** Fills in what is left out. Without a logger, warnings and errors go to the console: a failure must not pass in silence. */
export function toEngineLogger(logger: ExecutorLogger = { warn: toConsole, error: toConsole }): EngineLogger {
  return {
    debug: (fields, message) => void logger.debug?.(fields, message),
    info: (fields, message) => void logger.info?.(fields, message),
    warn: (fields, message) => void logger.warn?.(fields, message),
    error: (fields, message) => void logger.error?.(fields, message),
  };
}

function toConsole(fields: object, message: string): void {
  console.error(`troupe: ${message}`, fields);
}
