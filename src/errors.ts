/**
 * The catalogue of errors: every error that a user, an operator or an agent can meet is made here.
 * A code is never renamed and never used for something else.
 */

export interface TroupeErrorDetails {
  /** Stable, upper snake case. */
  readonly code: string;
  /** What happened and why. */
  readonly message: string;
  /** What to do next. */
  readonly hint?: string | undefined;
  /** Whether the same call may succeed later without a change. Default false. */
  readonly retryable?: boolean | undefined;
  readonly cause?: unknown;
}

/** The base of all errors that leave Troupe. The command line prints message and hint and hides the stack. */
export class TroupeError extends Error {
  override readonly name = 'TroupeError';
  readonly code: string;
  readonly hint: string | undefined;
  readonly retryable: boolean;

  constructor({ code, message, hint, retryable = false, cause }: TroupeErrorDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
    this.retryable = retryable;
  }

  /** The form that crosses a process boundary; {@link TroupeError.fromJSON} reads it back. */
  toJSON(): { code: string; message: string; hint?: string; retryable: boolean } {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      retryable: this.retryable,
    };
  }

  static fromJSON(json: { code: string; message: string; hint?: string; retryable?: boolean }): TroupeError {
    return new TroupeError(json);
  }
}

/** Turns whatever was thrown into a {@link TroupeError}; the original is kept as `cause`. */
export function toTroupeError(thrown: unknown): TroupeError {
  if (thrown instanceof TroupeError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new TroupeError({ code: 'UNEXPECTED', message, cause: thrown });
}
