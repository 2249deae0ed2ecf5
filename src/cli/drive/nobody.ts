import type { WorkQueue } from '../../ports/work-queue.ts';

/** A queue without hosts: for an engine that must not begin any work. */
export const NOBODY: WorkQueue = {
  offer: () => undefined,
  withdraw: () => undefined,
  consume: () => ({ roomy: () => undefined, stop: () => undefined }),
};
