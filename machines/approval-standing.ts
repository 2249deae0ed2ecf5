import type { Json } from '../src/json.ts';
import type { ApprovalAsk } from '../src/task/definition.ts';

/**
 * Where an approval stands, kept in the ledger: names, comments and questions are what people and agents wrote. Values are
 * replaced, never changed, since snapshots share them.
 */
export interface ApprovalStanding {
  readonly ask: ApprovalAsk;
  /** The question, rendered. */
  readonly question: string;
  readonly since: number;
  /** What is approved, once its digest is known. */
  readonly subject?: SubjectSeen | undefined;
  /** Names and groups that may decide beside the file's, by escalation or delegation. */
  readonly added?: readonly string[] | undefined;
  readonly delegations?: readonly Delegation[] | undefined;
  readonly reminders?: number | undefined;
  readonly escalated?: true | undefined;
  /** Grants that did not last, since what was approved had changed. */
  readonly voids?: readonly Voided[] | undefined;
  readonly decision?: Decision | undefined;
}

/** What is approved, as the owner found it. */
export interface SubjectSeen {
  /** `sha256:<hex>`: of the value's RFC 8785 JSON, or of the list of files. */
  readonly digest: string;
  readonly files?: readonly SeenFile[] | undefined;
  /** The value, inline or by reference. */
  readonly value?: Json | undefined;
}

export interface SeenFile {
  readonly path: string;
  readonly digest: string;
  readonly bytes: number;
}

export interface Delegation {
  readonly by: string;
  readonly to: string;
  readonly comment?: string | undefined;
  readonly at: number;
}

export interface Voided {
  readonly by?: string | undefined;
  readonly at: number;
  readonly was: string;
  readonly is: string;
}

/** Without `by` it was the deadline's. */
export interface Decision {
  readonly approved: boolean;
  readonly by?: string | undefined;
  readonly comment?: string | undefined;
  readonly at: number;
}

type Groups = ReadonlyMap<string, readonly string[]>;

/** Who may decide as things stand, as the file writes them; undefined: anyone. */
export function approversOf({ ask, added = [] }: ApprovalStanding): readonly string[] | undefined {
  return ask.approvers === undefined ? undefined : [...new Set([...ask.approvers, ...added])];
}

export function isEntitled(standing: ApprovalStanding, by: string, groups: Groups): boolean {
  const approvers = approversOf(standing);
  return approvers === undefined || namesIn(approvers, groups).has(by);
}

/** Groups resolved to their members. */
export function namesIn(approvers: readonly string[], groups: Groups): ReadonlySet<string> {
  return new Set(
    approvers.flatMap((name) =>
      name.startsWith(GROUP_PREFIX) ? (groups.get(name.slice(GROUP_PREFIX.length)) ?? []) : [name],
    ),
  );
}

export const GROUP_PREFIX = 'group:';
