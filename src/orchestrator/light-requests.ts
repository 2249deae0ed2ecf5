import type { ArtifactRef, Json } from '../json.ts';
import type { AgentRequest } from '../ports/agent-request.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';
import type { ClaimAnswer } from '../ports/claim-desk.ts';

type Refused = Extract<ClaimAnswer, { kind: 'refused' }>;

/** Outputs of one phase that are larger, in characters of their JSON, go to the artifact store, once for all requests. */
const LARGE_PHASE = 16 * 1024;

/**
 * Every step gets the outputs of the phases before it. In one process that is a reference; over a network it would be sent again with
 * each step, so large ones are sent as what they are anyway: immutable content with a digest, which a host reads once.
 */
export class LightRequests {
  readonly #artifacts: ArtifactStore;
  /** By the outputs themselves, which the state keeps as one object as long as it lives. */
  readonly #known = new WeakMap<object, 'small' | Promise<ArtifactRef>>();

  constructor(artifacts: ArtifactStore) {
    this.#artifacts = artifacts;
  }

  async lighten<Granted extends { readonly kind: 'granted'; readonly request: AgentRequest }>(
    answer: Granted | Refused,
  ): Promise<Granted | Refused> {
    if (answer.kind === 'refused') return answer;
    const { request } = answer;
    const outputs = await this.#lighten(request.outputs);
    return outputs === request.outputs ? answer : { ...answer, request: { ...request, outputs } };
  }

  async #lighten(outputs: AgentRequest['outputs']): Promise<AgentRequest['outputs']> {
    const large: [string, Promise<ArtifactRef>][] = [];
    for (const [phase, produced] of Object.entries(outputs)) {
      const stored = this.#stored(produced);
      if (stored !== undefined) large.push([phase, stored]);
    }
    if (large.length === 0) return outputs;
    const references = await Promise.all(
      large.map(async ([phase, stored]) => [phase, { ...(await stored) }] as const),
    );
    return { ...outputs, ...Object.fromEntries(references) };
  }

  /** Undefined for what is small enough to be sent. */
  #stored(produced: Json | undefined): Promise<ArtifactRef> | undefined {
    if (typeof produced !== 'object' || produced === null) return undefined;
    let known = this.#known.get(produced);
    if (known === undefined) {
      const text = JSON.stringify(produced);
      known = text.length <= LARGE_PHASE ? 'small' : this.#put(produced, text);
      this.#known.set(produced, known);
    }
    return known === 'small' ? undefined : known;
  }

  async #put(produced: object, text: string): Promise<ArtifactRef> {
    try {
      return await this.#artifacts.put(Buffer.from(text), { mediaType: 'application/json' });
    } catch (error) {
      // The next request tries again.
      this.#known.delete(produced);
      throw error;
    }
  }
}
