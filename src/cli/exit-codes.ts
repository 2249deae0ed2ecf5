/** What `troupe` ends with; scripts rely on these numbers, so they never change. */
export const EXIT = {
  /** Completed; or started, with `--no-wait`. */
  completed: 0,
  failed: 1,
  /** Bad usage, a definition that is not valid, an input that is missing. */
  usage: 2,
  aborted: 3,
  timedOut: 4,
  rolledBack: 5,
  suspended: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * The exit code that says how an execution stands. One that has not ended, such as a paused one, gives `completed`: the
 * command did what it was asked.
 */
export function exitCodeOf(status: string): ExitCode {
  switch (status) {
    case 'failed':
    case 'aborted':
    case 'timedOut':
    case 'rolledBack':
    case 'suspended':
      return EXIT[status];
    default:
      return EXIT.completed;
  }
}
