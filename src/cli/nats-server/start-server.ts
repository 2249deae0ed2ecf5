import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startTimeOf } from '../../adapters/system/processes.ts';
import { natsServerFailed } from '../../errors.ts';
import { isRunning, type Passwords, type ServerEntry, type ServerFolder } from './server-folder.ts';

export interface StartOptions {
  /** The nats-server to run. */
  readonly program: string;
  /** Its configuration: the project's nats.conf. */
  readonly config: string;
  readonly folder: ServerFolder;
  readonly passwords: Passwords;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Starts a server that outlives this process, on this machine's loopback only: on the port of its life before where that is free,
 * since clients look for it there, else on any. Resolves when clients can connect.
 *
 * Throws NATS_SERVER_FAILED.
 */
export async function startServer(options: StartOptions): Promise<ServerEntry> {
  const before = options.folder.last()?.port;
  if (before !== undefined) {
    const again = await tryStart(options, before);
    if (typeof again === 'object') return again;
  }
  const started = await tryStart(options, ANY_PORT);
  if (typeof started === 'string') throw natsServerFailed(started);
  return started;
}

/** Ends the server, and waits until it is gone: what it has written is on the disk then. */
export async function stopServer(entry: ServerEntry): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!isRunning(entry)) return;
    process.kill(entry.pid, signal);
    for (let waitedMs = 0; waitedMs < STOP_MS && isRunning(entry); waitedMs += LOOK_MS) await delay(LOOK_MS);
  }
}

/** For the server: pick one that is free. */
const ANY_PORT = -1;
const LOOK_MS = 20;
/** A store of some gigabytes is read before the server is ready. */
const READY_MS = 60_000;
const STOP_MS = 10_000;

/** The last words of the server when it did not come up. */
async function tryStart(options: StartOptions, port: number): Promise<ServerEntry | string> {
  const { program, config, folder, passwords, env } = options;
  for (const left of readdirSync(folder.ports)) rmSync(join(folder.ports, left), { force: true });
  const log = openSync(folder.log, 'w', 0o600);
  // A session of its own, so that Ctrl-C in the terminal of whoever started it does not take it from the others.
  const child = spawn(program, serverArguments(config, folder, port), {
    cwd: folder.dir,
    env: { ...env, ...variablesOf(passwords) },
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  let problem: string | undefined;
  child.once('error', (error) => {
    problem = error.message;
  });
  child.once('exit', () => {
    problem = lastWords(folder.log);
  });
  child.unref();
  for (let waitedMs = 0; problem === undefined && waitedMs < READY_MS; waitedMs += LOOK_MS) {
    const found = portIn(folder.ports);
    if (found !== undefined && child.pid !== undefined) {
      child.removeAllListeners('exit');
      return { pid: child.pid, startTime: startTimeOf(child.pid), port: found };
    }
    await delay(LOOK_MS);
  }
  child.kill('SIGKILL');
  return problem ?? `it was not ready after ${READY_MS / 1000} s`;
}

/** What belongs to the project goes before what the configuration says of the machine. */
function serverArguments(config: string, folder: ServerFolder, port: number): string[] {
  const network = ['-a', '127.0.0.1', '-p', String(port), '-m', '0'];
  return ['-c', config, ...network, '-sd', folder.store, '--ports_file_dir', folder.ports];
}

/**
 * The variables that nats.conf names. Quoted, since the server reads a variable as it reads its file, where `-1` or `1e5` would be
 * a number: https://docs.nats.io/running-a-nats-service/configuration#variables
 */
function variablesOf({ orchestrator, agent, viewer }: Passwords): Record<string, string> {
  return {
    TROUPE_ORCHESTRATOR_PASSWORD: `"${orchestrator}"`,
    TROUPE_AGENT_PASSWORD: `"${agent}"`,
    TROUPE_VIEWER_PASSWORD: `"${viewer}"`,
  };
}

/** From the file that the server writes once it listens. */
function portIn(dir: string): number | undefined {
  const [file] = readdirSync(dir).filter((name) => name.endsWith('.ports'));
  if (file === undefined) return undefined;
  try {
    const { nats = [] } = JSON.parse(readFileSync(join(dir, file), 'utf8')) as { nats?: string[] };
    const [url] = nats;
    return url === undefined ? undefined : Number(new URL(url).port);
  } catch {
    // It is being written.
    return undefined;
  }
}

function lastWords(log: string): string {
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  const telling = lines.filter((line) => /\[(?:FTL|ERR)\]|^nats-server:/.test(line)).at(-1) ?? lines.at(-1);
  return (
    telling?.replace(/^(?:\[\d+\] \S+ \S+ \[\w+\]|nats-server:) /, '') ||
    `nats-server ended without a word, see ${log}`
  );
}
