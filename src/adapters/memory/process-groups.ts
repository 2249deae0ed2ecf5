import type { ProcessGroup, ProcessGroups } from '../../ports/process-groups.ts';
import type { MemoryWorld } from './world.ts';

/** Keeps the books only: what runs beside a memory store dies with it, so there is never anything left to end. */
export class MemoryProcessGroups implements ProcessGroups {
  readonly #groups: MemoryWorld['processGroups'];

  constructor({ processGroups }: Pick<MemoryWorld, 'processGroups'>) {
    this.#groups = processGroups;
  }

  add(group: ProcessGroup): void {
    this.#groups.set(keyOf(group), group);
  }

  remove(group: Pick<ProcessGroup, 'execution' | 'step' | 'attempt'>): void {
    this.#groups.delete(keyOf(group));
  }

  async killLeftovers(execution: string): Promise<readonly number[]> {
    for (const [key, group] of this.#groups) {
      if (group.execution === execution) this.#groups.delete(key);
    }
    return [];
  }

  async killAttemptsOf(): Promise<readonly number[]> {
    return [];
  }
}

function keyOf({ execution, step, attempt }: Pick<ProcessGroup, 'execution' | 'step' | 'attempt'>): string {
  return `${execution}/${step}/${attempt}`;
}
