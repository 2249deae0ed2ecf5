import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A real process that says what it does, one JSON document per line. */
export class TalkingProcess<News extends { readonly type: string }> {
  /** All that it has said. */
  readonly said: News[] = [];
  readonly #child: ChildProcess;
  readonly #listeners = new Set<(news: News) => void>();
  readonly #ended: Promise<unknown>;
  #stderr = '';

  /**
   * @param file in `processes/`
   * @param prefix a command that runs the process, such as `ip netns exec NAME`
   */
  constructor(file: string, parameters: object, prefix: readonly string[] = []) {
    const path = fileURLToPath(new URL(`processes/${file}`, import.meta.url));
    const [program = '', ...args] = [...prefix, process.execPath, path, JSON.stringify(parameters)];
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#ended = once(this.#child, 'exit');
    process.once('exit', this.#end);
    this.#child.once('exit', () => process.off('exit', this.#end));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT);
    });
    if (this.#child.stdout === null) throw new Error('a process without standard output');
    createInterface(this.#child.stdout).on('line', (line) => {
      const news = JSON.parse(line) as News;
      this.said.push(news);
      for (const listener of this.#listeners) listener(news);
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The end of what it wrote there. */
  get stderr(): string {
    return this.#stderr;
  }

  listen(listener: (news: News) => void): void {
    this.#listeners.add(listener);
  }

  /** Resolves with what fits, said before or after; rejects when the process ends without. */
  says<T extends News>(fits: (news: News) => news is T): Promise<T>;
  says(fits: (news: News) => boolean): Promise<News>;
  says(fits: (news: News) => boolean): Promise<News> {
    const before = this.said.find(fits);
    if (before !== undefined) return Promise.resolve(before);
    return new Promise((resolve, reject) => {
      this.#listeners.add((news) => {
        if (fits(news)) resolve(news);
      });
      void this.#ended.then(() => reject(new Error(`the process ended:\n${this.#stderr}`)));
    });
  }

  /** Sends the signal; after one that ends the process, resolves when it has ended. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.isAlive) return;
    this.#child.kill(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await this.#ended;
  }

  readonly #end = (): void => void this.#child.kill('SIGKILL');
}

const STDERR_KEPT = 16_384;
