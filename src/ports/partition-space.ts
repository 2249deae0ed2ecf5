import type { Json } from '../json.ts';
import type { ArtifactStore } from './artifact-store.ts';
import type {
  ClaimAnswer,
  ClaimRequest,
  Heartbeat,
  HeartbeatAnswer,
  NextAnswer,
  NextGrant,
  NextRequest,
} from './claim-desk.ts';
import type { EventLog, Subscription } from './event-log.ts';
import type { LeaseBoard } from './lease-board.ts';
import type { PartitionSnapshots } from './partition-snapshots.ts';
import type { ResponseCache } from './response-cache.ts';
import type { SnapshotStore } from './snapshot-store.ts';
import type { Offer, WorkQueue } from './work-queue.ts';

/** An owner's desk as the hosts of other processes reach it. Who asks is known from credentials, not from what is said. */
export interface ServedDesk {
  /** While false, nothing is answered: another owner may be at work. */
  mayAnswer(): boolean;
  claim(request: ClaimRequest): Promise<ClaimAnswer>;
  /** Undefined: the report is not folded yet, and nothing can be said. */
  next(request: NextRequest): Promise<NextAnswer | undefined>;
  heartbeat(beats: readonly Heartbeat[], host: string): Promise<readonly HeartbeatAnswer[]>;
}

/** A queue outside the process: what was offered may have been lost on its way, or with the host that took it. */
export interface SharedWorkQueue extends WorkQueue {
  /** Those of `offers` that the queue does not hold now. */
  missing(offers: readonly Offer[]): Promise<readonly Offer[]>;
}

/** What orchestrators that share the executions of a namespace need of it: one log per partition, and each other. */
export interface PartitionSpace {
  readonly partitions: number;
  logOf(partition: number): EventLog;
  /** Ms on the monotonic clock since the log's reader last heard of the server; 0 when that is not measured. */
  silenceOf(partition: number): number;
  readonly artifacts: ArtifactStore;
  readonly responses: ResponseCache;
  readonly snapshots: SnapshotStore;
  readonly partitionSnapshots: PartitionSnapshots;
  readonly leases: LeaseBoard;
  readonly queue: SharedWorkQueue;
  serveDesk(partition: number, desk: ServedDesk): Promise<Subscription>;
  /** Tells a host that its report was folded, and what it may go on with, if it asked for that. */
  confirm(host: string, reportId: string, next?: NextGrant): void;
  /** Tells a host to stop an attempt; one that does not hear it learns it from its next heartbeat. */
  cancel(host: string, beat: Heartbeat, reason: string): void;
  /** Tells whoever listens what happened; nothing waits for it. */
  notify(execution: string, name: string, data: Json): void;
  /** The connection was lost and is there again: what was told meanwhile may not have arrived. Returns how to stop listening. */
  onReconnect(listener: () => void): () => void;
  /** Secret from which the tokens of claims are derived, the same for all orchestrators of the namespace. */
  tokenKey(): Promise<string>;
}
