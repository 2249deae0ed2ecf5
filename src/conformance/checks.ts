import { isDeepStrictEqual } from 'node:util';
import { isArtifactRef, type Json } from '../json.ts';
import type { Exam } from './exam.ts';

/** One thing that is tried with an agent. */
export interface Check {
  readonly name: string;
  /** What a conforming agent does. */
  readonly expected: string;
  run(exam: Exam): Promise<void>;
}

/** Nesting, numbers and characters that a careless codec damages; no more digits than JSON libraries in C keep. */
const VALUE: Json = {
  text: 'größer als „λ" 🎭 \\ "quoted"\n',
  numbers: [0, -1, 123_456_789_012_345, 1.5e-7],
  nested: { list: [[], {}, null, true, false], '': 'an empty key' },
};

const succeed = { conformance: 'succeed', value: 'done' } as const;

const success: Check = {
  name: 'success',
  expected: 'claims, then reports step.succeeded with {"value": the input\'s value}',
  async run(exam) {
    const trial = exam.offer(exam.prepare({ conformance: 'succeed', value: VALUE }));
    exam.expectOutput(await exam.report(trial, 'step.succeeded'), VALUE);
    await exam.taken(trial);
  },
};

const failure: Check = {
  name: 'failure',
  expected: 'reports step.failed with the class and the message of the input',
  async run(exam) {
    const asked = { class: 'fatal', message: 'Asked to fail: "ü".' };
    const { data } = await exam.report(
      exam.offer(exam.prepare({ conformance: 'fail', ...asked })),
      'step.failed',
    );
    const { error } = data as { error: { class: string; message: string } };
    if (error.class !== asked.class) exam.fault(`the class is ${error.class}, not ${asked.class}`);
    if (error.message !== asked.message) exam.fault(`the message is ${JSON.stringify(error.message)}`);
  },
};

const unknownKeys: Check = {
  name: 'unknown keys',
  expected: 'ignores keys that it does not know, in every message',
  async run(exam) {
    const trial = exam.prepare({ conformance: 'work', seconds: exam.leases(0.7), value: 'kept' });
    trial.hasUnknownKeys = true;
    exam.expectOutput(await exam.report(exam.offer(trial), 'step.succeeded'), 'kept');
  },
};

const heartbeats: Check = {
  name: 'heartbeats',
  expected: 'renews its lease three times per lease and keeps working beyond the first lease',
  async run(exam) {
    const trial = exam.offer(
      exam.prepare({ conformance: 'work', seconds: exam.leases(2), value: 'kept alive' }),
    );
    exam.expectOutput(await exam.report(trial, 'step.succeeded'), 'kept alive');
    const times = [trial.holder?.at ?? 0, ...trial.beats, trial.reports[0]?.at ?? 0];
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    const longest = Math.max(...gaps);
    // A third is asked for; two thirds would leave no second chance before the work has to stop.
    if (longest > 0.6 * trial.identity.leaseMs)
      exam.fault(`was silent for ${Math.round(longest)} ms of a lease of ${trial.identity.leaseMs} ms`);
    if (trial.progress.length === 0) exam.fault('told no progress while it worked');
  },
};

const cancelByHeartbeat: Check = {
  name: 'cancel in the answer to a heartbeat',
  expected: 'stops working and reports claim.released, nothing else',
  async run(exam) {
    const trial = exam.offer(
      exam.prepare({ conformance: 'work', seconds: exam.leases(3), value: 'too late' }),
    );
    await exam.atWork(trial);
    trial.beatAnswer = 'cancel';
    await exam.released(trial);
  },
};

const cancelByOrder: Check = {
  name: 'cancel by message',
  expected: 'stops working and reports claim.released, nothing else',
  async run(exam) {
    const trial = exam.offer(
      exam.prepare({ conformance: 'work', seconds: exam.leases(3), value: 'too late' }),
    );
    await exam.atWork(trial);
    exam.examiner.cancel(trial);
    await exam.released(trial);
  },
};

