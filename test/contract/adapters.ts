import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createMemoryStore } from '../../src/adapters/memory/store.ts';
import { MemoryWorld } from '../../src/adapters/memory/world.ts';
import { openSqliteStore } from '../../src/adapters/sqlite/store.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemRandom } from '../../src/adapters/system/random.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Store } from '../../src/ports/store.ts';

/** An adapter as the suites see it; `Part`: what it has of a store. */
export interface Adapter<Part extends keyof Store = keyof Store> {
  readonly name: string;
  /** A new, empty data folder; it is gone when the test ends. */
  readonly create: () => Folder<Part>;
  /** Records are stamped by a server, whatever the clock of the process says. */
  readonly isStampedByServer?: boolean;
  /** Executions are what can be part of a subject, not any text. */
  readonly takesTokensOnly?: boolean;
  /** Every append is a commit of its own. */
  readonly commitsAlone?: boolean;
}

export interface Folder<Part extends keyof Store = keyof Store> {
  /** Opens it as one more process. Closing the store is as good as that process's death. */
  readonly open: (options?: { clock?: Clock }) => Promise<Pick<Store, Part>>;
}

const memory: Adapter = {
  name: 'memory',
  create() {
    const world = new MemoryWorld('data');
    return {
      open: async ({ clock = systemClock } = {}) =>
        closedAfterTest(createMemoryStore({ clock, random: systemRandom, world })),
    };
  },
};

const sqlite: Adapter = {
  name: 'sqlite',
  create() {
    const dir = temporaryFolder();
    return {
      open: async ({ clock = systemClock } = {}) =>
        closedAfterTest(await openSqliteStore({ dir, clock, random: systemRandom })),
    };
  },
};

export const adapters: readonly Adapter[] = [memory, sqlite];

/** A new folder that is removed when the test ends. */
export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'troupe-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function closedAfterTest(store: Store): Store {
  onTestFinished(() => store.close());
  return store;
}
