import type { CliContext } from '../context.ts';
import type { RunView } from './run-view.ts';

/** A view that shows nothing; what the command has to say of itself still goes to whoever reads its errors. */
export function silentView({ stderr }: CliContext): RunView {
  const nothing = (): void => undefined;
  return {
    see: nothing,
    tell: nothing,
    say: (text) => stderr.line(text),
    note: nothing,
    end: nothing,
    stderr,
  };
}
