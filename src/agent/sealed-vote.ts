import { hash } from 'node:crypto';
import type { Json } from '../json.ts';
import type { AgentRequest, AttemptResult } from '../ports/agent-request.ts';
import { sealOf } from '../ports/ballot-seal.ts';
import type { Random } from '../ports/random.ts';
import type { StopCause } from './stop-cause.ts';

type Succeeded = Extract<AttemptResult, { kind: 'succeeded' }>;

/** A vote that the host keeps to itself until the poll is closed; the agent has ended long before. */
export class SealedVote {
  readonly #request: AgentRequest;
  readonly #result: Succeeded;
  readonly #vote: Json;
  readonly #nonce: string;
  readonly #ended = Promise.withResolvers<'reveal' | StopCause>();

  constructor(request: AgentRequest, result: Succeeded, random: Random) {
    this.#request = request;
    this.#result = result;
    this.#vote = result.vote ?? result.output;
    // 128 bits of a secret that has at least as many.
    this.#nonce = hash('sha256', random.token()).slice(0, 32);
  }

  /** What is reported at once. */
  get seal(): Extract<AttemptResult, { kind: 'sealed' }> {
    const { execution, step } = this.#request;
    const { usage, subject } = this.#result;
    const round = Number(step.slice(step.lastIndexOf('_') + 1));
    const digest = sealOf({ execution, step, round, nonce: this.#nonce, vote: this.#vote });
    return {
      kind: 'sealed',
      digest,
      ...(subject === undefined ? {} : { subject }),
      ...(usage === undefined ? {} : { usage }),
    };
  }

  /** What is reported when the poll asks for it. What the attempt used is told by then. */
  get opened(): Succeeded {
    const { usage: _, ...result } = this.#result;
    return { ...result, vote: this.#vote, nonce: this.#nonce };
  }

  reveal(): void {
    this.#ended.resolve('reveal');
  }

  /** The claim is over; the vote is not told. */
  drop(cause: StopCause): void {
    this.#ended.resolve(cause);
  }

  /** Resolves when the poll asks for the vote, or the claim is over. */
  get ended(): Promise<'reveal' | StopCause> {
    return this.#ended.promise;
  }
}
