import type { Json } from '../json.ts';

/**
 * Answers that were given before, so that the same question need not be asked again. Anything may be forgotten at any time, and
 * what cannot be kept (it is too large, say) is not: nothing may depend on it. Whoever finds it failing goes on without.
 */
export interface ResponseCache {
  /** What was put under this key and is not older than it was to become; by this process's clock. */
  get(key: string): Promise<Json | undefined>;
  /** Replaces what is there. `key`: any text. `ttlMs`: how long it holds from now. */
  put(key: string, value: Json, ttlMs: number): Promise<void>;
}
