import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import type { Subjects } from './subjects.ts';

/** What a stream must be; what is not named here is left as an operator set it. */
export type WantedStream = Partial<StreamConfig> & Pick<StreamConfig, 'name' | 'subjects'>;

export const NANOS_PER_MS = 1_000_000;

/** Nothing ever leaves a log: no limits, nothing may be deleted, and when its store is full it refuses. */
export function logStream(subjects: Subjects, partition: number): WantedStream {
  return {
    name: subjects.logStream(partition),
    subjects: [subjects.logOfPartition(partition)],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_age: 0,
    max_msgs: -1,
    max_msgs_per_subject: -1,
    deny_delete: true,
    deny_purge: true,
    // Repeated records are the fold's matter; this is the shortest time that servers take.
    duplicate_window: 100 * NANOS_PER_MS,
  };
}

export function offerStream(subjects: Subjects): WantedStream {
  return {
    name: subjects.offerStream,
    subjects: [subjects.offers],
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    max_msgs_per_subject: 1,
    duplicate_window: 100 * NANOS_PER_MS,
  };
}

/** As NATS' clients lay out key-value buckets: https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-8.md */
export function keyValueStream(bucket: string): WantedStream {
  return {
    name: `KV_${bucket}`,
    subjects: [`$KV.${bucket}.>`],
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_msgs_per_subject: 1,
    allow_rollup_hdrs: true,
    allow_direct: true,
  };
}

/** The most that key-value buckets may keep of a key. */
export const KEY_VALUE_HISTORY = 64;

/** As NATS' clients lay out object stores: https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-20.md */
export function objectStream(bucket: string): WantedStream {
  return {
    name: `OBJ_${bucket}`,
    subjects: [`$O.${bucket}.C.>`, `$O.${bucket}.M.>`],
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    allow_rollup_hdrs: true,
    allow_direct: true,
  };
}
