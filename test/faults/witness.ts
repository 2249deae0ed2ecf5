import type { NatsSpace } from '../../src/adapters/nats/space.ts';
import type { Fold } from '../../src/engine/fold.ts';
import { beginFold, startIn } from '../../src/engine/load.ts';
import { Pins } from '../../src/engine/pins.ts';
import { taskRules } from '../../src/engine/rules.ts';
import type { LogFollower, LogRecord } from '../../src/ports/event-log.ts';

export interface WitnessOptions {
  readonly space: NatsSpace;
  /** An execution stands at a step that waits; told again after the log was cut. */
  readonly onWaiting: (execution: string) => void;
}

/** Follows all logs, beside whoever drives them: tells how far they are, and which executions have ended. */
export class Witness {
  readonly #options: WitnessOptions;
  readonly #pins: Pins;
  readonly #seen = new Map<string, Seen>();
  readonly #waiting = new Set<() => void>();
  #records = 0;
  #cuts = 0;

  constructor(options: WitnessOptions) {
    this.#options = options;
    this.#pins = new Pins(options.space.artifacts);
    for (let partition = 0; partition < options.space.partitions; partition += 1) {
      options.space.logOf(partition).follow(this.#follower(partition), 0);
    }
  }

  /** How many records were handed over. */
  get records(): number {
    return this.#records;
  }

  /** How often a log turned out to have lost its tail. */
  get cuts(): number {
    return this.#cuts;
  }

  get executions(): readonly string[] {
    return [...this.#seen.keys()];
  }

  statusOf(execution: string): string | undefined {
    return this.#seen.get(execution)?.fold?.status;
  }

  /** The execution's state as it is folded here. */
  foldOf(execution: string): Fold | undefined {
    return this.#seen.get(execution)?.fold;
  }

  recordsOf(execution: string): readonly LogRecord[] {
    return this.#seen.get(execution)?.records ?? [];
  }

  /** Resolves as soon as it holds; looked at whenever something was folded. */
  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }

  /** Resolves when so many more records have come. */
  untilMore(records: number): Promise<void> {
    const target = this.#records + records;
    return this.until(() => this.#records >= target);
  }

  untilEnded(executions: readonly string[]): Promise<void> {
    return this.until(() => executions.every((execution) => this.foldOf(execution)?.hasEnded === true));
  }

  #follower(partition: number): LogFollower {
    const { space } = this.#options;
    return {
      fold: (records) => {
        for (const record of records) this.#take(record);
      },
      durable: () => undefined,
      retracted: (position) => {
        this.#cuts += 1;
        for (const [execution, seen] of this.#seen) {
          if (space.partitionOf(execution) === partition) seen.cut(position);
        }
        this.#tell();
      },
    };
  }

  #take(record: LogRecord): void {
    this.#records += 1;
    let seen = this.#seen.get(record.execution);
    if (seen === undefined) {
      const { space, onWaiting } = this.#options;
      seen = new Seen({
        begin: (first) =>
          beginFold(first, { pins: this.#pins, artifacts: space.artifacts, rules: taskRules }),
        onWaiting: () => onWaiting(record.execution),
        onFolded: () => this.#tell(),
      });
      this.#seen.set(record.execution, seen);
    }
    seen.take(record);
  }

  #tell(): void {
    for (const look of [...this.#waiting]) look();
  }
}

interface SeenOptions {
  readonly begin: (first: LogRecord) => Promise<Fold>;
  readonly onWaiting: () => void;
  readonly onFolded: () => void;
}

class Seen {
  records: LogRecord[] = [];
  fold: Fold | undefined;
  readonly #options: SeenOptions;
  #tail: Promise<void> = Promise.resolve();
  #wasWaiting = false;

  constructor(options: SeenOptions) {
    this.#options = options;
  }

  take(record: LogRecord): void {
    const { begin, onWaiting, onFolded } = this.#options;
    this.records.push(record);
    this.#tail = this.#tail.then(async () => {
      // It may have been cut off meanwhile.
      if (!this.records.includes(record)) return;
      if (this.fold !== undefined) this.fold.apply(record);
      else if (startIn(record) !== undefined) this.fold = await begin(record);
      const isWaiting = [...(this.fold?.world.steps.values() ?? [])].some(({ src }) => src === 'wait');
      if (isWaiting && !this.#wasWaiting) onWaiting();
      this.#wasWaiting = isWaiting;
      onFolded();
    });
  }

  cut(position: number): void {
    const kept = this.records.filter((record) => record.position <= position);
    if (kept.length === this.records.length) return;
    this.records = [];
    this.fold = undefined;
    this.#wasWaiting = false;
    for (const record of kept) this.take(record);
  }
}
