import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { OwnerInfo, Ownership, Taken } from '../../ports/ownership.ts';
import type { GroupedLog } from '../log/grouped-log.ts';
import type { Processes } from './processes.ts';

/**
 * Who owns what, in the log's database: taking a new execution is part of the commit that writes its first records, so it costs
 * no fsync of its own. Everything runs inside the log's commits, so two processes never both take one execution.
 */
export class SqliteOwnership implements Ownership {
  readonly self: OwnerInfo;
  readonly #log: GroupedLog;
  readonly #processes: Processes;
  readonly #owner: StatementSync;
  readonly #take: StatementSync;
  readonly #release: StatementSync;
  readonly #end: StatementSync;
  readonly #revive: StatementSync;
  readonly #live: StatementSync;

  constructor(database: DatabaseSync, log: GroupedLog, processes: Processes) {
    this.self = processes.self;
    this.#log = log;
    this.#processes = processes;
    this.#owner = database.prepare('SELECT process FROM owners WHERE execution = ?');
    this.#take = database.prepare(
      'INSERT INTO owners (execution, process) VALUES (?, ?) ON CONFLICT DO UPDATE SET process = excluded.process',
    );
    this.#release = database.prepare('UPDATE owners SET process = NULL WHERE execution = ? AND process = ?');
    this.#end = database.prepare(
      `INSERT INTO owners (execution, ended) VALUES (?1, 1)
       ON CONFLICT DO UPDATE SET ended = 1, process = nullif(process, ?2)`,
    );
    this.#revive = database.prepare(
      'INSERT INTO owners (execution) VALUES (?) ON CONFLICT DO UPDATE SET ended = 0',
    );
    this.#live = database.prepare('SELECT execution, process FROM owners WHERE ended = 0 ORDER BY execution');
  }

  take(execution: string): Promise<Taken> {
    return this.#log.transact(() => {
      const by = this.#ownerNow(execution);
      if (by?.process === this.self.process) return { taken: true };
      if (by !== undefined) return { taken: false, by };
      this.#take.run(execution, this.self.process);
      return { taken: true };
    });
  }

  release(execution: string): Promise<void> {
    return this.#log.transact(() => {
      this.#release.run(execution, this.self.process);
    });
  }

  ownerOf(execution: string): Promise<OwnerInfo | undefined> {
    return this.#log.transact(() => this.#ownerNow(execution));
  }

  orphans(): Promise<readonly string[]> {
    return this.#log.transact(() => {
      const isAlive = new Map<unknown, boolean>();
      return this.#live
        .all()
        .filter(({ process: owner }) => {
          if (typeof owner !== 'string') return true;
          const known = isAlive.get(owner) ?? this.#processes.isAlive(owner);
          isAlive.set(owner, known);
          return !known;
        })
        .map(({ execution }) => String(execution));
    });
  }

  markEnded(execution: string): Promise<void> {
    return this.#log.transact(() => {
      this.#end.run(execution, this.self.process);
    });
  }

  markLive(execution: string): Promise<void> {
    return this.#log.transact(() => {
      this.#revive.run(execution);
    });
  }

  #ownerNow(execution: string): OwnerInfo | undefined {
    const owner = this.#owner.get(execution)?.process;
    return typeof owner === 'string' ? this.#processes.find(owner) : undefined;
  }
}
