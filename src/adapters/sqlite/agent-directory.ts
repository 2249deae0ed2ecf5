import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AgentDirectory, HostPresence } from '../../ports/agent-directory.ts';
import type { Processes } from './processes.ts';
import type { WriteBatch } from './write-batch.ts';

export class SqliteAgentDirectory implements AgentDirectory {
  readonly #batch: WriteBatch;
  readonly #processes: Processes;
  readonly #publish: StatementSync;
  readonly #withdraw: StatementSync;
  readonly #list: StatementSync;

  constructor(local: DatabaseSync, batch: WriteBatch, processes: Processes) {
    this.#batch = batch;
    this.#processes = processes;
    this.#publish = local.prepare('INSERT OR REPLACE INTO hosts (host, process, presence) VALUES (?, ?, ?)');
    this.#withdraw = local.prepare('DELETE FROM hosts WHERE host = ?');
    this.#list = local.prepare('SELECT process, presence FROM hosts ORDER BY host');
  }

  publish(presence: HostPresence): Promise<void> {
    return this.#batch.add(() => {
      this.#publish.run(presence.host, presence.process, JSON.stringify(presence));
    });
  }

  withdraw(host: string): Promise<void> {
    return this.#batch.add(() => {
      this.#withdraw.run(host);
    });
  }

  async list(): Promise<readonly HostPresence[]> {
    return this.#list
      .all()
      .filter(({ process: id }) => this.#processes.isAlive(String(id)))
      .map(({ presence }) => JSON.parse(String(presence)));
  }
}
