import type { Resident } from './resident.ts';

/** The commit that the log has open: what is to be done once it is durable, and the executions that its records changed. */
export class OpenCommit {
  #work: (() => void)[] = [];
  readonly #touched = new Set<Resident>();

  /** Keeps work until the commit is durable; it is done in order. */
  after(work: () => void): void {
    this.#work.push(work);
  }

  /** The execution is to be looked at when the commit is durable, and to be read again when it fails. */
  touch(resident: Resident): void {
    this.#touched.add(resident);
  }

  /** It is durable: does the work, then hands over each execution that was touched. */
  close(settle: (resident: Resident) => void): void {
    const work = this.#work;
    this.#work = [];
    for (const act of work) act();
    for (const resident of this.#touched) settle(resident);
    this.#touched.clear();
  }

  /** It failed: nothing of the work is done. Returns the executions that were touched. */
  drop(): readonly Resident[] {
    const touched = [...this.#touched];
    this.#work = [];
    this.#touched.clear();
    return touched;
  }
}
