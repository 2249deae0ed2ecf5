import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isRunning as isProcessRunning, startTimeOf } from '../../adapters/system/processes.ts';
import type { Random } from '../../ports/random.ts';

/** The users of nats.conf. */
export type NatsUser = 'orchestrator' | 'agent' | 'viewer';

export type Passwords = { readonly [user in NatsUser]: string };

/** A server that was started, as the others find it. */
export interface ServerEntry {
  readonly pid: number;
  /** In the kernel's words, to tell a process id that was given out again. */
  readonly startTime: string;
  readonly port: number;
}

const entrySchema = z.object({ pid: z.int().positive(), startTime: z.string().min(1), port: z.int() });

const passwordsSchema = z.object({
  orchestrator: z.string().min(16),
  agent: z.string().min(16),
  viewer: z.string().min(16),
});

/** Where a project keeps its own nats-server: `nats` in the data folder, private to the user. */
export class ServerFolder {
  readonly dir: string;
  /** What JetStream keeps. */
  readonly store: string;
  /** One lock for each process that uses the server. */
  readonly users: string;
  /** Held while the server is started or stopped. */
  readonly turn: string;
  /** What the server says. */
  readonly log: string;
  /** Where the server writes down its port. */
  readonly ports: string;

  constructor(dir: string) {
    this.dir = dir;
    this.store = join(dir, 'store');
    this.users = join(dir, 'users');
    this.turn = join(dir, 'turn.lock');
    this.log = join(dir, 'server.log');
    this.ports = join(dir, 'ports');
    for (const folder of [dir, this.store, this.users, this.ports]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    }
  }

  /** Made at the first call, and kept: clients that run when the server is started again still know theirs. */
  passwords(random: Random): Passwords {
    const kept = passwordsSchema.safeParse(this.#read(PASSWORDS));
    if (kept.success) return kept.data;
    const made = { orchestrator: random.token(), agent: random.token(), viewer: random.token() };
    this.#write(PASSWORDS, made);
    return made;
  }

  /** The server that was started last, whether it runs or not. */
  last(): ServerEntry | undefined {
    return entrySchema.safeParse(this.#read(SERVER)).data;
  }

  /** The server that runs. What a crash left in the file is none: another process may have its id or its port by now. */
  running(): ServerEntry | undefined {
    const entry = this.last();
    return entry !== undefined && isRunning(entry) ? entry : undefined;
  }

  keep(entry: ServerEntry): void {
    this.#write(SERVER, entry);
  }

  #read(name: string): unknown {
    try {
      return JSON.parse(readFileSync(join(this.dir, name), 'utf8'));
    } catch {
      // It is not there, or a power cut took half of it: it is made again.
      return undefined;
    }
  }

  #write(name: string, content: object): void {
    const path = join(this.dir, name);
    writeFileSync(`${path}.new`, `${JSON.stringify(content)}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
}

export function isRunning({ pid, startTime }: ServerEntry): boolean {
  return isProcessRunning(pid) && startTimeOf(pid) === startTime;
}

const PASSWORDS = 'passwords.json';
const SERVER = 'server.json';
