/** JSON as TypeScript sees it, and large values by reference. */

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/**
 * Stands in a value for content kept in the artifact store: `{"$artifact": "sha256:<hex>", "bytes": n}`.
 * Values whose JSON is larger than {@link INLINE_LIMIT_BYTES} are kept that way.
 */
export interface ArtifactRef {
  readonly $artifact: string;
  readonly bytes: number;
  readonly mediaType?: string | undefined;
  readonly name?: string | undefined;
}

/** The largest value, in bytes of its JSON, that a record carries inline. */
export const INLINE_LIMIT_BYTES = 64 * 1024;

/** What agents say may look like a reference and be none: only the exact form is one. */
export function isArtifactRef(value: unknown): value is ArtifactRef {
  if (typeof value !== 'object' || value === null) return false;
  const { $artifact, bytes } = value as { readonly $artifact?: unknown; readonly bytes?: unknown };
  return typeof $artifact === 'string' && DIGEST.test($artifact) && typeof bytes === 'number';
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;
