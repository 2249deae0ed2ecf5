import { createHash } from 'node:crypto';
import { artifactCorrupt, artifactMissing } from '../../errors.ts';
import type { ArtifactRef } from '../../json.ts';
import type { ArtifactStore } from '../../ports/artifact-store.ts';
import type { NatsLink } from './connection.ts';
import { ObjectBucket, type StoredObject } from './object-bucket.ts';
import { RecentContent } from './recent-content.ts';

/**
 * Artifacts in an object store, under the sha256 of their content in hex. Agents may write into it, so nothing is believed:
 * content is verified against its name whenever it is read, and what is stored again is compared and mended.
 */
export class NatsArtifacts implements ArtifactStore {
  readonly #bucket: ObjectBucket;
  /** Only for reading: whether something is kept has to be asked every time. */
  readonly #recent = new RecentContent();
  /** Content that is being written now, so that the same content twice is written once. */
  readonly #writing = new Map<string, Promise<void>>();

  constructor(link: NatsLink) {
    this.#bucket = new ObjectBucket(link, link.subjects.bucket('ARTIFACTS'));
  }

  async put(bytes: Uint8Array, about: { mediaType?: string; name?: string } = {}): Promise<ArtifactRef> {
    const hex = createHash('sha256').update(bytes).digest('hex');
    let writing = this.#writing.get(hex);
    if (writing === undefined) {
      // A copy: the caller may go on with its own before the last chunk is sent.
      writing = this.#write(hex, new Uint8Array(bytes), about).finally(() => this.#writing.delete(hex));
      this.#writing.set(hex, writing);
    }
    await writing;
    return { $artifact: `sha256:${hex}`, bytes: bytes.byteLength, ...about };
  }

  async get(digest: string): Promise<Uint8Array> {
    const hex = hexIn(digest);
    if (hex === undefined) throw artifactMissing(digest);
    const recent = this.#recent.get(hex);
    if (recent !== undefined) return recent;
    const found = await this.#bucket.read(hex);
    const bytes = contentIn(found, hex) ?? (await this.#writtenOver(hex));
    if (bytes === undefined) throw found.kind === 'none' ? artifactMissing(digest) : artifactCorrupt(digest);
    this.#recent.add(hex, bytes);
    return bytes;
  }

  async has(digest: string): Promise<boolean> {
    const hex = hexIn(digest);
    return hex !== undefined && (await this.#bucket.entry(hex)).isThere;
  }

  /** An agent may write another entry over that of an artifact, or one that says it is deleted; it cannot take the old one away. */
  async #writtenOver(hex: string): Promise<Uint8Array | undefined> {
    for await (const found of this.#bucket.earlier(hex)) {
      const bytes = contentIn(found, hex);
      if (bytes !== undefined) return bytes;
    }
    return undefined;
  }

  async #write(
    hex: string,
    bytes: Uint8Array,
    about: { readonly mediaType?: string; readonly name?: string },
  ): Promise<void> {
    const present = await this.#bucket.read(hex);
    if (contentIn(present, hex) !== undefined) return;
    await this.#bucket.write(hex, bytes, { ...about });
  }
}

function contentIn(found: StoredObject, hex: string): Uint8Array | undefined {
  return found.kind === 'whole' && found.hex === hex ? found.bytes : undefined;
}

/** Undefined for what is no digest. */
function hexIn(digest: string): string | undefined {
  return /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
}
