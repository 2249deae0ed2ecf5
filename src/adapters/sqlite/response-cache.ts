import type { StatementSync } from 'node:sqlite';
import type { Json } from '../../json.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ResponseCache } from '../../ports/response-cache.ts';
import type { LocalDatabase } from './local-database.ts';

export class SqliteResponses implements ResponseCache {
  readonly #local: LocalDatabase;
  readonly #clock: Clock;
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #forget: StatementSync;

  constructor(local: LocalDatabase, clock: Clock) {
    this.#local = local;
    this.#clock = clock;
    this.#get = local.prepare('SELECT value FROM responses WHERE key = ? AND expires_at > ?');
    this.#put = local.prepare('INSERT OR REPLACE INTO responses (key, value, expires_at) VALUES (?, ?, ?)');
    this.#forget = local.prepare('DELETE FROM responses WHERE expires_at <= ?');
  }

  get(key: string): Promise<Json | undefined> {
    return this.#local.read(() => {
      const row = this.#get.get(key, this.#clock.now());
      return row && JSON.parse(String(row.value));
    });
  }

  /** What has expired goes with it, so the table holds what is of use. */
  put(key: string, value: Json, ttlMs: number): Promise<void> {
    return this.#local.write(() => {
      const now = this.#clock.now();
      this.#forget.run(now);
      this.#put.run(key, JSON.stringify(value), now + ttlMs);
    });
  }
}
