import { z } from 'zod';
import type { LedgerJson } from '../../machines/ledger.ts';
import type { Json } from '../json.ts';
import type { PendingNotice } from './notices.ts';
import type { SealsJson } from './seals.ts';
import type { TreeSnapshot } from './tree-snapshot.ts';

/** The state of one execution at a position of its log, as it is stored. */
export interface FoldSnapshot {
  readonly foldVersion: number;
  readonly execution: string;
  readonly pinned: string;
  readonly position: number;
  /** Id of the record at `position`, to tell whether the log still is the one that was folded. */
  readonly record: string;
  readonly now: number;
  readonly input: Json;
  readonly inputDigest: string;
  readonly traceparent?: string | undefined;
  readonly rerunOf?: RerunLink | undefined;
  readonly tree: TreeSnapshot;
  readonly ledger: LedgerJson;
  readonly controls: readonly string[];
  readonly refused: { readonly [reason: string]: number };
  /** Absent in snapshots of releases that sealed nothing. */
  readonly seals?: SealsJson | undefined;
  readonly notices?: readonly PendingNotice[] | undefined;
}

/** Which execution another was run again of, as that stood at `position`, and from which step; without one all is done anew. */
export interface RerunLink {
  readonly execution: string;
  readonly from?: string | undefined;
  readonly position: number;
}

/**
 * Undefined for what is no snapshot. Of the tree and the ledger only the outside is looked at: `assertRestorable` checks the one, and
 * whoever restores drops what does not fit.
 */
export function parseFoldSnapshot(text: string): FoldSnapshot | undefined {
  try {
    const content: unknown = JSON.parse(text);
    // As it was read: a schema that walks through what agents said leaves out what they call `__proto__`.
    return foldSnapshot.safeParse(content).success ? (content as FoldSnapshot) : undefined;
  } catch {
    return undefined; // not JSON
  }
}

const map = z.custom<object>((value) => typeof value === 'object' && value !== null && !Array.isArray(value));

const foldSnapshot = z.object({
  foldVersion: z.int(),
  execution: z.string().min(1),
  pinned: z.string(),
  position: z.int().min(0),
  record: z.string(),
  now: z.number(),
  inputDigest: z.string(),
  traceparent: z.string().optional(),
  rerunOf: z.object({ execution: z.string(), from: z.string().optional(), position: z.number() }).optional(),
  tree: map,
  ledger: z.object({
    phases: map,
    usage: z.object({ tokens: z.number(), usd: z.number(), timeMs: z.number() }),
    signals: map,
    lastErrors: map,
    outputs: map.optional(),
  }),
  controls: z.array(z.string()),
  refused: map.refine((counts) => Object.values(counts).every((count) => typeof count === 'number')),
  seals: z
    .object({ upTo: z.int().min(0), last: z.int().min(0), change: z.int().min(0), unsealed: z.int().min(0) })
    .optional(),
  notices: z
    .array(z.object({ id: z.string(), notice: z.looseObject({ kind: z.string() }), at: z.number() }))
    .optional(),
});
