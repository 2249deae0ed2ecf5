import { NatsLink, type NatsOptions } from '../adapters/nats/connection.ts';
import { natsFailure } from '../adapters/nats/failures.ts';
import { NatsLeaseBoard } from '../adapters/nats/lease-board.ts';
import { provision } from '../adapters/nats/provision.ts';
import { conformanceDisturbs, roleInvalid } from '../errors.ts';
import { CHECKS, type Check } from './checks.ts';
import { Exam, NotSeen } from './exam.ts';
import { Examiner } from './examiner.ts';
import type { CheckResult, ConformanceReport } from './report.ts';

export interface ConformanceOptions extends NatsOptions {
  /** The role that the agent offers. */
  readonly role: string;
  /** Of the claims that are granted. Default 3,000. */
  readonly leaseMs?: number | undefined;
  /** How long the agent may take for anything. Default 15,000. */
  readonly patienceMs?: number | undefined;
  /** Only these checks, by name. Default: all. */
  readonly only?: readonly string[] | undefined;
  /** Called after each check. */
  readonly onCheck?: ((result: CheckResult) => void) | undefined;
  /** Breaks it off: the check at hand ends with what was seen. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Drives a running agent, in whatever language, through what can go well and wrong, and says what it did. Plays the owner of all
 * partitions of the namespace, so none may be there: it makes the namespace where there is none. Of a real one, its executions
 * (`conformance-…`) stay in the log as records that belong to nothing.
 *
 * @throws CONFORMANCE_DISTURBS when an orchestrator lives in the namespace; NATS_UNREACHABLE, NATS_REFUSED, NATS_UNSUITABLE
 */
export async function runConformance(options: ConformanceOptions): Promise<ConformanceReport> {
  const { role } = options;
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(role)) throw roleInvalid(role);
  await using link = await NatsLink.connect(options);
  try {
    return await examine(link, options);
  } catch (error) {
    throw natsFailure(link.shown, error);
  }
}

async function examine(link: NatsLink, options: ConformanceOptions): Promise<ConformanceReport> {
  const { role, leaseMs = 3_000, patienceMs = 15_000, only, onCheck, signal } = options;
  const { partitions } = await provision(link, options);
  await refuseBesideOrchestrators(link);
  await using examiner = new Examiner(link, { role, partitions, leaseMs, signal });
  // Only what is subscribed already can be heard.
  await link.nc.flush();
  const results: CheckResult[] = [];
  for (const check of CHECKS.filter(({ name }) => only?.includes(name) ?? true)) {
    if (signal?.aborted === true) break;
    const result = await tryOne(check, new Exam(examiner, { patienceMs, leaseMs }), examiner);
    results.push(result);
    onCheck?.(result);
    // Without an agent nothing else is worth waiting for.
    if (!result.passed && examiner.hosts.size === 0) break;
  }
  return {
    namespace: link.subjects.namespace,
    role,
    hosts: [...examiner.hosts.keys()],
    passed: results.length > 0 && signal?.aborted !== true && results.every(({ passed }) => passed),
    checks: results,
  };
}

async function tryOne({ name, expected, run }: Check, exam: Exam, examiner: Examiner): Promise<CheckResult> {
  const startedAt = examiner.now;
  try {
    await run(exam);
  } catch (error) {
    if (!(error instanceof NotSeen)) throw error;
  }
  const { faults, seen } = exam;
  const durationMs = Math.round(examiner.now - startedAt);
  await examiner.settle();
  return { name, expected, seen, faults, passed: faults.length === 0, durationMs };
}

/** Their beats change at least every two seconds; an entry that one left behind when it died does not change. */
const LIVING_WITHIN_MS = 4_000;

async function refuseBesideOrchestrators(link: NatsLink): Promise<void> {
  const beats = new Map<string, number>();
  const { promise: living, resolve } = Promise.withResolvers<string | undefined>();
  const board = new NatsLeaseBoard(link);
  await using _watch = await board.watch((key, entry) => {
    if (!key.startsWith('member.')) return;
    const before = beats.get(key);
    if (entry === undefined || entry.isReleased === true) beats.delete(key);
    else beats.set(key, entry.beat);
    if (entry !== undefined && before !== undefined && before !== entry.beat) resolve(entry.holder.hostname);
    if (beats.size === 0) resolve(undefined);
  });
  if (beats.size === 0) return;
  const cancel = link.clock.schedule(LIVING_WITHIN_MS, () => resolve(undefined));
  const hostname = await living;
  cancel();
  if (hostname !== undefined) throw conformanceDisturbs(link.subjects.namespace, hostname);
}
