import type { LifecycleEvent } from '../engine/lifecycle.ts';
import type { Json } from '../json.ts';
import { parseDuration } from '../task/duration.ts';
import type { Duration } from './agents/script.ts';
import type { SignalSource } from './deadlock/outside.ts';
import type { Stage } from './stage.ts';

/** A signal that somebody sends in the course of a simulation, once. One that comes before its wait is kept for it. */
export interface ScriptedSignal {
  readonly name: string;
  /** Default null. */
  readonly payload?: Json | undefined;
  /** When: so long after the start (default at once), or when a phase gets there. */
  readonly after?: Duration | PhaseMoment | undefined;
  /** The agent that sends it, or the id of a step: when that step, or one of the agent's, succeeds; `after` counts from there. */
  readonly by?: string | undefined;
}

export interface PhaseMoment {
  readonly phase: string;
  /** Default `completed`. */
  readonly event?: PhaseEvent | undefined;
  /** So long after that. Default at once. */
  readonly delay?: Duration | undefined;
}

export const PHASE_EVENTS = ['running', 'completed', 'failed', 'skipped', 'cancelled'] as const;
export type PhaseEvent = (typeof PHASE_EVENTS)[number];

const TOLD: { readonly [type: string]: PhaseEvent } = {
  'phase:start': 'running',
  'phase:complete': 'completed',
  'phase:failed': 'failed',
  'phase:skipped': 'skipped',
  'phase:cancelled': 'cancelled',
};

/**
 * Sends the scripted signals of one execution. Whoever moves its stage moves it no further than to `nextAt`, and then calls
 * `sendDue`.
 */
export class SignalSender {
  readonly #execution: string;
  readonly #stage: Stage;
  readonly #waiting: Planned[];
  readonly #signals: readonly ScriptedSignal[];
  readonly #stopListening: () => void;

  constructor(stage: Stage, execution: string, signals: readonly ScriptedSignal[]) {
    this.#stage = stage;
    this.#execution = execution;
    this.#signals = signals;
    this.#waiting = signals.map((signal, index) => ({
      signal,
      index,
      dueAt: firstDueAt(signal, stage.now()),
    }));
    this.#stopListening = signals.length === 0 ? () => undefined : stage.listen((event) => this.#hear(event));
  }

  /** When the next one is to be sent; undefined when none is, or none whose cause has come. */
  get nextAt(): number | undefined {
    const due = this.#waiting.flatMap(({ dueAt }) => dueAt ?? []);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  /** Where each stands, for who asks whether it still comes. */
  get sources(): readonly SignalSource[] {
    const waiting = new Map(this.#waiting.map((planned) => [planned.signal, planned]));
    return this.#signals.map((signal) => {
      const { name, payload = null, by } = signal;
      const planned = waiting.get(signal);
      const moment = momentOf(signal);
      return {
        name,
        payload,
        by,
        moment: moment && { phase: moment.phase, event: moment.event ?? 'completed' },
        isSent: planned === undefined,
        isCaused: planned === undefined || planned.dueAt !== undefined,
      };
    });
  }

  /** Sends all that are due. */
  async sendDue(): Promise<void> {
    for (let next = this.#takeDue(); next !== undefined; next = this.#takeDue()) {
      const { name, payload = null } = next.signal;
      await this.#stage.append({
        id: `${this.#execution}-signal-${next.index + 1}`,
        execution: this.#execution,
        source: 'control',
        type: 'signal.sent',
        data: { name, payload },
      });
    }
  }

  stop(): void {
    this.#stopListening();
  }

  #takeDue(): Planned | undefined {
    const now = this.#stage.now();
    const at = this.#waiting.findIndex(({ dueAt }) => dueAt !== undefined && dueAt <= now);
    return at < 0 ? undefined : this.#waiting.splice(at, 1)[0];
  }

  #hear(event: LifecycleEvent): void {
    if (event.id !== this.#execution) return;
    for (const planned of this.#waiting) {
      if (planned.dueAt !== undefined || !causes(event, planned.signal)) continue;
      planned.dueAt = this.#stage.now() + delayOf(planned.signal);
    }
  }
}

interface Planned {
  readonly signal: ScriptedSignal;
  readonly index: number;
  /** Undefined until its cause has come. */
  dueAt: number | undefined;
}

function firstDueAt(signal: ScriptedSignal, now: number): number | undefined {
  return signal.by === undefined && momentOf(signal) === undefined ? now + delayOf(signal) : undefined;
}

function causes(event: LifecycleEvent, signal: ScriptedSignal): boolean {
  if (signal.by !== undefined) {
    const phase = momentOf(signal)?.phase;
    return (
      event.type === 'step:complete' &&
      [event.agent, event.step, event.step.replace(/_\d+$/, '')].includes(signal.by) &&
      (phase === undefined || phase === event.phase)
    );
  }
  const moment = momentOf(signal);
  return (
    moment !== undefined &&
    'phase' in event &&
    event.phase === moment.phase &&
    TOLD[event.type] === (moment.event ?? 'completed')
  );
}

function momentOf({ after }: ScriptedSignal): PhaseMoment | undefined {
  return typeof after === 'object' ? after : undefined;
}

function delayOf({ after = 0 }: ScriptedSignal): number {
  const delay = typeof after === 'object' ? (after.delay ?? 0) : after;
  return typeof delay === 'number' ? delay : parseDuration(delay);
}
