import { execa } from 'execa';

/** The checks that read the sources without running them. */
const STATIC_CHECKS: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['lint', 'biome', 'check', '--error-on-warnings', '.'],
  ['types', 'tsc', '--noEmit'],
  ['types of the page', 'tsc', '-p', 'web', '--noEmit'],
  ['unused code', 'knip'],
];

/** Runs lint, types and knip side by side, all of them even when one fails; throws when any did. */
export async function runStaticChecks(): Promise<void> {
  const failed: string[] = [];
  const runs = STATIC_CHECKS.map(async ([name, command, ...args]) => {
    const { failed: isBad, all } = await execa(command, args, {
      preferLocal: true,
      all: true,
      reject: false,
    });
    process.stdout.write(`\n> ${name}: ${[command, ...args].join(' ')}\n${all === '' ? '' : `${all}\n`}`);
    if (isBad) failed.push(name);
  });
  await Promise.all(runs);
  if (failed.length > 0) throw new CheckFailure(failed);
}

/** Runs the tests with vitest, `args` as its command line takes them; throws when one fails. */
export async function runTests(args: readonly string[]): Promise<void> {
  process.stdout.write(`\n> tests: vitest run ${args.join(' ')}\n`);
  if (!(await passes('vitest', ['run', ...args]))) throw new CheckFailure(['tests']);
}

/** A check ran and found something; its own output, printed before, says what. */
export class CheckFailure extends Error {
  constructor(names: readonly string[]) {
    super(`Failed: ${names.join(', ')}`);
    this.name = 'CheckFailure';
  }
}

/** `preferLocal` finds the tools, and the `node` they run on, in node_modules/.bin, as npm scripts do. */
async function passes(command: string, args: readonly string[]): Promise<boolean> {
  const result = await execa(command, args, { preferLocal: true, stdio: 'inherit', reject: false });
  return !result.failed;
}
