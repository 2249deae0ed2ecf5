import { createHash } from 'node:crypto';
import { artifactCorrupt, artifactMissing } from '../../errors.ts';
import type { ArtifactRef } from '../../json.ts';
import type { ArtifactStore } from '../../ports/artifact-store.ts';
import type { NatsLink } from './connection.ts';
import { ObjectBucket } from './object-bucket.ts';
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
    if (found.kind === 'none') throw artifactMissing(digest);
    if (found.kind === 'damaged' || found.hex !== hex) throw artifactCorrupt(digest);
    this.#recent.add(hex, found.bytes);
    return found.bytes;
  }

  async has(digest: string): Promise<boolean> {
    const hex = hexIn(digest);
    return hex !== undefined && (await this.#bucket.entry(hex)).isThere;
  }

  async #write(
    hex: string,
    bytes: Uint8Array,
    about: { readonly mediaType?: string; readonly name?: string },
  ): Promise<void> {
    const present = await this.#bucket.read(hex);
    if (present.kind === 'whole' && present.hex === hex) return;
    await this.#bucket.write(hex, bytes, { ...about });
  }
}

/** Undefined for what is no digest. */
function hexIn(digest: string): string | undefined {
  return /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
}
