import type { Clock } from '../ports/clock.ts';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

/**
 * Executions that lost records on their way into the log, because the disk was full or would not take them: what they owe is carried
 * out again after a pause, which grows while that goes on.
 */
export class Recovery {
  readonly #clock: Clock;
  readonly #catchUp: (execution: string) => void;
  readonly #waiting = new Set<string>();
  #waitMs = FIRST_WAIT_MS;
  #cancelAlarm: (() => void) | undefined;
  #lastAlarmAt = Number.NEGATIVE_INFINITY;
  #isStopped = false;

  constructor(clock: Clock, catchUp: (execution: string) => void) {
    this.#clock = clock;
    this.#catchUp = catchUp;
  }

  add(execution: string): void {
    if (this.#isStopped) return;
    this.#waiting.add(execution);
    if (this.#cancelAlarm !== undefined) return;
    // It went well for a while: a new trouble, not the old one.
    if (this.#clock.monotonic() - this.#lastAlarmAt > 2 * LONGEST_WAIT_MS) this.#waitMs = FIRST_WAIT_MS;
    this.#cancelAlarm = this.#clock.schedule(this.#waitMs, () => this.#ring());
    this.#waitMs = Math.min(2 * this.#waitMs, LONGEST_WAIT_MS);
  }

  /** Whether it will be told to catch up. */
  has(execution: string): boolean {
    return this.#waiting.has(execution);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelAlarm?.();
    this.#waiting.clear();
  }

  #ring(): void {
    this.#cancelAlarm = undefined;
    this.#lastAlarmAt = this.#clock.monotonic();
    const executions = [...this.#waiting];
    this.#waiting.clear();
    for (const execution of executions) this.#catchUp(execution);
  }
}
