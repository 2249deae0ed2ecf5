import { executionMovedOn, executionUnknown, notTheOwner } from '../errors.ts';
import type { Json } from '../json.ts';
import type { NewRecord } from '../ports/event-log.ts';
import type { Taken } from '../ports/ownership.ts';
import type { Begun, StartRequest } from './engine-options.ts';
import type { Owned } from './owned.ts';
import { digestOf, type IndexedPinned } from './pinned.ts';
import type { Pins } from './pins.ts';
import type { Reader } from './reader.ts';
import { assertSameStart, findStart, startData } from './start-record.ts';
import type { EngineSurroundings } from './surroundings.ts';

/** How many executions are adopted at once, so that their writes share commits. */
const ADOPTED_AT_ONCE = 64;

/** How this process comes to own executions one by one: it begins them, or adopts what no living process owns. */
export class Arrivals {
  readonly #parts: ArrivalsParts;
  #isStopped = false;

  constructor(parts: ArrivalsParts) {
    this.#parts = parts;
  }

  /** See `Engine.begin`. */
  async begin({ execution, pinned, isFresh = false, ...given }: StartRequest): Promise<Begun> {
    const { owned, pins, random } = this.#parts;
    const indexed = await pins.pin(pinned);
    const { input, rerunOf } = given;
    const start = { ...given, inputDigest: digestOf(input) };
    const isKnown = owned.has(execution) || (!isFresh && (await this.#isKnown(execution)));
    // Looked at again: it may have been begun here meanwhile.
    if (isKnown || owned.has(execution)) {
      await owned.residents.get(execution)?.start?.written;
      return this.#attach(execution, indexed, start);
    }
    const id = random.id();
    const resident = owned.add(execution);
    const writing = this.#writeStart(id, execution, indexed, start);
    const kept = rerunOf?.kept as unknown as Json | undefined;
    resident.start = { record: id, pinned: indexed, input, kept, written: writing.catch(() => undefined) };
    try {
      const taken = await writing;
      if (taken.taken && resident.start !== undefined) return { execution, isNew: true };
      // Somebody else started this id in the same moment, and theirs came first.
      owned.forget(resident);
      return await this.#attach(execution, indexed, start);
    } catch (error) {
      owned.forget(resident);
      throw error;
    }
  }

  /** See `Engine.adopt`. */
  async adopt(execution: string): Promise<void> {
    const { owned, reader, store } = this.#parts;
    if (owned.has(execution)) return;
    const { ownership, processGroups } = store;
    const taken = await ownership.take(execution);
    if (!taken.taken) throw notTheOwner(execution, taken.by);
    if (owned.has(execution)) return;
    if (this.#isStopped) throw executionMovedOn(execution);
    const resident = owned.add(execution);
    try {
      await Promise.all([ownership.markLive(execution), processGroups.killLeftovers(execution)]);
      if (await reader.load(resident)) return;
    } catch (error) {
      owned.forget(resident);
      await owned.release(execution);
      throw error;
    }
    if (!owned.holds(resident)) return;
    owned.forget(resident);
    await ownership.markEnded(execution);
    throw executionUnknown(execution);
  }

  /** See `Engine.adoptOrphans`. */
  async adoptOrphans(): Promise<readonly string[]> {
    const { owned, store, logger } = this.#parts;
    const orphans = (await store.ownership.orphans()).filter((execution) => !owned.has(execution));
    const taken: string[] = [];
    for (let at = 0; at < orphans.length; at += ADOPTED_AT_ONCE) {
      await Promise.all(
        orphans.slice(at, at + ADOPTED_AT_ONCE).map(async (execution) => {
          try {
            await this.adopt(execution);
            taken.push(execution);
          } catch (error) {
            logger?.warn({ execution, err: error }, 'could not adopt the execution');
          }
        }),
      );
    }
    return taken;
  }

  /** From now on nothing is adopted. */
  stop(): void {
    this.#isStopped = true;
  }

  async #isKnown(execution: string): Promise<boolean> {
    return (await this.#parts.store.log.read(execution, { limit: 1 })).length > 0;
  }

  /** @throws EXECUTION_EXISTS, NOT_THE_OWNER */
  async #attach(
    execution: string,
    { definition }: IndexedPinned,
    { inputDigest, rerunOf }: GivenStart,
  ): Promise<Begun> {
    const started = await findStart(execution, this.#parts.store.log);
    if (started !== undefined) assertSameStart(started, definition.name, inputDigest, rerunOf);
    await this.adopt(execution);
    return { execution, isNew: false };
  }

  /** The ownership joins the commit of the first record. */
  async #writeStart(id: string, execution: string, pinned: IndexedPinned, given: GivenStart): Promise<Taken> {
    const { store } = this.#parts;
    const data = await startData(pinned, given, store.artifacts);
    const record: NewRecord = { id, execution, source: 'control', type: 'execution.started', data };
    const [taken] = await Promise.all([store.ownership.take(execution), store.log.append(record)]);
    return taken;
  }
}

type GivenStart = Pick<StartRequest, 'input' | 'traceparent' | 'rerunOf'> & { readonly inputDigest: string };

interface ArrivalsParts extends Pick<EngineSurroundings, 'store' | 'random' | 'logger'> {
  readonly owned: Owned;
  readonly pins: Pins;
  readonly reader: Reader;
}
