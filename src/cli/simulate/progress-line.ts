import type { CliContext } from '../context.ts';

/** How often the line is written at most, in ms. */
const INTERVAL_MS = 100;
/** Short campaigns need none. */
const QUIET_MS = 500;

/** A line on a terminal's standard error that says how far it is; nothing elsewhere. */
export function progressLine({ stderr, clock }: Pick<CliContext, 'stderr' | 'clock'>): {
  readonly show: (done: number, total: number) => void;
  readonly clear: () => void;
} {
  const startedAt = clock.monotonic();
  let shownAt: number | undefined;
  return {
    show(done, total) {
      const now = clock.monotonic();
      if (!stderr.isTerminal || now - startedAt < QUIET_MS || now - (shownAt ?? startedAt) < INTERVAL_MS)
        return;
      shownAt = now;
      stderr.write(`\r\u001B[K${done} of ${total} runs; Ctrl-C shows what there is so far`);
    },
    clear() {
      if (shownAt !== undefined) stderr.write('\r\u001B[K');
    },
  };
}
