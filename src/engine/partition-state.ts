import { z } from 'zod';
import type { Position } from '../ports/event-log.ts';
import { parseFoldSnapshot } from './fold-snapshot.ts';

export interface Mark {
  readonly execution: string;
  readonly position: Position;
  readonly record: string;
}

/** A deadline of a parked execution. */
export interface DueTimer {
  readonly id: string;
  /** Ms since 1970. */
  readonly dueAt: number;
}

/** The state of a partition, as a partition snapshot keeps it. */
export interface PartitionState {
  /** All records up to here are in it. */
  readonly position: Position;
  /** The last record that is in any part of it. */
  readonly mark: Mark;
  /** A `FoldSnapshot` each, as JSON. */
  readonly residents: readonly string[];
  readonly parked: readonly (readonly [execution: string, timers: readonly DueTimer[]])[];
  readonly ended: readonly string[];
  readonly unread: readonly string[];
}

/** Undefined for what is no such state: it is a hint, and the log has all that it says. */
export function parsePartitionState(text: string): PartitionState | undefined {
  try {
    const state = partitionState.safeParse(JSON.parse(text)).data;
    return state?.residents.every((resident) => parseFoldSnapshot(resident) !== undefined)
      ? state
      : undefined;
  } catch {
    return undefined; // not JSON
  }
}

const position = z.int().min(0);
const id = z.string().min(1);

const partitionState = z.object({
  position,
  mark: z.object({ execution: z.string(), position, record: z.string() }),
  residents: z.array(z.string()),
  parked: z.array(z.tuple([id, z.array(z.object({ id, dueAt: z.number() }))])),
  ended: z.array(id),
  unread: z.array(id),
});
