import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../json.ts';
import type { HostPresence } from '../ports/agent-directory.ts';
import type { Examiner, TrialOptions } from './examiner.ts';
import type { Reported, Task, Trial } from './trial.ts';

/** Ends a check early: what has to come next did not come. Its fault is noted already. */
export class NotSeen extends Error {}

/** One check in progress: what was tried, what was wrong. */
export class Exam {
  readonly examiner: Examiner;
  /** How long an agent may take for anything. */
  readonly patienceMs: number;
  readonly #leaseMs: number;
  readonly #trials: Trial[] = [];
  readonly #faults = new Set<string>();
  readonly #seen: string[] = [];

  constructor(examiner: Examiner, options: { readonly patienceMs: number; readonly leaseMs: number }) {
    this.examiner = examiner;
    this.patienceMs = options.patienceMs;
    this.#leaseMs = options.leaseMs;
  }

  /** So many leases in seconds, for work that has to outlast them. */
  leases(count: number): number {
    return (count * this.#leaseMs) / 1000;
  }

  prepare(task: Task, about?: TrialOptions): Trial {
    const trial = this.examiner.prepare(task, about);
    this.#trials.push(trial);
    return trial;
  }

  offer(trial: Trial): Trial {
    this.examiner.offer(trial);
    return trial;
  }

  fault(text: string): void {
    this.#faults.add(text);
  }

  see(text: string): void {
    this.#seen.push(text);
  }

  /** @throws NotSeen */
  async expect(trial: Trial, condition: () => boolean, fault: string, ms = this.patienceMs): Promise<void> {
    if (await this.examiner.until(condition, ms)) return;
    this.fault(trial.claims.length === 0 ? `nobody claimed ${trial.id}` : `${fault} within ${ms / 1000} s`);
    throw new NotSeen();
  }

  /** The attempt's report, which must be of this type. */
  async report(trial: Trial, type: string): Promise<Reported> {
    await this.expect(trial, () => trial.reports.length > 0, 'did not report');
    const [report] = trial.reports;
    if (report?.type === type) return report;
    this.fault(`reported ${report?.type} instead of ${type}: ${excerpt(report?.data)}`);
    throw new NotSeen();
  }

  expectOutput({ data }: Reported, value: Json): void {
    const { output } = data as { output: unknown };
    if (!isDeepStrictEqual(output, { value }))
      this.fault(`the output is ${excerpt(output)}, not ${excerpt({ value })}`);
  }

  async atWork(trial: Trial): Promise<void> {
    await this.expect(trial, () => trial.isAtWork, 'showed no sign of work');
  }

  /** The report is `claim.released`, and the work has ended with it. */
  async released(trial: Trial): Promise<void> {
    const { at } = await this.report(trial, 'claim.released');
    const isAtWork = (): boolean => trial.progress.some((progressAt) => progressAt > at + AFTERWARDS_MS);
    if (await this.examiner.until(isAtWork, 2 * AFTERWARDS_MS))
      this.fault('went on working after its release');
  }

  /** The offer was acknowledged. */
  async taken(trial: Trial): Promise<void> {
    const isTaken = async (): Promise<true | undefined> =>
      (await this.examiner.isTaken(trial)) ? true : undefined;
    await this.#look(isTaken, 'did not acknowledge the offer: it is still in the stream');
  }

  /** What the host says about itself, other than what it said at `seenAt`. */
  presence(seenAt?: number): Promise<HostPresence> {
    const look = async (): Promise<HostPresence | undefined> => {
      const presence = await this.examiner.presence();
      return presence?.seenAt === seenAt ? undefined : presence;
    };
    return this.#look(look, 'does not say in the bucket of agents that it is there');
  }

  /** For what nobody tells: looks until it is there. */
  async #look<T>(find: () => Promise<T | undefined>, fault: string): Promise<T> {
    const endsAt = this.examiner.now + this.patienceMs;
    for (;;) {
      const found = await find();
      if (found !== undefined) return found;
      if (this.examiner.now > endsAt || this.examiner.isAborted) {
        this.fault(fault);
        throw new NotSeen();
      }
      await this.examiner.until(() => false, LOOK_AGAIN_MS);
    }
  }

  /** All that was wrong, in the order in which it was noticed. */
  get faults(): readonly string[] {
    const ofTrials = this.#trials.flatMap(({ faults }) => [...faults]);
    return [...new Set([...this.#faults, ...ofTrials, ...this.examiner.faults])];
  }

  get seen(): string {
    return [...this.#trials.map((trial) => trial.seen()), ...this.#seen].join(' · ');
  }
}

const LOOK_AGAIN_MS = 100;

/** What was on its way when the report was made may still arrive. */
const AFTERWARDS_MS = 500;

function excerpt(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
