import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { tryFileLock } from '../../adapters/sqlite/file-lock.ts';
import { ProcessLocks } from '../../adapters/sqlite/process-lock.ts';
import { natsServerMissing } from '../../errors.ts';
import { SHIPPED_NATS_CONF } from '../../library/shipped.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import { findNatsServer } from './find-program.ts';
import { type NatsUser, type Passwords, type ServerEntry, ServerFolder } from './server-folder.ts';
import { startServer, stopServer } from './start-server.ts';

export interface LocalServerOptions {
  /** Made when it is missing: `nats` in the data folder. */
  readonly dir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly random: Random;
  /** Default: the nats.conf of the package. */
  readonly config?: string | undefined;
}

/**
 * The project's own nats-server, shared by all processes that ask for it.
 *
 * 1. The first one starts it, the last one to leave stops it; only one at a time does either.
 * 2. Who uses it is told by locks that the kernel holds, so who was killed counts no more. When all were, the server runs on
 *    until the next one comes and leaves.
 * 3. When the server dies while it is used, one of its users starts it again on its port.
 */
export class LocalServer implements AsyncDisposable {
  readonly #options: LocalServerOptions;
  readonly #program: string;
  readonly #folder: ServerFolder;
  readonly #passwords: Passwords;
  readonly #release: () => void;
  #entry: ServerEntry;
  #cancelLook: (() => void) | undefined;
  #look: Promise<void> | undefined;
  #leaving: Promise<void> | undefined;

  private constructor(
    options: LocalServerOptions,
    joined: {
      program: string;
      folder: ServerFolder;
      passwords: Passwords;
      entry: ServerEntry;
      release: () => void;
    },
  ) {
    this.#options = options;
    this.#program = joined.program;
    this.#folder = joined.folder;
    this.#passwords = joined.passwords;
    this.#entry = joined.entry;
    this.#release = joined.release;
    this.#lookLater();
  }

  /** Uses the server that runs, or starts it. Throws NATS_SERVER_MISSING, NATS_SERVER_FAILED. */
  static async join(options: LocalServerOptions): Promise<LocalServer> {
    const program = findNatsServer(options.env);
    if (program === undefined) throw natsServerMissing();
    const folder = new ServerFolder(options.dir);
    return inTurn(folder, async () => {
      const passwords = folder.passwords(options.random);
      const release = new ProcessLocks(folder.users).hold(options.random.id());
      try {
        const entry = await runningIn(folder, { program, passwords, options });
        return new LocalServer(options, { program, folder, passwords, entry, release });
      } catch (error) {
        release();
        throw error;
      }
    });
  }

  get port(): number {
    return this.#entry.port;
  }

  /** Of the server that runs now. */
  get pid(): number {
    return this.#entry.pid;
  }

  /** With the user's password: not to be shown. */
  urlFor(user: NatsUser): string {
    return `nats://${user}:${encodeURIComponent(this.#passwords[user])}@127.0.0.1:${this.port}`;
  }

  /** Stops the server unless others use it. May be called twice. */
  leave(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }

  async #leave(): Promise<void> {
    this.#cancelLook?.();
    await this.#look;
    if (!existsSync(this.#folder.dir)) {
      // Somebody removed the folder, and with it all that others could know the server by.
      this.#release();
      await stopServer(this.#entry);
      return;
    }
    await inTurn(this.#folder, async () => {
      this.#release();
      const running = this.#folder.running();
      if (running !== undefined && !isUsed(this.#folder)) await stopServer(running);
    });
  }

  #lookLater(): void {
    this.#cancelLook = this.#options.clock.schedule(LOOK_MS, () => {
      this.#look = this.#keepUp().finally(() => {
        if (this.#leaving === undefined) this.#lookLater();
      });
    });
  }

  /** A server that cannot be started now may be at the next look. */
  async #keepUp(): Promise<void> {
    if (this.#folder.running() !== undefined) return;
    try {
      this.#entry = await inTurn(this.#folder, () =>
        runningIn(this.#folder, {
          program: this.#program,
          passwords: this.#passwords,
          options: this.#options,
        }),
      );
    } catch {
      // What keeps it down is in its log, and whoever is connected says that the server is gone.
    }
  }
}

/** How often a user looks whether the server is still there. */
const LOOK_MS = 2000;
const TURN_MS = 50;

async function runningIn(
  folder: ServerFolder,
  {
    program,
    passwords,
    options: { env, config = SHIPPED_NATS_CONF },
  }: { program: string; passwords: Passwords; options: LocalServerOptions },
): Promise<ServerEntry> {
  const running = folder.running();
  if (running !== undefined) return running;
  const entry = await startServer({ program, config, folder, passwords, env });
  folder.keep(entry);
  return entry;
}

function isUsed(folder: ServerFolder): boolean {
  const locks = new ProcessLocks(folder.users);
  return locks.list().some((id) => {
    if (locks.isAlive(id)) return true;
    locks.clear(id);
    return false;
  });
}

/** One process at a time, however long the others have to wait. */
async function inTurn<T>(folder: ServerFolder, work: () => Promise<T>): Promise<T> {
  let release = tryFileLock(folder.turn);
  while (release === undefined) {
    await delay(TURN_MS);
    release = tryFileLock(folder.turn);
  }
  try {
    return await work();
  } finally {
    release();
  }
}
