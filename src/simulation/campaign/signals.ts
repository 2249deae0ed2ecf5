import type { LifecycleEvent } from '../../engine/lifecycle.ts';
import type { Json } from '../../json.ts';
import type { SignalSource } from '../deadlock/outside.ts';
import type { Stage } from '../stage.ts';

/** A signal that the simulated world sends, once. */
export interface DeclaredSignal {
  readonly name: string;
  readonly payload?: Json | undefined;
  /** ms after the execution began; with `by`, after that step succeeded. Default 0. */
  readonly afterMs?: number | undefined;
  /** A role, or the id of a step: sent when a step of it has succeeded. Absent: by somebody outside. */
  readonly by?: string | undefined;
}

interface Pending extends DeclaredSignal {
  /** ms since 1970; undefined as long as nobody has caused it. */
  dueAt: number | undefined;
  isSent: boolean;
}

/** Sends the signals of the agents file to one execution, each in its time. */
export class SignalSender {
  readonly #stage: Stage;
  readonly #execution: string;
  readonly #pending: readonly Pending[];
  #count = 0;

  constructor(stage: Stage, execution: string, signals: readonly DeclaredSignal[]) {
    this.#stage = stage;
    this.#execution = execution;
    this.#pending = signals.map((signal) => ({
      ...signal,
      dueAt: signal.by === undefined ? stage.now() + (signal.afterMs ?? 0) : undefined,
      isSent: false,
    }));
  }

  /** When the next one is due, in ms since 1970. */
  get nextAt(): number | undefined {
    let next: number | undefined;
    for (const { dueAt, isSent } of this.#pending) {
      if (!isSent && dueAt !== undefined && (next === undefined || dueAt < next)) next = dueAt;
    }
    return next;
  }

  /** How each stands, for {@link Outside}. */
  get sources(): readonly SignalSource[] {
    return this.#pending.map(({ name, payload = null, by, isSent }) => ({
      name,
      payload,
      isSent,
      ...(by === undefined ? {} : { by }),
    }));
  }

  /** A step that ends may cause signals. */
  hear(event: LifecycleEvent): void {
    if (event.type !== 'step:complete') return;
    for (const signal of this.#pending) {
      const { by, afterMs = 0 } = signal;
      if (signal.dueAt !== undefined || by === undefined) continue;
      if (by === event.agent || by === event.step || by === event.step.replace(/_\d+$/, '')) {
        signal.dueAt = event.at + afterMs;
      }
    }
  }

  /** Sends what is due now; true when that was anything. */
  async sendDue(): Promise<boolean> {
    const due = this.#pending.filter(
      ({ dueAt, isSent }) => !isSent && dueAt !== undefined && dueAt <= this.#stage.now(),
    );
    for (const signal of due) {
      const { name, payload = null } = signal;
      signal.isSent = true;
      this.#count += 1;
      await this.#stage.append({
        id: `signal-${this.#count}`,
        execution: this.#execution,
        source: 'control',
        type: 'signal.sent',
        data: { name, payload },
      });
    }
    return due.length > 0;
  }
}
