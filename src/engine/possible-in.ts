/** What a person or a program may ask of an execution, and the states in which each makes sense. */
export const POSSIBLE_IN = {
  pause: ['running', 'rollingBack'],
  resume: ['pausing', 'paused'],
  abort: ['running', 'pausing', 'paused', 'rollingBack', 'suspended'],
  rollback: ['running', 'pausing', 'paused', 'completed', 'failed', 'aborted', 'timedOut', 'rolledBack'],
  retry: ['failed', 'timedOut'],
  checkpoint: ['running', 'pausing', 'paused'],
  signal: ['running', 'pausing', 'paused'],
  approve: ['running', 'pausing', 'paused'],
  reject: ['running', 'pausing', 'paused'],
  delegate: ['running', 'pausing', 'paused'],
  complete: ['running', 'pausing', 'paused', 'rollingBack'],
  vote: ['running', 'pausing', 'paused'],
} as const satisfies { readonly [kind: string]: readonly string[] };
