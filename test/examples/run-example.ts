import { fileURLToPath } from 'node:url';
import type { CliContext } from '../../src/cli/context.ts';
import { temporaryFolder, troupe } from '../cli/run-in-process.ts';

/** One of the folders of examples/, as a user is in it; its state is kept elsewhere and gone after the test. */
export class Example {
  readonly cwd: string;
  readonly data = temporaryFolder();

  constructor(name: string) {
    this.cwd = fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
  }

  /** Runs a command line in the folder. */
  troupe(args: readonly string[], overrides: Partial<CliContext> = {}): ReturnType<typeof troupe> {
    const env = { PATH: process.env.PATH, TROUPE_DATA: this.data };
    return troupe(args, { cwd: this.cwd, env, ...overrides });
  }

  /** The same with `--json`: the document. */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into documents as their readers do.
  async json(...args: readonly string[]): Promise<any> {
    const { stdout, stderr } = await this.troupe([...args, '--json']);
    if (stdout === '') throw new Error(`Nothing was written: ${stderr}`);
    return JSON.parse(stdout);
  }
}
