import { createHash } from 'node:crypto';
import { artifactCorrupt, artifactMissing } from '../../errors.ts';
import type { ArtifactRef } from '../../json.ts';
import type { ArtifactStore } from '../../ports/artifact-store.ts';
import type { MemoryWorld } from './world.ts';

export class MemoryArtifacts implements ArtifactStore {
  readonly #artifacts: MemoryWorld['artifacts'];

  constructor({ artifacts }: Pick<MemoryWorld, 'artifacts'>) {
    this.#artifacts = artifacts;
  }

  async put(bytes: Uint8Array, about: { mediaType?: string; name?: string } = {}): Promise<ArtifactRef> {
    const digest = digestOf(bytes);
    // Not `slice`: that of a Buffer is no copy.
    this.#artifacts.set(digest, new Uint8Array(bytes));
    return { $artifact: digest, bytes: bytes.byteLength, ...about };
  }

  async get(digest: string): Promise<Uint8Array> {
    const bytes = this.#artifacts.get(digest);
    if (bytes === undefined) throw artifactMissing(digest);
    if (digestOf(bytes) !== digest) throw artifactCorrupt(digest);
    return bytes.slice();
  }

  async has(digest: string): Promise<boolean> {
    return this.#artifacts.has(digest);
  }
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
