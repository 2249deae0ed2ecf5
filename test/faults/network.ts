import { execFileSync } from 'node:child_process';
import { onTestFinished } from 'vitest';

/** A network namespace with one wire to the machine, which can be cut: nothing is told to either end. */
export class FarNetwork {
  /** The machine's address as the namespace sees it. */
  readonly address: string;
  /** Runs what follows it in the namespace. */
  readonly prefix: readonly string[];
  readonly #wire: string;

  /** Removed with the test. Throws where the machine does not allow it. */
  constructor() {
    const number = process.pid % 250;
    const name = `troupe-${process.pid}`;
    this.#wire = `tr${process.pid}`;
    const end = `te${process.pid}`;
    this.address = `10.213.${number}.1`;
    this.prefix = ['ip', 'netns', 'exec', name];
    ip('netns', 'add', name);
    onTestFinished(() => ip('netns', 'delete', name));
    ip('link', 'add', this.#wire, 'type', 'veth', 'peer', 'name', end, 'netns', name);
    ip('address', 'add', `${this.address}/24`, 'dev', this.#wire);
    ip('-n', name, 'address', 'add', `10.213.${number}.2/24`, 'dev', end);
    ip('-n', name, 'link', 'set', end, 'up');
    this.mend();
  }

  cut(): void {
    ip('link', 'set', this.#wire, 'down');
  }

  mend(): void {
    ip('link', 'set', this.#wire, 'up');
  }
}

/** Why there can be none here; undefined when there can. */
export function noFarNetwork(): string | undefined {
  const name = `troupe-try-${process.pid}`;
  try {
    ip('netns', 'add', name);
    ip('link', 'add', `tt${process.pid}`, 'type', 'veth', 'peer', 'name', `tu${process.pid}`, 'netns', name);
    return undefined;
  } catch (error) {
    return String((error as { stderr?: unknown }).stderr ?? error).trim();
  } finally {
    try {
      ip('netns', 'delete', name);
    } catch {
      // It was not made.
    }
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}
