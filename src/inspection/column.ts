type Numbers = Int32Array | Float64Array;

/** Numbers that only grow at the end: a list of millions without an object for each. */
export class Column<Values extends Numbers> {
  #values: Values;
  #length = 0;
  readonly #make: (length: number) => Values;

  /** @param make `(length) => new Int32Array(length)` */
  constructor(make: (length: number) => Values) {
    this.#make = make;
    this.#values = make(1024);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = this.#make(this.#length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  /** @param index from 0, below the length */
  at(index: number): number {
    return this.#values[index] ?? 0;
  }

  set(index: number, value: number): void {
    this.#values[index] = value;
  }

  /** Forgets all from this place on. */
  truncate(length: number): void {
    this.#length = Math.min(this.#length, length);
  }
}

export function ints(): Column<Int32Array> {
  return new Column((length) => new Int32Array(length));
}

export function floats(): Column<Float64Array> {
  return new Column((length) => new Float64Array(length));
}

/** A number for each of many equal texts. */
export class Names {
  readonly all: string[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.all.length;
    this.all.push(name);
    this.#numbers.set(name, number);
    return number;
  }

  /** Undefined: it never occurred. */
  find(name: string): number | undefined {
    return this.#numbers.get(name);
  }

  at(number: number): string {
    return this.all[number] ?? '';
  }
}
