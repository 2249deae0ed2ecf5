import type { Json } from '../../json.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ResponseCache } from '../../ports/response-cache.ts';
import type { MemoryWorld } from './world.ts';

export class MemoryResponses implements ResponseCache {
  readonly #responses: MemoryWorld['responses'];
  readonly #clock: Clock;

  constructor({ responses }: Pick<MemoryWorld, 'responses'>, clock: Clock) {
    this.#responses = responses;
    this.#clock = clock;
  }

  async get(key: string): Promise<Json | undefined> {
    const response = this.#responses.get(key);
    if (response === undefined || response.expiresAt <= this.#clock.now()) return undefined;
    return JSON.parse(response.json);
  }

  async put(key: string, value: Json, ttlMs: number): Promise<void> {
    this.#responses.set(key, { json: JSON.stringify(value), expiresAt: this.#clock.now() + ttlMs });
  }
}
