import type { CliContext } from '../context.ts';

/** Ctrl-C, SIGTERM and SIGHUP while a command runs: the first asks it to stop, a second one demands it. */
export interface Interrupts extends Disposable {
  /** Resolves at the first. */
  readonly first: Promise<'interrupted'>;
  readonly count: number;
}

/** Until it is disposed of, interrupts do not end the process by themselves. */
export function listenForInterrupts(context: CliContext, onSecond: () => void = () => undefined): Interrupts {
  const first = Promise.withResolvers<'interrupted'>();
  let count = 0;
  const stop = context.onInterrupt(() => {
    count += 1;
    if (count === 1) first.resolve('interrupted');
    else if (count === 2) onSecond();
  });
  return {
    first: first.promise,
    get count() {
      return count;
    },
    [Symbol.dispose]: () => void stop(),
  };
}
