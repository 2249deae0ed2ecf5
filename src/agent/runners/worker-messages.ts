import type { Json } from '../../json.ts';
import type { AgentRequest, RollbackWish, StepError, Usage } from '../../ports/agent-request.ts';
import type { Attachment } from '../runner.ts';

/** What a thread is made with. */
export interface WorkerStart {
  /** Absolute path of the agent's module. */
  readonly file: string;
}

/** From the host to a thread, which works on one request at a time. */
export type ToWorker =
  | { readonly kind: 'run'; readonly request: AgentRequest }
  | { readonly kind: 'abort'; readonly reason: string }
  /** Answered with `pong` as soon as the thread's event loop turns. */
  | { readonly kind: 'ping' };

/** From a thread to the host. */
export type FromWorker =
  | { readonly kind: 'pong' }
  | { readonly kind: 'progress'; readonly news: Json }
  | { readonly kind: 'log'; readonly chunk: string | Uint8Array }
  | {
      readonly kind: 'answered';
      readonly output: Json;
      readonly usage?: Usage | undefined;
      readonly rollback?: RollbackWish | undefined;
      readonly attachments?: readonly Attachment[] | undefined;
    }
  | { readonly kind: 'failed'; readonly error: StepError };
