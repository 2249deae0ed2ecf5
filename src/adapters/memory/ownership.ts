import type { OwnerInfo, Ownership, Taken } from '../../ports/ownership.ts';
import type { MemoryWorld } from './world.ts';

/** Who owns what among the stores on one world. */
export class MemoryOwnership implements Ownership {
  readonly self: OwnerInfo;
  readonly #world: MemoryWorld;

  constructor(world: MemoryWorld, { process: id, startedAt }: Pick<OwnerInfo, 'process' | 'startedAt'>) {
    this.#world = world;
    this.self = { process: id, pid: process.pid, hostname: 'memory', startedAt };
    world.living.set(id, this.self);
  }

  async take(execution: string): Promise<Taken> {
    const by = this.#ownerNow(execution);
    if (by !== undefined && by.process !== this.self.process) return { taken: false, by };
    this.#set(execution, { process: this.self.process });
    return { taken: true };
  }

  async release(execution: string): Promise<void> {
    const isOurs = this.#world.owners.get(execution)?.process === this.self.process;
    if (isOurs) this.#set(execution, { process: undefined });
  }

  async ownerOf(execution: string): Promise<OwnerInfo | undefined> {
    return this.#ownerNow(execution);
  }

  async orphans(): Promise<readonly string[]> {
    const { owners, living } = this.#world;
    return [...owners]
      .filter(([, { process: owner, isEnded }]) => !isEnded && (owner === undefined || !living.has(owner)))
      .map(([execution]) => execution)
      .sort();
  }

  async markEnded(execution: string): Promise<void> {
    this.#set(execution, { isEnded: true });
    await this.release(execution);
  }

  async markLive(execution: string): Promise<void> {
    this.#set(execution, { isEnded: false });
  }

  #ownerNow(execution: string): OwnerInfo | undefined {
    const owner = this.#world.owners.get(execution)?.process;
    return owner === undefined ? undefined : this.#world.living.get(owner);
  }

  #set(execution: string, change: { process?: string | undefined; isEnded?: boolean }): void {
    this.#world.owners.set(execution, { isEnded: false, ...this.#world.owners.get(execution), ...change });
  }
}
