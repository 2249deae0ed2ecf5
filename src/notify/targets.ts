import { z } from 'zod';

const KINDS = ['failure', 'approval', 'deviation'] as const;

const common = {
  /** What it hears of. Default: all. */
  on: z.array(z.enum(KINDS)).min(1).optional(),
  /** For messages about it. Default: the URL's host, or the program. */
  name: z.string().min(1).optional(),
};

/** Somebody to tell: a URL that gets a POST, or a program that gets the notification as JSON on standard input. */
export const targetSchema = z.union([
  z.strictObject({
    ...common,
    webhook: z.url({ protocol: /^https?$/ }),
    /** `$NAME` in a value is taken from the environment. */
    headers: z.record(z.string(), z.string()).optional(),
  }),
  z.strictObject({
    ...common,
    /** Program and arguments; no shell. */
    command: z.array(z.string().min(1)).min(1),
  }),
]);

export type Target = z.infer<typeof targetSchema>;

export function nameOf(target: Target): string {
  if (target.name !== undefined) return target.name;
  return 'webhook' in target ? new URL(target.webhook).host : (target.command[0] ?? '');
}
