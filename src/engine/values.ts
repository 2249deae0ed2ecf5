import { type ArtifactRef, INLINE_LIMIT_BYTES, isArtifactRef, type Json } from '../json.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';

/** Large values live in the artifact store; records carry references to them. */

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** The value itself when its JSON is small, else a reference to it in the store. */
export async function inlineOrStored(value: Json, artifacts: ArtifactStore): Promise<Json> {
  const bytes = encoder.encode(JSON.stringify(value));
  if (bytes.length <= INLINE_LIMIT_BYTES) return value;
  return { ...(await artifacts.put(bytes, { mediaType: 'application/json' })) };
}

/** All references in the value. */
export function referencesIn(value: unknown): readonly ArtifactRef[] {
  if (typeof value !== 'object' || value === null) return [];
  return isArtifactRef(value) ? [value] : Object.values(value).flatMap(referencesIn);
}

export function hasReferences(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (isArtifactRef(value)) return true;
  return Object.values(value).some(hasReferences);
}

/** The value with every reference replaced by what it refers to. Throws as {@link ArtifactStore.get} does. */
export async function resolved(value: Json, artifacts: ArtifactStore): Promise<Json> {
  if (!hasReferences(value)) return value;
  if (isArtifactRef(value)) return read(value, artifacts);
  if (Array.isArray(value)) return Promise.all(value.map((item: Json) => resolved(item, artifacts)));
  const entries = Object.entries(value as { readonly [key: string]: Json | undefined }).map(
    async ([key, part]) => [key, part === undefined ? undefined : await resolved(part, artifacts)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

/** What the value refers to, when it is a reference itself; references in it stay. Throws as {@link ArtifactStore.get} does. */
export async function unfolded(value: Json, artifacts: ArtifactStore): Promise<Json> {
  return isArtifactRef(value) ? read(value, artifacts) : value;
}

async function read(reference: ArtifactRef, artifacts: ArtifactStore): Promise<Json> {
  const text = decoder.decode(await artifacts.get(reference.$artifact));
  return reference.mediaType === 'application/json' ? (JSON.parse(text) as Json) : text;
}
