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
}

/** One signal that is sent once. */
export interface SignalSource {
  readonly name: string;
  readonly payload: Json;
  /** A role, or the id of a step: it is sent when that step has succeeded. Absent: it comes by itself, when its time has come. */
  readonly by?: string | undefined;
  readonly isSent: boolean;
}
