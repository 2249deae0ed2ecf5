import type { AgentDirectory, HostPresence } from '../../ports/agent-directory.ts';
import type { MemoryWorld } from './world.ts';

export class MemoryAgentDirectory implements AgentDirectory {
  readonly #world: Pick<MemoryWorld, 'hosts' | 'living'>;

  constructor(world: Pick<MemoryWorld, 'hosts' | 'living'>) {
    this.#world = world;
  }

  async publish(presence: HostPresence): Promise<void> {
    this.#world.hosts.set(presence.host, presence);
  }

  async withdraw(host: string): Promise<void> {
    this.#world.hosts.delete(host);
  }

  async list(): Promise<readonly HostPresence[]> {
    return [...this.#world.hosts.values()]
      .filter((presence) => this.#world.living.has(presence.process))
      .sort((one, other) => (one.host < other.host ? -1 : 1));
  }
}
