import { z } from 'zod';
import { FAILURE_CLASSES } from '../../ports/agent-request.ts';
import { parseDuration } from '../../task/duration.ts';
import { PHASE_EVENTS } from '../scripted-signal.ts';
import { MALFORMATIONS } from './adversary.ts';

/** What a file may say about agents and signals; what a program hands over is checked by the same. Strict: a misspelt key is an error. */

const json = z.unknown().refine((value) => value !== undefined, { error: 'must be given' });
const milliseconds = z.number({ error: 'must be a number of ms, or a duration such as 90s' }).min(0);
const durationText = z
  .string()
  .refine(isDuration, { error: 'is no duration: write one such as 90s, 5 minutes, 3 days' });
const duration = z.union([milliseconds, durationText], {
  error: 'must be a number of ms, or a duration such as 90s, 5 minutes, 3 days',
});
const amount = z.number({ error: 'must be a number' }).min(0);

const time = quantityOf(duration, 'a number of ms, a duration such as 90s');
const count = quantityOf(amount, 'a number');

const usage = z.strictObject({ tokens: count.optional(), usd: count.optional() });
const concurrency = z.int().min(1).max(10_000).optional();

const oneOrMore = <T extends z.ZodType>(value: T) =>
  z.union([value, z.array(value)], { error: 'must be one value, or a list of them' });

const condition = z.strictObject({
  step: oneOrMore(z.string()).optional(),
  attempt: oneOrMore(z.int().min(1)).optional(),
  phase: oneOrMore(z.string()).optional(),
  item: z.unknown().optional(),
  input: z.record(z.string(), z.unknown()).optional(),
});

const failure = z.strictObject({
  class: z.enum(FAILURE_CLASSES, { error: `must be one of ${FAILURE_CLASSES.join(', ')}` }).optional(),
  message: z.string().optional(),
  retryAfterMs: z.number().min(0).optional(),
  details: z.unknown().optional(),
});

const rule = z
  .strictObject({
    when: condition.optional(),
    output: z.unknown().optional(),
    fail: failure.optional(),
    latency: time.optional(),
    usage: usage.optional(),
    progress: z.array(json).optional(),
  })
  .refine(({ output, fail }) => (output === undefined) !== (fail === undefined), {
    error: 'must have either an output or a fail',
  });

/** Rules alone, as programs may give them. */
export const rulesSchema = z.array(rule);

export const tableSchema = z.strictObject({ rules: rulesSchema, concurrency });

/** The longest text that Node makes is a little longer. */
const MOST_BYTES = 512 * 1024 * 1024 - 32;

const probability = z.number().min(0).max(1);

export const drawnSchema = z.strictObject({
  latency: time.optional(),
  failures: z
    .strictObject(Object.fromEntries(FAILURE_CLASSES.map((kind) => [kind, probability.optional()])))
    .refine((failures) => Object.values(failures).reduce<number>((sum, p) => sum + (p ?? 0), 0) <= 1, {
      error: 'must not add up to more than 1',
    })
    .optional(),
  usage: usage.optional(),
  output: z.unknown().optional(),
  outputs: z
    .array(z.strictObject({ weight: z.number().positive().optional(), output: json }))
    .min(1)
    .optional(),
  concurrency,
});

export const adversarySchema = z.discriminatedUnion(
  'adversary',
  [
    z.strictObject({ ...adversary('stall'), ignoreAbort: z.boolean().optional() }),
    z.strictObject({ ...adversary('lie'), every: time.optional() }),
    z.strictObject({ ...adversary('huge'), bytes: z.int().min(1).max(MOST_BYTES).optional() }),
    z.strictObject({ ...adversary('malformed'), how: z.enum(MALFORMATIONS).optional() }),
    z.strictObject(adversary('fickle')),
    z.strictObject({ ...adversary('throw'), message: z.string().optional() }),
    z.strictObject({ ...adversary('late'), after: time.optional() }),
  ],
  { error: 'must be one of stall, lie, huge, malformed, fickle, throw, late' },
);

/** `replay`: a file with what `troupe events ID --json` printed, beside the file that names it. */
export const replaySchema = z.strictObject({ replay: z.string().min(1), role: z.string().optional() });

const moment = z.strictObject({
  phase: z.string(),
  event: z.enum(PHASE_EVENTS, { error: `must be one of ${PHASE_EVENTS.join(', ')}` }).optional(),
  delay: duration.optional(),
});

export const signalsSchema = z.array(
  z.strictObject({
    name: z.string().min(1).max(256),
    payload: z.unknown().optional(),
    after: z
      .union([duration, moment], { error: 'must be a duration such as 3 days, or {phase, event, delay}' })
      .optional(),
    by: z.string().optional(),
  }),
);

const decision = z.union(
  [
    z.enum(['approve', 'reject']),
    z.strictObject({
      decide: z.enum(['approve', 'reject', 'delegate']),
      by: z.string().min(1).max(128).optional(),
      comment: z.string().max(10_000).optional(),
      to: z.string().min(1).max(128).optional(),
      after: duration.optional(),
    }),
  ],
  { error: 'must be approve, reject, or {decide, by, comment, to, after}' },
);

/** Step -> what a person says there, or a list of what is said one after the other. */
export const peopleSchema = z.record(z.string(), z.union([decision, z.array(decision)]));

function adversary<const Name extends string>(name: Name) {
  return { adversary: z.literal(name), latency: time.optional(), concurrency };
}

function quantityOf<T extends z.ZodType<number | string>>(value: T, inWords: string) {
  const forms = [
    value,
    z.strictObject({ fixed: value }),
    z.strictObject({ uniform: z.tuple([value, value]) }),
    z.strictObject({ normal: z.strictObject({ mean: value, sd: value }) }),
    z.strictObject({ logNormal: z.strictObject({ median: value, p95: value }) }),
    z.strictObject({ exponential: z.strictObject({ mean: value }) }),
    z.strictObject({ samples: z.array(value).min(1) }),
  ];
  return z.union(forms, {
    error: `must be ${inWords}, or {fixed: X}, {uniform: [A, B]}, {normal: {mean, sd}}, {logNormal: {median, p95}}, {exponential: {mean}} or {samples: […]}`,
  });
}

function isDuration(text: string): boolean {
  try {
    parseDuration(text);
    return true;
  } catch {
    return false;
  }
}
