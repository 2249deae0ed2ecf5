import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const FOLDER = fileURLToPath(new URL('../../examples/agents/python', import.meta.url));

/** The example in Python, as somebody starts it in a terminal; ends with the test. */
export class PythonHost {
  /** The exit code, once it has one. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  #written = '';
  #isOver = false;
  #wake: () => void = () => undefined;

  constructor(args: readonly string[]) {
    this.#child = spawn('python3', ['agent.py', ...args], {
      cwd: FOLDER,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' },
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#written += text;
      this.#wake();
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code) => {
        this.#isOver = true;
        this.#wake();
        resolve(code);
      });
    });
    onTestFinished(() => void this.#child.kill('SIGKILL'));
  }

  /** Resolves when it has written this; what it wrote before counts too. */
  async said(text: string | RegExp): Promise<void> {
    while (this.#written.search(text) === -1) {
      if (this.#isOver) throw new Error(`the host has ended:\n${this.#written}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }

  /** Sends the signal; the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal);
    return this.ended;
  }
}
