import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CommandLine } from '../end-to-end/command-line.ts';

const PROJECT = join(import.meta.dirname, 'project');

/** The line in which `troupe up` says where the inspector is. */
const LINK = /(http:\/\/127\.0\.0\.1:(\d+)\/)#token=(\S+)/;

/**
 * A project as a user has one, in a folder of its own, with `troupe up` serving the inspector as a real process. Its agents hold
 * still while a file `hold/STEP` is there.
 */
export class House implements AsyncDisposable {
  readonly dir: string;
  #up: CommandLine;
  #origin = '';
  #token = '';

  private constructor(dir: string, up: CommandLine) {
    this.dir = dir;
    this.#up = up;
  }

  /** Resolves once the inspector is served. */
  static async open(): Promise<House> {
    const dir = realpathSync(mkdtempSync(join(tmpdir(), 'troupe-house-')));
    cpSync(PROJECT, dir, { recursive: true });
    mkdirSync(join(dir, 'hold'));
    const house = new House(dir, new CommandLine(['up', '--ui-port', '0'], dir));
    await house.#isServed();
    return house;
  }

  /** With a slash at its end. */
  get origin(): string {
    return this.#origin;
  }

  get token(): string {
    return this.#token;
  }

  /** A page as the start-up link opens it. */
  link(path = ''): string {
    return `${this.#origin}${path}#token=${this.#token}`;
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.dir, path)), { recursive: true });
    writeFileSync(join(this.dir, path), text);
  }

  hold(...steps: readonly string[]): void {
    for (const step of steps) this.write(`hold/${step}`, '');
  }

  letGo(...steps: readonly string[]): void {
    for (const step of steps) rmSync(join(this.dir, 'hold', step), { force: true });
  }

  /** `troupe` as another process in the folder. */
  troupe(...args: readonly string[]): CommandLine {
    return new CommandLine(args, this.dir);
  }

  /** Asks the API; throws with its answer when that is not a good one. */
  async call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${this.#origin}${path}`, { method, headers, ...sent });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Answer;
  }

  async start(task: string, id: string, input: object = {}): Promise<void> {
    await this.call('POST', 'api/executions', { task, id, input });
  }

  /** Resolves when the execution meets the condition. */
  async until(execution: string, isMet: (report: Report) => boolean): Promise<Report> {
    const url = `${this.#origin}api/executions/${execution}/live?after=0`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${this.#token}` } });
    const reader = response.body?.getReader();
    if (reader === undefined) throw new Error(`${url} has no body`);
    try {
      for (;;) {
        const report = await this.call<Report>('GET', `api/executions/${execution}`);
        if (isMet(report)) return report;
        if (report.finishedAt !== null)
          throw new Error(`${execution} ended otherwise: ${JSON.stringify(report).slice(0, 500)}`);
        // Whatever comes next may have changed it.
        const { done } = await reader.read();
        if (done) throw new Error(`${execution} is told no more of: ${report.status}`);
      }
    } finally {
      await reader.cancel();
    }
  }

  /** `kill -9`, as a crash would. */
  async crash(): Promise<void> {
    await this.#up.kill();
  }

  /** Starts again at the same port, so that an open page finds it. */
  async restart(): Promise<void> {
    const { port } = new URL(this.#origin);
    this.#up = new CommandLine(['up', '--ui-port', port], this.dir);
    await this.#isServed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#up.kill();
    rmSync(this.dir, { recursive: true, force: true });
  }

  async #isServed(): Promise<void> {
    await this.#up.says(LINK);
    const [, origin = '', , token = ''] = LINK.exec(this.#up.output) ?? [];
    this.#origin = origin;
    this.#token = token;
  }
}

/** What the API answers about an execution, as far as tests look at it. */
export interface Report {
  readonly status: string;
  readonly finishedAt: string | null;
  readonly position: number;
  readonly input: object;
  readonly outputs: object;
  readonly rerunOf?: object | undefined;
  readonly phases: readonly {
    readonly status: string;
    readonly steps: readonly { readonly id: string; readonly status: string }[];
  }[];
}
