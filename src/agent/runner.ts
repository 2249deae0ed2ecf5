import type { Json } from '../json.ts';
import type { AgentRequest, AskedApproval, RollbackWish, StepError, Usage } from '../ports/agent-request.ts';
import type { ProcessProbe } from './beats.ts';

/** How one kind of agent is run; the host does everything around it. */
export interface Runner {
  /**
   * Runs one attempt. After `attempt.signal` aborts it ends the work and settles soon, whatever the answer; the host drops
   * that answer. A rejection counts as the agent's failure.
   */
  run(request: AgentRequest, attempt: RunningAttempt): Promise<RunOutcome> | RunOutcome;
  /** How long after an abort the host waits before it goes on without the runner. */
  readonly abandonAfterMs: number;
  /** Frees what is kept between attempts. Called once, when no attempt is left. */
  close?(): Promise<void>;
}

/** What the host gives to a runner along with the request. */
export interface RunningAttempt {
  /** Aborted when the attempt is to stop. Made on first use, so ask for it only if needed. */
  readonly signal: AbortSignal;
  /** `<data id>/<execution>/<step>/<attempt>/<fence>`: marks the processes of this attempt. */
  readonly marker: string;
  /** Live news for whoever watches; never recorded. */
  progress(value: Json): void;
  /** The agent wrote something: a sign of progress, whatever it was. */
  heard(): void;
  /**
   * The agent has a process (or a thread) from now on, which `probe` looks at from time to time. Returns how to say that it has
   * ended.
   */
  watch(probe: ProcessProbe): () => void;
  /** Bytes for the attempt's log (what a program writes to stderr). */
  log(chunk: string | Uint8Array): void;
  /** The last lines logged so far, without secrets. */
  lastLines(count: number): string;
}

/** An agent's answer before the host has checked, scrubbed and stored it. */
export type RunOutcome =
  | {
      readonly kind: 'answered';
      readonly output: unknown;
      /** Of a ballot, where the vote is not in the output. */
      readonly vote?: unknown;
      readonly usage?: Usage | undefined;
      readonly attachments?: readonly Attachment[] | undefined;
      readonly rollback?: RollbackWish | undefined;
    }
  /** The agent asks people; its attempt ends. */
  | { readonly kind: 'asked'; readonly approval: AskedApproval; readonly usage?: Usage | undefined }
  | {
      readonly kind: 'failed';
      readonly error: StepError;
      readonly usage?: Usage | undefined;
      readonly rollback?: RollbackWish | undefined;
    };

/** A file that an agent hands over beside its output. */
export interface Attachment {
  readonly name: string;
  readonly mediaType?: string | undefined;
  readonly content: string | Uint8Array;
}
