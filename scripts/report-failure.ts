/** Prints the error as a person reads it and lets the process end with exit code 1. */
export function reportFailure(error: unknown): void {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
