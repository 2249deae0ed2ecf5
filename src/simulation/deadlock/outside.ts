import type { Json } from '../../json.ts';

/** What an execution can expect from outside: which hosts there are, and who sends signals. */
export interface Outside {
  /** Whether a host offers the role. */
  readonly hasHost: (role: string) => boolean;
  /**
   * Every signal that anything but a person sends. Present: nobody else sends one (a closed world). Absent: persons may send any
   * signal at any time.
   */
  readonly signals?: readonly SignalSource[] | undefined;
  /** Steps about which a scripted person still says something. Others may be decided by real ones. */
  readonly decisions?: ReadonlySet<string> | undefined;
}

/** One signal that is sent once. */
export interface SignalSource {
  readonly name: string;
  readonly payload: Json;
  /** A role, or the id of a step: it is sent when that step has succeeded. */
  readonly by?: string | undefined;
  /** It is sent when the phase gets there; with `by`, when a step of that phase has succeeded. Absent, as `by`: by itself. */
  readonly moment?: { readonly phase: string; readonly event: string } | undefined;
  /** What causes it has happened: it is sent, or will be when its time has come. */
  readonly isCaused: boolean;
  readonly isSent: boolean;
}
