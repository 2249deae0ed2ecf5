import type { Fold } from '../../engine/fold.ts';
import type { LifecycleEvent } from '../../engine/lifecycle.ts';
import { reportOf } from '../../engine/report.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Output } from '../output.ts';
import { Screen } from '../terminal/screen.ts';
import { progressText } from './event-line.ts';
import { frameLines } from './frame.ts';
import type { RunView } from './run-view.ts';

export interface LiveViewOptions {
  /** A terminal. */
  readonly output: Output;
  /** Where errors and logs would go; if it is a terminal too, it is taken to be the same. */
  readonly stderr: Output;
  readonly clock: Clock;
}

/** Ten drawings a second at most; fewer where drawing itself takes long, so that it never takes a tenth of the time. */
const DRAW_INTERVAL_MS = 100;
const DRAW_SHARE = 10;

/** Draws the execution in place, see frame.ts, as long as it is followed. */
export class LiveView implements RunView {
  readonly stderr: Output;
  readonly #output: Output;
  readonly #clock: Clock;
  readonly #screen: Screen;
  readonly #stopResize: () => void;
  readonly #progress = new Map<string, string>();
  #fold: Fold | undefined;
  #notes: readonly string[] = [];
  #tick = 0;
  #cancelDraw: (() => void) | undefined;
  #hasEnded = false;

  constructor({ output, stderr, clock }: LiveViewOptions) {
    this.#output = output;
    this.#clock = clock;
    this.#screen = new Screen(output);
    this.stderr = stderr.isTerminal ? this.#above(stderr) : stderr;
    this.#stopResize = output.onResize(() => {
      this.#screen.forget();
      this.#draw();
    });
  }

  see(fold: Fold): void {
    const isFirst = this.#fold === undefined;
    this.#fold = fold;
    if (isFirst) this.#draw();
  }

  tell(event: LifecycleEvent): void {
    switch (event.type) {
      case 'step:progress':
        this.#progress.set(event.step, progressText(event.progress));
        break;
      case 'step:start':
      case 'step:complete':
      case 'step:failed':
        this.#progress.delete(event.step);
        break;
      default:
    }
  }

  say(text: string): void {
    if (this.#hasEnded) this.#output.line(text);
    else this.#screen.printAbove(text);
  }

  note(notes: readonly string[]): void {
    this.#notes = notes;
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#cancelDraw?.();
    this.#stopResize();
    this.#screen.clear();
  }

  #draw(): void {
    this.#cancelDraw?.();
    if (this.#hasEnded || this.#fold === undefined) return;
    const began = this.#clock.monotonic();
    const scene = {
      report: reportOf(this.#fold),
      progress: this.#progress,
      notes: this.#notes,
      now: this.#clock.now(),
      tick: this.#tick,
    };
    this.#tick += 1;
    this.#screen.draw(frameLines(scene, this.#output, this.#output.style));
    const tookMs = this.#clock.monotonic() - began;
    this.#cancelDraw = this.#clock.schedule(Math.max(DRAW_INTERVAL_MS, tookMs * DRAW_SHARE), () =>
      this.#draw(),
    );
  }

  /** What is written to it stands above what is drawn. */
  #above(stderr: Output): Output {
    const write = (text: string): void => {
      if (this.#hasEnded) stderr.write(text);
      else this.#screen.printAbove(text);
    };
    return { ...stderr, write, line: (text = '') => write(`${text}\n`) };
  }
}
