import type { Json } from '../../json.ts';
import type { AttemptReport } from '../../ports/agent-request.ts';
import type {
  ClaimAnswer,
  ClaimDesk,
  ClaimRequest,
  Heartbeat,
  HeartbeatAnswer,
  NextAnswer,
} from '../../ports/claim-desk.ts';
import { type HostDesk, type HostDeskOptions, recordOf } from './host-desk.ts';

/** Longer than any lease of a simulated claim. */
const LATE_MS = 8_000;

/**
 * A host's desk that means no good now and then, as far as its credentials reach: it reports twice, late, for another step, with
 * what is not its own, and claims what it then forgets.
 */
export class RogueDesk implements ClaimDesk {
  readonly #desk: HostDesk;
  readonly #options: HostDeskOptions;
  /** Attempts that it says nothing of any more. */
  readonly #silent = new Set<string>();
  /** Steps that it was granted, per execution and role. */
  readonly #known = new Map<string, string[]>();
  /** For which it was granted anything. */
  readonly #roles = new Set<string>();

  constructor(desk: HostDesk, options: HostDeskOptions) {
    this.#desk = desk;
    this.#options = options;
  }

  async claim(request: ClaimRequest): Promise<ClaimAnswer> {
    const answer = await this.#desk.claim(request);
    if (answer.kind === 'granted') this.#knows(request);
    return answer;
  }

  async next(report: AttemptReport): Promise<NextAnswer> {
    const answer = await this.#desk.next(report);
    if (answer.kind === 'granted') this.#knows(answer);
    return answer;
  }

  async heartbeat(beats: readonly Heartbeat[]): Promise<readonly HeartbeatAnswer[]> {
    const said = beats.filter((beat) => !this.#silent.has(nameOf(beat)));
    const answers = said.length === 0 ? [] : await this.#desk.heartbeat(said);
    // It goes on as if all was well.
    return beats.map((beat) => answers[said.indexOf(beat)] ?? 'ok');
  }

  async report(report: AttemptReport): Promise<void> {
    const { faults, network, process, trace } = this.#options;
    const place = network.count(`${process.node} report`);
    const strikes = (kind: Parameters<typeof faults.strikes>[0]): boolean => {
      const isStruck = faults.strikes(kind, place);
      if (isStruck) trace.note(`${process.id} ${kind} ${nameOf(report)}`);
      return isStruck;
    };
    if (strikes('vanish')) {
      this.#silent.add(nameOf(report));
      return new Promise(() => undefined);
    }
    if (strikes('report-for-another')) this.#forAnother(report);
    if (strikes('report-forged')) this.#forged(report);
    if (report.result.kind === 'succeeded' && report.result.nonce !== undefined && strikes('vote-forged'))
      this.#forgedVote(report, report.result);
    if (strikes('report-late')) {
      this.#silent.add(nameOf(report));
      await new Promise<void>((resolve) => void process.clock.schedule(LATE_MS, resolve));
    }
    if (strikes('report-twice')) this.#say({ ...report, reportId: process.random.id() });
    await this.#desk.report(report);
    if (strikes('report-twice')) this.#say({ ...report, reportId: process.random.id() });
  }

  onCancel(host: string, listener: (beat: Heartbeat, reason: string) => void): () => void {
    return this.#desk.onCancel(host, listener);
  }

  #knows({ execution, role, step }: Pick<ClaimRequest, 'execution' | 'role' | 'step'>): void {
    const key = `${execution} ${role}`;
    this.#known.set(key, [...(this.#known.get(key) ?? []), step]);
    this.#roles.add(role);
  }

  /** Its own fence and token, another step's name. */
  #forAnother(report: AttemptReport): void {
    const { execution, role, step } = report;
    const others = (this.#known.get(`${execution} ${role}`) ?? []).filter((other) => other !== step);
    for (const other of new Set(others.slice(-2)))
      this.#say({ ...report, reportId: this.#id(), step: other, attempt: 1 });
  }

  /** Before the true report: what is wrong with them is all that they lack. */
  #forged(report: AttemptReport): void {
    const lie: AttemptReport['result'] = {
      kind: 'succeeded',
      output: { forged: true } as Json,
      durationMs: 1,
    };
    this.#say({ ...report, reportId: this.#id(), result: lie, token: 'guessed' });
    this.#say({ ...report, reportId: this.#id(), result: lie, fence: report.fence - 1 });
    this.#say({ ...report, reportId: this.#id(), result: lie, fence: report.fence + 1 });
    this.#say({ ...report, reportId: this.#id(), result: lie, attempt: report.attempt + 1 });
    // Its credentials hold for every role that it offers.
    for (const role of this.#roles)
      if (role !== report.role) this.#say({ ...report, reportId: this.#id(), result: lie, role });
    const { step, attempt, fence } = report;
    this.#usurp(report, 'claim.expired', { step, attempt, fence, reason: 'forged' });
    this.#usurp(report, 'abort.requested', { reason: 'forged' });
  }

  /** With all that it takes, but not the vote that it sealed. */
  #forgedVote(report: AttemptReport, result: AttemptReport['result'] & { readonly kind: 'succeeded' }): void {
    const vote = { choice: 'no', answer: { ok: false }, forged: true };
    this.#say({ ...report, reportId: this.#id(), result: { ...result, vote } });
  }

  /** What only the engine or a person may say, in an agent's name. */
  #usurp({ execution, role }: AttemptReport, type: string, data: Json): void {
    const record = { id: this.#id(), execution, source: `agent.${role}`, type, data } as const;
    this.#desk.append(record).catch(() => undefined);
  }

  #say(report: AttemptReport): void {
    const { host } = this.#options;
    this.#desk.append(recordOf(report, host)).catch(() => undefined);
  }

  #id(): string {
    return this.#options.process.random.id();
  }
}

function nameOf({ execution, step, attempt }: Omit<Heartbeat, 'fence'>): string {
  return `${execution}/${step}/${attempt}`;
}
