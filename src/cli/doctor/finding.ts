/** One thing that was looked at. */
export interface Finding {
  /** What was looked at, in a few words. */
  readonly about: string;
  /** `problem`: something does not work until it is mended. `note`: it works, but a person may want to know. */
  readonly kind: 'ok' | 'note' | 'problem';
  readonly message: string;
  /** What to do. */
  readonly remedy?: string | undefined;
}

export function ok(about: string, message: string): Finding {
  return { about, kind: 'ok', message };
}

export function note(about: string, message: string, remedy?: string): Finding {
  return { about, kind: 'note', message, remedy };
}

export function problem(about: string, message: string, remedy?: string): Finding {
  return { about, kind: 'problem', message, remedy };
}