const leaseLoss: Check = {
  name: 'lease loss',
  expected:
    'with no heartbeat answered it stops before the lease is over and reports claim.released or nothing; the next attempt succeeds with its own fence',
  run: (exam) => lost(exam, 'silent'),
};

const unknownRenewsNothing: Check = {
  name: 'heartbeats answered with unknown',
  expected: 'as with lease loss: unknown renews nothing, and is no reason to stop at once',
  run: (exam) => lost(exam, 'unknown'),
};

async function lost(exam: Exam, beatAnswer: 'silent' | 'unknown'): Promise<void> {
  const trial = exam.prepare({ conformance: 'work', seconds: exam.leases(1.5), value: 'of a lost lease' });
  trial.beatAnswer = beatAnswer;
  await exam.atWork(exam.offer(trial));
  const { leaseEndsAt, leaseFrom, identity } = trial;
  await exam.examiner.until(() => trial.reports.length > 0, leaseEndsAt - exam.examiner.now);
  const [report] = trial.reports;
  if (report !== undefined && report.at < leaseFrom + identity.leaseMs / 2)
    exam.fault(`gave up after ${Math.round(report.at - leaseFrom)} ms of a lease of ${identity.leaseMs} ms`);
  const next = exam.offer(exam.prepare(succeed, { before: trial }));
  exam.expectOutput(await exam.report(next, 'step.succeeded'), succeed.value);
  // An agent that knows no leases would be done by then.
  const doneBy = leaseFrom + 2 * identity.leaseMs - exam.examiner.now;
  await exam.examiner.until(() => trial.reports.length > 0, doneBy);
  const late = [
    ...trial.progress,
    ...trial.reports.filter(({ type }) => type !== 'claim.released').map(({ at }) => at),
  ];
  const latest = Math.max(...late);
  if (latest > leaseEndsAt)
    exam.fault(`was at work ${Math.round(latest - leaseEndsAt)} ms after its lease was over`);
  const [outcome] = trial.reports.filter(({ type }) => type !== 'claim.released');
  if (outcome !== undefined) exam.fault(`reported ${outcome.type} for the attempt whose lease it lost`);
}

const lostReply: Check = {
  name: 'lost reply to a claim',
  expected: 'asks again with the same claimId and works once',
  async run(exam) {
    const trial = exam.prepare(succeed, { leaseMs: LONG_LEASE_MS });
    trial.ignoredClaims = 1;
    exam.expectOutput(await exam.report(exam.offer(trial), 'step.succeeded'), succeed.value);
    if (new Set(trial.claims.map(({ claimId }) => claimId)).size > 1)
      exam.fault('asked again with another claimId');
  },
};

/** A lease counts from the first time of asking, so it has to outlast the wait for an answer. */
const LONG_LEASE_MS = 15_000;

const refusal: Check = {
  name: 'refused claim',
  expected: 'acknowledges the offer, lets go of it, and goes on with others',
  async run(exam) {
    const trial = exam.prepare(succeed);
    trial.refusesClaims = true;
    await exam.expect(exam.offer(trial), () => trial.claims.length > 0, 'did not claim the offer');
    await exam.taken(trial);
    const next = exam.offer(exam.prepare(succeed));
    await exam.report(next, 'step.succeeded');
    if (trial.isAtWork || trial.reports.length > 0) exam.fault('worked at an attempt that it was refused');
  },
};

const duplicate: Check = {
  name: 'offer delivered twice',
  expected: 'takes both off the queue, works once, reports once',
  async run(exam) {
    const trial = exam.offer(exam.prepare({ conformance: 'work', seconds: exam.leases(0.7), value: 'once' }));
    await exam.atWork(trial);
    exam.offer(trial);
    exam.expectOutput(await exam.report(trial, 'step.succeeded'), 'once');
    await exam.taken(trial);
    exam.offer(trial);
    await exam.taken(trial);
    await exam.report(exam.offer(exam.prepare(succeed)), 'step.succeeded');
  },
};

