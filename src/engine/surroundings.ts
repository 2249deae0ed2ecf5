import type { ArtifactStore } from '../ports/artifact-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { Ownership } from '../ports/ownership.ts';
import type { ProcessGroups } from '../ports/process-groups.ts';
import type { Random } from '../ports/random.ts';
import type { ResponseCache } from '../ports/response-cache.ts';
import type { SnapshotStore } from '../ports/snapshot-store.ts';
import type { WorkQueue } from '../ports/work-queue.ts';
import type { EngineTracing } from './tracing.ts';

/** What the engine needs around it; pino's logger fits. */
export interface EngineLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface EngineSurroundings {
  readonly store: {
    readonly log: EventLog;
    readonly snapshots: SnapshotStore;
    readonly artifacts: ArtifactStore;
    readonly ownership: Ownership;
    readonly processGroups: Pick<ProcessGroups, 'killLeftovers'>;
    /** Absent: steps with a cache ask their agents every time. */
    readonly responses?: ResponseCache | undefined;
  };
  readonly queue: WorkQueue;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: EngineLogger | undefined;
  /** Makes traces of the work. Absent: nobody does. */
  readonly tracing?: EngineTracing | undefined;
}
