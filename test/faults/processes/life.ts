import { writeSync } from 'node:fs';

/** What the processes of the fault tests have in common. */

export function parametersOf<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T;
}

export function tell<T>(news: T): void {
  writeSync(1, `${JSON.stringify(news)}\n`);
}

/** Ends in order with SIGTERM, and at once when whoever started the process is gone. */
export function endWithParent(stop: () => Promise<void>): void {
  process.once('SIGTERM', () => void stop().then(() => process.exit(0)));
  process.stdin.once('end', () => process.exit(1)).resume();
}

interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Shown when a test fails. */
export function stderrLogger(): Logger {
  const write =
    (level: string) =>
    (fields: object, message: string): void =>
      void process.stderr.write(`${new Date().toISOString()} ${level} ${message} ${shown(fields)}\n`);
  return { debug: () => undefined, info: () => undefined, warn: write('warn'), error: write('error') };
}

function shown(fields: object): string {
  return JSON.stringify(fields, (_key, value: unknown) =>
    value instanceof Error ? (value.stack ?? value.message) : value,
  );
}
