import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Json } from '../../json.ts';
import type { ResponseCache } from '../../ports/response-cache.ts';
import type { NatsLink } from './connection.ts';
import { ValueBucket } from './value-bucket.ts';
import { fits } from './wire.ts';

/**
 * Answers in a key-value bucket, under the sha256 of their keys. When they expire is told by the clock of whoever put them and
 * compared with that of whoever asks; the bucket forgets all of them after thirty days.
 */
export class NatsResponses implements ResponseCache {
  readonly #link: NatsLink;
  readonly #bucket: ValueBucket;

  constructor(link: NatsLink) {
    this.#link = link;
    this.#bucket = new ValueBucket(link, link.subjects.bucket('CACHE'));
  }

  async get(key: string): Promise<Json | undefined> {
    const stored = await this.#bucket.get(nameOf(key));
    const response = stored && responseIn(stored.text);
    if (response?.key !== key || response.expiresAt <= this.#link.clock.now()) return undefined;
    return response.value as Json;
  }

  /** What is larger than a message is not kept. */
  async put(key: string, value: Json, ttlMs: number): Promise<void> {
    const content = JSON.stringify({ key, value, expiresAt: this.#link.clock.now() + ttlMs });
    if (fits(this.#link, content)) await this.#bucket.put(nameOf(key), content);
    else this.#link.logger.debug({ key }, 'an answer was too large to be kept for later');
  }
}

// Opaque: a schema that walks through a value leaves out what its maker calls `__proto__`.
const storedResponse = z.object({ key: z.string(), value: z.unknown(), expiresAt: z.number() });

function nameOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function responseIn(text: string): z.output<typeof storedResponse> | undefined {
  try {
    return storedResponse.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // not JSON
  }
}
