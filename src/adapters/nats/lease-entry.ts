import { z } from 'zod';
import type { LeaseEntry, LeaseKey } from '../../ports/lease-board.ts';

/** Undefined for what is no key of the board. */
export function leaseKeyIn(text: string): LeaseKey | undefined {
  const [, member, partition] = /^(?:member\.([A-Za-z0-9_-]{1,128})|partition\.(\d{1,4}))$/.exec(text) ?? [];
  if (member !== undefined) return `member.${member}`;
  return partition === undefined ? undefined : `partition.${Number(partition)}`;
}

/** Undefined for what is no entry: as good as none, since all of them are hints. */
export function leaseEntryIn(text: string): LeaseEntry | undefined {
  try {
    return leaseEntry.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // not JSON
  }
}

const leaseEntry = z.object({
  holder: z.object({
    process: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/),
    pid: z.number(),
    hostname: z.string(),
    machine: z.string().optional(),
    startedAt: z.number(),
  }),
  beat: z.number(),
  isReleased: z.boolean().optional(),
});
