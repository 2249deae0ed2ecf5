import type { HistoryEntry } from '../../../src/history/entry.ts';
import type { Json } from '../../../src/json.ts';
import type { HostPresence } from '../../../src/ports/agent-directory.ts';

export type { PendingApproval } from '../../../src/engine/pending-approvals.ts';
export type { RollbackPreview } from '../../../src/engine/rollback-report.ts';
export type { Json } from '../../../src/json.ts';
export type { Control } from '../../../src/library/controls.ts';
export type { HostPresence } from '../../../src/ports/agent-directory.ts';

export interface Meta {
  readonly version: string;
  readonly namespace: string;
  readonly place: 'folder' | 'nats';
  readonly needsToken: boolean;
  readonly graphql: boolean;
  readonly startedAt: number;
  readonly user: string;
}

/** What a row wants of the person who looks at the list. */
export type Attention = 'running' | 'person' | 'still' | 'ended';

export interface ExecutionRow extends HistoryEntry {
  readonly isDriven: boolean | null;
  readonly attention: Attention;
  readonly stepsDone?: number | undefined;
}

export interface ExecutionList {
  readonly executions: readonly ExecutionRow[];
  readonly total: number;
  readonly byStatus: { readonly [status: string]: number };
  readonly offset: number;
  /** From where the feed tells what has changed since. */
  readonly cursor: string;
}

export interface SubjectDiff {
  readonly files: readonly FileDiff[];
  readonly value: { readonly before: Json; readonly after: Json } | null;
  /** Digest of what is approved. */
  readonly of: string;
}

export interface FileDiff {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly beforeDigest: string | null;
  readonly afterDigest: string | null;
  readonly isBinary: boolean;
}

export interface Controlled {
  readonly execution: string;
  readonly accepted: boolean;
  readonly reason?: string | undefined;
  readonly position: number;
  readonly status: string;
  readonly owner: { readonly process: string; readonly pid: number; readonly hostname: string } | null;
}

export interface AgentsView {
  readonly hosts: readonly HostView[];
  readonly roles: readonly RoleView[];
  /** Files of agents that tasks here can name. */
  readonly definitions?:
    | readonly {
        readonly name: string;
        readonly file: string;
        readonly isValid: boolean;
        readonly description: string | null;
        readonly runner: string | null;
        readonly concurrency: number | null;
      }[]
    | undefined;
}

export type HostView = HostPresence & { readonly isSilent: boolean };

export interface RoleView {
  readonly role: string;
  readonly hosts: readonly string[];
  readonly concurrency: number;
  readonly busy: number;
  /** Offers outstanding. */
  readonly waiting: number;
}

export interface TaskSummary {
  readonly name: string;
  readonly version: string | null;
  readonly description: string | null;
  readonly file: string;
  /** It came with Troupe. */
  readonly isShipped: boolean;
  readonly isValid: boolean;
  readonly errors: number;
}

export interface TaskView extends TaskSummary {
  readonly source: string;
  readonly requirements: readonly Requirement[];
  readonly phases: readonly {
    readonly name: string;
    readonly dependsOn: readonly string[];
    readonly steps: readonly { readonly id: string; readonly kind: string; readonly agent: string | null }[];
  }[];
  readonly problems: readonly {
    readonly severity: string;
    readonly code: string;
    readonly message: string;
    readonly line: number | null;
    readonly hint: string | null;
  }[];
}

export interface Requirement {
  readonly field: string;
  readonly type: string;
  readonly required: boolean;
  readonly default?: Json | undefined;
  readonly description?: string | undefined;
  readonly choices?: readonly Json[] | undefined;
}

/** Which executions a list shows. */
export interface ExecutionFilter {
  readonly status?: readonly string[] | undefined;
  readonly task?: string | undefined;
  readonly search?: string | undefined;
  /** ms since 1970. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly order?: 'attention' | 'newest' | undefined;
}
