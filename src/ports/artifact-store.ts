import type { ArtifactRef } from '../json.ts';

/** Content by its sha256. Writing the same bytes twice keeps one copy. */
export interface ArtifactStore {
  /** Durable when it resolves. `digest` in the reference is `sha256:<hex>`. */
  put(bytes: Uint8Array, about?: { mediaType?: string; name?: string }): Promise<ArtifactRef>;
  /** Verified on read. Throws ARTIFACT_MISSING or ARTIFACT_CORRUPT. */
  get(digest: string): Promise<Uint8Array>;
  has(digest: string): Promise<boolean>;
}
