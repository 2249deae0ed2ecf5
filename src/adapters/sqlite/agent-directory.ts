import type { StatementSync } from 'node:sqlite';
import type { AgentDirectory, HostPresence } from '../../ports/agent-directory.ts';
import type { LocalDatabase } from './local-database.ts';
import type { Processes } from './processes.ts';

export class SqliteAgentDirectory implements AgentDirectory {
  readonly #local: LocalDatabase;
  readonly #processes: Processes;
  readonly #publish: StatementSync;
  readonly #withdraw: StatementSync;
  readonly #list: StatementSync;

  constructor(local: LocalDatabase, processes: Processes) {
    this.#local = local;
    this.#processes = processes;
    this.#publish = local.prepare('INSERT OR REPLACE INTO hosts (host, process, presence) VALUES (?, ?, ?)');
    this.#withdraw = local.prepare('DELETE FROM hosts WHERE host = ?');
    this.#list = local.prepare('SELECT process, presence FROM hosts ORDER BY host');
  }

  publish(presence: HostPresence): Promise<void> {
    return this.#local.write(() => {
      this.#publish.run(presence.host, presence.process, JSON.stringify(presence));
    });
  }

  withdraw(host: string): Promise<void> {
    return this.#local.write(() => {
      this.#withdraw.run(host);
    });
  }

  list(): Promise<readonly HostPresence[]> {
    return this.#local.read(() =>
      this.#list
        .all()
        .filter(({ process: id }) => this.#processes.isAlive(String(id)))
        .map(({ presence }) => JSON.parse(String(presence))),
    );
  }
}