const withheldConfirmation: Check = {
  name: 'withheld confirmation',
  expected: 'writes the same record again, with the same id, until it is confirmed',
  async run(exam) {
    const trial = exam.prepare(succeed);
    trial.confirms = false;
    await exam.report(exam.offer(trial), 'step.succeeded');
    const isRepeated = (): boolean => trial.reports.length > 1;
    await exam.expect(trial, isRepeated, 'did not report again', REPEATED_WITHIN_MS);
    exam.examiner.confirm(trial);
  },
};

/** Ten seconds are asked for. */
const REPEATED_WITHIN_MS = 25_000;

const seats: Check = {
  name: 'seats',
  expected:
    'never holds more attempts than its presence says it has seats for, and gets through all that are offered',
  async run(exam) {
    const { roles } = await exam.presence();
    const count = roles.find(({ role }) => role === exam.examiner.role)?.concurrency ?? 1;
    const hosts = exam.examiner.hosts.size;
    if (count > MOST_SEATS || hosts > 1) {
      exam.see(`not tried with ${count} seats on ${hosts} hosts`);
      return;
    }
    const trials = Array.from({ length: count + 2 }, (_, index) =>
      exam.prepare({ conformance: 'work', seconds: exam.leases(0.3), value: index }),
    );
    for (const trial of trials) exam.offer(trial);
    let most = 0;
    await exam.examiner.until(() => {
      const held = trials.filter(({ holder, reports }) => holder !== undefined && reports.length === 0);
      most = Math.max(most, held.length);
      return trials.every(({ reports }) => reports.length > 0);
    }, exam.patienceMs);
    if (most > count) exam.fault(`held ${most} attempts at once; its presence says ${count}`);
    for (const [index, trial] of trials.entries())
      exam.expectOutput(await exam.report(trial, 'step.succeeded'), index);
  },
};

const MOST_SEATS = 16;

const largeValues: Check = {
  name: 'large values',
  expected: 'reads a request and a value that are kept as artifacts, or fails the attempt with class fatal',
  async run(exam) {
    const value = 'large '.repeat(20_000);
    const content = Buffer.from(JSON.stringify(value));
    const mediaType = 'application/json';
    const { $artifact, bytes } = await exam.examiner.artifacts.put(content, { mediaType });
    const trial = exam.prepare({ conformance: 'succeed', value: { $artifact, bytes, mediaType } });
    trial.isByReference = true;
    exam.offer(trial);
    await exam.expect(trial, () => trial.reports.length > 0, 'did not report');
    const [report] = trial.reports;
    const { error } = (report?.data ?? {}) as { error?: { class: string } };
    if (report?.type === 'step.failed' && error?.class === 'fatal') {
      exam.see('it says that it cannot read them');
      return;
    }
    const { data } = await exam.report(trial, 'step.succeeded');
    const { output } = data as { output: unknown };
    const stored = isArtifactRef(output) ? await exam.examiner.artifacts.get(output.$artifact) : undefined;
    const read = stored === undefined ? output : JSON.parse(Buffer.from(stored).toString());
    if (!isDeepStrictEqual(read, { value }))
      exam.fault('the output is not the value that the artifact holds');
  },
};

const presence: Check = {
  name: 'presence',
  expected: 'says every 5 seconds in the bucket of agents that it is there, and which role it offers',
  async run(exam) {
    const first = await exam.presence();
    const next = await exam.presence(first.seenAt);
    exam.see(`${next.host} after ${next.seenAt - first.seenAt} ms`);
    const offered = next.roles.map(({ role }) => role);
    if (!offered.includes(exam.examiner.role)) exam.fault(`says that it offers ${offered.join(', ')}`);
  },
};

/** In the order in which they are tried; the first tells whether there is an agent at all. */
export const CHECKS: readonly Check[] = [
  success,
  failure,
  unknownKeys,
  heartbeats,
  cancelByHeartbeat,
  cancelByOrder,
  leaseLoss,
  unknownRenewsNothing,
  lostReply,
  refusal,
  duplicate,
  withheldConfirmation,
  presence,
  seats,
  largeValues,
];
