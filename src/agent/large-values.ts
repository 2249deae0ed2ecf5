import { type ArtifactRef, INLINE_LIMIT_BYTES, isArtifactRef, type Json } from '../json.ts';
import type { AgentRequest, Compensated } from '../ports/agent-request.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';
import { setOwn, toPlainJson } from './plain-json.ts';

/** How much content of references one request may load. */
export const LOADED_LIMIT_BYTES = 64 * 1024 * 1024;

/** Tells a value that was too large to travel from a file that an agent handed over, which stays a reference. */
const MEDIA_TYPE = 'application/json';

/** Thrown by {@link loadValues}. */
export class TooMuchToLoad extends Error {
  readonly bytes: number;

  constructor(bytes: number) {
    super(`${bytes} bytes of large values`);
    this.bytes = bytes;
  }
}

/**
 * The request with references to large values replaced by the values; at once when there are none. References to files
 * (another media type) stay. The values are frozen: in one process they are the very objects of the execution's state.
 *
 * Throws {@link TooMuchToLoad} above 64 MiB, and what the store throws.
 */
export function loadValues(
  request: AgentRequest,
  artifacts: ArtifactStore,
): AgentRequest | Promise<AgentRequest> {
  const found: ArtifactRef[] = [];
  for (const values of [request.input, request.outputs, request.results]) {
    for (const key in values) freeze(values[key], found);
  }
  freeze(request.item, found);
  freeze(request.compensates as Json | undefined, found);
  return found.length === 0 ? request : load(request, found, artifacts);
}

/**
 * Plain JSON for a record: a copy of the value, or a reference to it when its JSON is larger than 64 KiB.
 * Throws NotJson for what is not JSON, and what the store throws.
 */
export function storeLargeValue(value: unknown, artifacts: ArtifactStore): Json | Promise<Json> {
  const plain = toPlainJson(value);
  if (plain.maxBytes <= INLINE_LIMIT_BYTES) return plain.value;
  const bytes = Buffer.from(JSON.stringify(plain.value));
  if (bytes.length <= INLINE_LIMIT_BYTES) return plain.value;
  return artifacts.put(bytes, { mediaType: MEDIA_TYPE }).then(({ $artifact }) => {
    return { $artifact, bytes: bytes.length, mediaType: MEDIA_TYPE };
  });
}

/** Frozen objects without references to values; outputs are shared by many requests, so each is walked once. */
const known = new WeakSet<object>();

/** Freezes all of `value` and collects its references to values; whether there are none. */
function freeze(value: Json | undefined, found: ArtifactRef[]): boolean {
  if (typeof value !== 'object' || value === null || known.has(value)) return true;
  if (isValueRef(value)) {
    found.push(value);
    return false;
  }
  let clean = true;
  for (const item of Object.values<Json | undefined>(value)) {
    if (typeof item === 'object') clean = freeze(item, found) && clean;
  }
  Object.freeze(value);
  if (clean) known.add(value);
  return clean;
}

function isValueRef(value: Json): value is ArtifactRef & { readonly [key: string]: Json | undefined } {
  return isArtifactRef(value) && value.mediaType === MEDIA_TYPE && value.name === undefined;
}

async function load(
  request: AgentRequest,
  found: readonly ArtifactRef[],
  artifacts: ArtifactStore,
): Promise<AgentRequest> {
  const sizes = new Map(found.map(({ $artifact, bytes }) => [$artifact, bytes]));
  const total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  if (total > LOADED_LIMIT_BYTES) throw new TooMuchToLoad(total);
  const values = new Map<string, Json>();
  await Promise.all(
    Array.from(sizes, async ([digest, bytes]) => {
      values.set(digest, recent.get(digest) ?? (await readValue(digest, bytes, artifacts)));
    }),
  );
  return {
    ...request,
    input: replaceIn(request.input, values),
    outputs: replaceIn(request.outputs, values),
    results: replaceIn(request.results, values),
    item: request.item === undefined ? undefined : replace(request.item, values),
    ...(request.compensates === undefined
      ? {}
      : { compensates: replace(request.compensates as unknown as Json, values) as unknown as Compensated }),
  };
}

/** Many requests refer to the same values: those read last are kept, frozen, by digest. */
class RecentValues {
  readonly #values = new Map<string, { readonly value: Json; readonly bytes: number }>();
  #bytes = 0;

  get(digest: string): Json | undefined {
    const found = this.#values.get(digest);
    if (found === undefined) return undefined;
    this.#values.delete(digest);
    this.#values.set(digest, found);
    return found.value;
  }

  add(digest: string, value: Json, bytes: number): void {
    if (this.#values.has(digest)) return;
    this.#values.set(digest, { value, bytes });
    this.#bytes += bytes;
    for (const [oldest, { bytes: freed }] of this.#values) {
      if (this.#bytes <= KEPT_BYTES) return;
      this.#values.delete(oldest);
      this.#bytes -= freed;
    }
  }
}

/** Of their JSON; in memory values take a few times as much. */
const KEPT_BYTES = 8 * 1024 * 1024;

const recent = new RecentValues();

async function readValue(digest: string, bytes: number, artifacts: ArtifactStore): Promise<Json> {
  const text = Buffer.from(await artifacts.get(digest)).toString();
  // Written by storeLargeValue and verified by the store, so this is JSON.
  const value = JSON.parse(text) as Json;
  freeze(value, []);
  recent.add(digest, value, bytes);
  return value;
}

function replaceIn(
  object: { readonly [key: string]: Json | undefined },
  values: ReadonlyMap<string, Json>,
): { readonly [key: string]: Json | undefined } {
  const result: { [key: string]: Json | undefined } = {};
  for (const [key, value] of Object.entries(object)) {
    setOwn(result, key, value === undefined ? undefined : replace(value, values));
  }
  return result;
}

function replace(value: Json, values: ReadonlyMap<string, Json>): Json {
  if (typeof value !== 'object' || value === null || known.has(value)) return value;
  if (isValueRef(value)) return values.get(value.$artifact) ?? value;
  if (Array.isArray(value)) return value.map((item: Json) => replace(item, values));
  // Not an array, which TypeScript does not see through `readonly`.
  return replaceIn(value as { readonly [key: string]: Json | undefined }, values) as Json;
}
