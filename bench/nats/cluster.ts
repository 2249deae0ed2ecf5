import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A server, an orchestrator and a host as processes of their own, for `--engine nats`. */
export class BenchCluster implements AsyncDisposable {
  readonly url: string;
  readonly #port: number;
  readonly #dir: string;
  readonly #stepMs: number;
  readonly #marks: string;
  #monitor: number | undefined;
  server: ChildProcess | undefined;
  orchestrator: ChildProcess | undefined;
  host: ChildProcess | undefined;

  private constructor(dir: string, port: number, { stepMs = 0, marks = '' }: ClusterOptions) {
    this.#dir = dir;
    this.#port = port;
    this.#stepMs = stepMs;
    this.#marks = marks;
    this.url = `nats://127.0.0.1:${port}`;
  }

  static async start(dir: string, options: ClusterOptions = {}): Promise<BenchCluster> {
    const cluster = new BenchCluster(dir, await freePort(), options);
    await cluster.startServer();
    await cluster.startOrchestrator();
    await cluster.startHost();
    return cluster;
  }

  async startServer(): Promise<void> {
    this.#monitor ??= await freePort();
    const args = ['-a', '127.0.0.1', '-p', String(this.#port), '-m', String(this.#monitor)];
    args.push('-js', '-sd', join(this.#dir, 'nats'));
    this.server = spawn('nats-server', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    await lineWith(this.server, 'Server is ready');
  }

  async startOrchestrator(): Promise<void> {
    this.orchestrator = await this.#fork('orchestrator.ts', [this.url]);
  }

  async startHost(): Promise<void> {
    this.host = await this.#fork('host.ts', [this.url, String(this.#stepMs), this.#marks]);
  }

  /** CPU seconds of each process so far. */
  async cpu(): Promise<{ readonly orchestrator: number; readonly host: number; readonly server: number }> {
    return {
      orchestrator: await cpuOf(this.orchestrator),
      host: await cpuOf(this.host),
      server: cpuOfPid(this.server?.pid),
    };
  }

  /** Messages that clients sent to the server and got from it so far, as it counts them. */
  async messages(): Promise<{ readonly toServer: number; readonly fromServer: number }> {
    const answer = await fetch(`http://127.0.0.1:${this.#monitor}/varz`);
    const { in_msgs, out_msgs } = (await answer.json()) as { in_msgs: number; out_msgs: number };
    return { toServer: in_msgs, fromServer: out_msgs };
  }

  /** Executions that the orchestrator holds. */
  async owned(): Promise<{ readonly resident: number; readonly parked: number }> {
    this.orchestrator?.send('owned');
    const [owned] = await once(this.orchestrator as ChildProcess, 'message');
    return owned as { resident: number; parked: number };
  }

  /** MB of the orchestrator, after a collection. */
  async memory(): Promise<{ readonly resident: number; readonly heap: number }> {
    this.orchestrator?.send('memory');
    const [{ rss, heap }] = (await once(this.orchestrator as ChildProcess, 'message')) as [
      { rss: number; heap: number },
    ];
    return { resident: rss / 2 ** 20, heap: heap / 2 ** 20 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of [this.host, this.orchestrator, this.server]) {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }

  async #fork(file: string, args: readonly string[]): Promise<ChildProcess> {
    const path = fileURLToPath(new URL(file, import.meta.url));
    const child = fork(path, args, {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    child.on('exit', (code) => {
      if (code !== null && code !== 0) process.stderr.write(`${file} ended with ${code}\n`);
    });
    return child;
  }
}

export interface ClusterOptions {
  readonly stepMs?: number;
  /** File for the marks of steps that begin and end. */
  readonly marks?: string;
}

async function cpuOf(child: ChildProcess | undefined): Promise<number> {
  if (child === undefined) return 0;
  child.send('cpu');
  const [{ user, system }] = (await once(child, 'message')) as [{ user: number; system: number }];
  return (user + system) / 1e6;
}

function cpuOfPid(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The server goes on writing there: the stream stays open. */
function lineWith({ stderr }: ChildProcess, text: string): Promise<void> {
  let seen = '';
  return new Promise((resolve) => {
    stderr?.on('data', (chunk) => {
      if (seen.length < 65_536) seen += String(chunk);
      if (seen.includes(text)) resolve();
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
