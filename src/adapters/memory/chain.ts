/** A queue from whose middle one can be taken as cheaply as from its head. */
export class Chain<T> {
  #head: Link<T> | undefined;
  #tail: Link<T> | undefined;

  get first(): T | undefined {
    return this.#head?.value;
  }

  push(value: T): Link<T> {
    const link: Link<T> = { value, before: this.#tail, after: undefined };
    if (this.#tail === undefined) this.#head = link;
    else this.#tail.after = link;
    this.#tail = link;
    return link;
  }

  /** The link must be in this chain. */
  remove({ before, after }: Link<T>): void {
    if (before === undefined) this.#head = after;
    else before.after = after;
    if (after === undefined) this.#tail = before;
    else after.before = before;
  }
}

export interface Link<T> {
  value: T;
  before: Link<T> | undefined;
  after: Link<T> | undefined;
}
