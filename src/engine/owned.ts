import type { Ownership } from '../ports/ownership.ts';
import type { Fold } from './fold.ts';
import { PARKED, type Parked } from './partition.ts';
import { Resident } from './resident.ts';
import type { EngineLogger } from './surroundings.ts';

/** The executions that this process drives: in memory, or parked until a record wakes them; never both. */
export class Owned {
  readonly residents = new Map<string, Resident>();
  /** Those that wait for a record and are not in memory, with their deadlines where the whole partition is driven. */
  readonly parked = new Map<string, Parked>();
  readonly #options: OwnedOptions;

  constructor(options: OwnedOptions) {
    this.#options = options;
  }

  get ids(): readonly string[] {
    return [...this.residents.keys(), ...this.parked.keys()];
  }

  has(execution: string): boolean {
    return this.residents.has(execution) || this.parked.has(execution);
  }

  /** Whether it still is the one that stands for its execution. */
  holds(resident: Resident): boolean {
    return this.residents.get(resident.execution) === resident;
  }

  /** The state, when the execution is in memory and read. */
  foldOf(execution: string): Fold | undefined {
    return this.residents.get(execution)?.fold;
  }

  /** Takes an execution into memory, without its state. */
  add(execution: string): Resident {
    const resident = new Resident(execution);
    this.residents.set(execution, resident);
    return resident;
  }

  park({ execution }: Resident, parked: Parked): void {
    this.residents.delete(execution);
    this.parked.set(execution, parked);
  }

  /** Takes a parked execution into memory again, without its state. */
  wake(execution: string): Resident {
    const { kept } = this.parked.get(execution) ?? PARKED;
    this.parked.delete(execution);
    const resident = this.add(execution);
    if (kept !== undefined) resident.kept = JSON.parse(kept);
    return resident;
  }

  forget(resident: Resident): void {
    if (this.holds(resident)) this.residents.delete(resident.execution);
    resident.leave();
  }

  /** Lets all of them go from memory; the log has them. */
  clear(): void {
    for (const resident of this.residents.values()) resident.leave();
    this.residents.clear();
    this.parked.clear();
  }

  /** What cannot be released belongs to a process that is about to be gone, which says the same. */
  async release(execution: string): Promise<void> {
    const { ownership, logger } = this.#options;
    try {
      await ownership.release(execution);
    } catch (error) {
      logger?.warn({ error: String(error), execution }, 'the execution was not released');
    }
  }
}

interface OwnedOptions {
  readonly ownership: Ownership;
  readonly logger: EngineLogger | undefined;
}
