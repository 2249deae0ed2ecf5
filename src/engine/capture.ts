import type { Clock } from '../ports/clock.ts';
import type { Owned } from './owned.ts';
import type { Partition } from './partition.ts';
import type { PartitionState } from './partition-state.ts';

/**
 * The state of all executions, for whoever takes the partition over. Work goes on while it is taken, slice by slice: a part may
 * hold more than the position promises, never less.
 */
export async function capture({ partition, owned, clock }: Captured): Promise<PartitionState> {
  const { position } = partition.last;
  const parked = new Map(owned.parked);
  const ended = new Set(partition.ended);
  const unread = new Set(partition.unread);
  const residents: string[] = [];
  let taken = 0;
  for (const [execution, resident] of [...owned.residents]) {
    const whileTaken = owned.parked.get(execution);
    if (owned.holds(resident) && resident.fold !== undefined) {
      residents.push(JSON.stringify(resident.fold.snapshot()));
    } else if (whileTaken !== undefined) parked.set(execution, whileTaken);
    else if (partition.ended.has(execution)) ended.add(execution);
    else unread.add(execution);
    taken += 1;
    if (taken % CAPTURED_AT_ONCE === 0) await new Promise<void>((go) => clock.soon(go));
  }
  return {
    position,
    mark: partition.last,
    residents,
    parked: Array.from(parked, ([execution, { timers }]) => [execution, timers]),
    ended: [...ended],
    unread: [...unread],
  };
}

interface Captured {
  readonly partition: Partition;
  readonly owned: Owned;
  readonly clock: Clock;
}

/** Between two turns of the event loop while the state of a partition is taken. */
const CAPTURED_AT_ONCE = 16;
