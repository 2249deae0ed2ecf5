import type { Fold } from '../../engine/fold.ts';
import type { LifecycleEvent } from '../../engine/lifecycle.ts';
import type { Output } from '../output.ts';

/** What a person sees of an execution while a command follows it. */
export interface RunView {
  /** The state after a record. The fold goes on changing: look at it now or when drawing. */
  see(fold: Fold): void;
  /** What happened, in log order; progress as it comes. */
  tell(event: LifecycleEvent): void;
  /** A message that stays: what the command itself does or found. */
  say(text: string): void;
  /** What holds now, about the process or what a person can do; replaces what was noted before. */
  note(notes: readonly string[]): void;
  /** Stops drawing and gives the terminal back. Safe to call again. */
  end(): void;
  /** Standard error as long as the view stands: what is written does not run into what is drawn. */
  readonly stderr: Output;
}
