import type { Json } from '../../../src/json.ts';

/** What is compared of a report. Durations in ms. */
export interface Compared {
  readonly execution: string;
  readonly task: string;
  readonly version: string;
  readonly status: string;
  readonly startedAt: string;
  readonly durationMs: number | null;
  readonly input: Json;
  readonly outputs: Json;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly usage: { readonly tokens: number; readonly usd: number; readonly timeMs: number };
  readonly phases: readonly ComparedPhase[];
}

export interface ComparedPhase {
  readonly name: string;
  readonly status: string;
  readonly durationMs: number | null;
  readonly steps: readonly ComparedStep[];
}

export interface ComparedStep {
  readonly id: string;
  readonly kind: string;
  readonly agent: string | null;
  readonly status: string;
  readonly attempts: number;
  readonly durationMs: number | null;
  readonly output: Json;
  readonly error: { readonly message: string } | null;
}
