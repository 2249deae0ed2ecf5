import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `troupe` as a real process: what it writes, and how it ends. */
export class CommandLine {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #waiting = new Set<{ pattern: RegExp; resolve: () => void; reject: (error: Error) => void }>();
  #stdout = '';
  #stderr = '';

  constructor(args: readonly string[], cwd: string) {
    const ours = Object.entries(process.env).filter(([name]) => !name.startsWith('TROUPE_'));
    const env = { ...Object.fromEntries(ours), NO_COLOR: '1' };
    this.#child = spawn(process.execPath, [MAIN, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#tell();
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#tell();
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (code, signal) => {
        for (const { pattern, reject: give } of this.#waiting)
          give(new Error(`It ended without ${pattern}:\n${this.#stdout}${this.#stderr}`));
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get output(): string {
    return this.#stdout + this.#stderr;
  }

  /** Resolves once it has written this, to either stream; rejects when it ends without. */
  says(pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.add({ pattern, resolve, reject });
      this.#tell();
    });
  }

  send(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** `kill -9`; resolves when it is gone. */
  async kill(): Promise<Ended> {
    this.#child.kill('SIGKILL');
    return this.ended;
  }

  /** Closes the reading end of its standard output. */
  closeStdout(): void {
    this.#child.stdout?.destroy();
  }

  #tell(): void {
    for (const waiter of this.#waiting) {
      if (!waiter.pattern.test(this.output)) continue;
      this.#waiting.delete(waiter);
      waiter.resolve();
    }
  }
}
