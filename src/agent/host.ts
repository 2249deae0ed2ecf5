import { hash } from 'node:crypto';
import { hostname } from 'node:os';
import process from 'node:process';
import { agentOfferedTwice } from '../errors.ts';
import type { AgentDirectory } from '../ports/agent-directory.ts';
import type { AttemptReport, NextClaim } from '../ports/agent-request.ts';
import { type ClaimAnswer, type ClaimRequest, type Heartbeat, REVEAL } from '../ports/claim-desk.ts';
import type { Offer } from '../ports/work-queue.ts';
import { askToClaim } from './ask-to-claim.ts';
import { Attempt, type AttemptSurroundings, type Grant } from './attempt.ts';
import { BeatWatch } from './beat-watch.ts';
import {
  type AgentHostOptions,
  CANCEL_GRACE_MS,
  OUTPUT_LIMIT_BYTES,
  type StopOptions,
} from './host-options.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { silentLogger } from './logger.ts';
import { type OfferedAgent, toOfferedAgent } from './offered-agent.ts';
import { PendingWork } from './pending-work.ts';
import { Presence, type PresentWork } from './presence.ts';
import { ReportDelivery } from './report-delivery.ts';
import { Seats } from './seats.ts';

export type { AgentHostOptions, StopOptions } from './host-options.ts';

/** After work has ended, how long `stop` waits for its reports to get through. */
const REPORT_GRACE_MS = 5000;

/** Of a host's attempts, those at work the longest are told one by one; `busy` counts all. A message has to hold them. */
const MOST_ATTEMPTS_TOLD = 500;

/**
 * Offers agents: takes offers while a role has room, claims them, runs the agent, reports.
 *
 * 1. The claim is sent in the turn in which the offer came (an embedded engine puts it into the open commit).
 * 2. Every grant ends in one report, repeated until it is accepted (I8); `released` when the work was stopped.
 * 3. Work stops before its lease may be given to somebody else (see LeaseKeeper).
 */
export class AgentHost implements AsyncDisposable {
  readonly id: string;
  readonly #options: AgentHostOptions;
  readonly #agents: readonly OfferedAgent[];
  readonly #seats: Seats;
  readonly #leases: LeaseKeeper;
  readonly #reports: ReportDelivery;
  readonly #presence: Presence | undefined;
  readonly #surroundings: AttemptSurroundings;
  /** What was received and is not over yet: claims, work, reports on their way. */
  readonly #pending = new PendingWork();
  /** The attempts at work, by offer id. */
  readonly #working = new Map<string, Attempt>();
  /** Fences of cancels that overtook their grants; empty while no claim is under way. */
  readonly #cancelledEarly = new Set<number>();
  #claimsUnderWay = 0;
  #started = false;
  #stopCancels: (() => void) | undefined;
  #stopping: Promise<void> | undefined;

  /** Throws AGENT_OFFERED_TWICE. */
  constructor(options: AgentHostOptions) {
    const {
      host,
      clock,
      random,
      desk,
      artifacts,
      logger = silentLogger,
      onProgress,
      dataId = host,
      tracing,
    } = options;
    this.id = host;
    this.#options = options;
    this.#agents = offeredAgents(options);
    this.#leases = new LeaseKeeper({ clock, desk });
    this.#reports = new ReportDelivery({ clock, desk, logger });
    const watch = new BeatWatch(
      clock,
      this.#agents.map(({ liveness }) => liveness),
    );
    this.#surroundings = { artifacts, clock, random, logger, dataId, onProgress, watch, host, tracing };
    this.#seats = new Seats(this.#agents, options.queue, (agent, offer) => this.#receive(agent, offer));
    this.#presence = options.directory && this.#createPresence(options.directory);
  }

  /** The roles that this host offers. */
  get roles(): readonly string[] {
    return this.#agents.map(({ name }) => name);
  }

  /** The attempts at work, `<execution>/<step>/<attempt>` each. */
  get working(): readonly string[] {
    return [...this.#working.keys()];
  }

  /** Begins to take offers. Does nothing the second time, or after `stop`. */
  start(): void {
    if (this.#started || this.#stopping !== undefined) return;
    this.#started = true;
    this.#stopCancels = this.#options.desk.onCancel(this.id, (beat, reason) => this.#cancel(beat, reason));
    this.#seats.open();
    this.#presence?.start();
  }

  /**
   * Takes no more offers, ends or drains the work at hand, and resolves when nothing of it is left. A second call without
   * `drain` stops what the first one drains.
   */
  stop({ drain = false, graceMs = Number.POSITIVE_INFINITY }: StopOptions = {}): Promise<void> {
    this.#stopping ??= this.#stop(drain ? graceMs : 0);
    if (!drain) this.#stopWork();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(drainMs: number): Promise<void> {
    const { clock } = this.#surroundings;
    this.#seats.close();
    await this.#pending.untilDone(drainMs, clock);
    this.#stopWork();
    const endMs = Math.max(0, ...this.#agents.map(({ runner }) => runner.abandonAfterMs));
    await this.#pending.untilDone(endMs + REPORT_GRACE_MS, clock);
    this.#reports.giveUp();
    this.#leases.stop();
    this.#surroundings.watch.stop();
    this.#stopCancels?.();
    await Promise.all([this.#presence?.stop(), ...this.#agents.map(({ runner }) => runner.close?.())]);
  }

  #stopWork(): void {
    for (const attempt of this.#working.values()) attempt.stop('host-stopping');
  }

  #receive(agent: OfferedAgent, offer: Offer): void {
    // Handed over again while at work: the same attempt, which needs no second claim.
    if (!this.#working.has(offer.id)) void this.#perform(agent, offer);
  }

  /** The way of an offer: claim, work, report. Never rejects. */
  async #perform(agent: OfferedAgent, offer: Offer): Promise<void> {
    this.#pending.begin();
    this.#seats.take(agent.name);
    const attempt = await this.#claim(agent, offer);
    if (attempt === undefined) this.#seats.leave(agent.name);
    else await this.#seeThrough(agent, attempt);
    this.#pending.end();
  }

  async #seeThrough(agent: OfferedAgent, attempt: Attempt): Promise<void> {
    const report = this.#isWanted(attempt) ? await this.#work(attempt) : attempt.release();
    const next = this.#nextFor(agent, report);
    // The report goes first, so that it and the next claim can share a commit.
    const delivered = this.#reports.deliver(next === undefined ? report : next.report);
    if (next === undefined) this.#seats.leave(agent.name);
    else void this.#goOn(agent, next);
    await delivered;
    if (report.result.kind === 'sealed') await this.#keepVote(attempt);
    this.#leases.remove(attempt);
  }

  /**
   * A seat that becomes free may stay with the execution, if that has something for the role; unless others wait for a host, who
   * came first.
   */
  #nextFor(agent: OfferedAgent, report: AttemptReport): NextStep | undefined {
    const { desk } = this.#options;
    if (desk.next === undefined || report.result.kind !== 'succeeded' || this.#stopping !== undefined)
      return undefined;
    if (!this.#seats.isQueueEmpty(agent.name)) return undefined;
    const { clock, random } = this.#surroundings;
    const token = random.token();
    const asked = { claimId: random.id(), tokenDigest: hash('sha256', token) };
    return { report: { ...report, next: asked }, token, claimedAt: clock.monotonic() };
  }

  /** On the seat of the attempt that was reported; leaves it when there is nothing to go on with. Never rejects. */
  async #goOn(agent: OfferedAgent, { report, token, claimedAt }: NextStep): Promise<void> {
    this.#pending.begin();
    const { desk } = this.#options;
    const { execution, step, role, next } = report;
    const answer = await this.#asked(() => desk.next?.(report) ?? NOTHING, { execution, after: step, role });
    if (answer.kind === 'refused') {
      this.#seats.leave(agent.name);
    } else {
      const claim = { ...answer, claimId: next.claimId, host: this.id };
      await this.#seeThrough(agent, this.#granted(agent, claim, { ...answer, token }, claimedAt));
    }
    this.#pending.end();
  }

  /** Undefined when the claim was refused. */
  async #claim(agent: OfferedAgent, { execution, step, attempt, role }: Offer): Promise<Attempt | undefined> {
    const { clock, random } = this.#surroundings;
    const claimedAt = clock.monotonic();
    const claim = { execution, step, attempt, role, claimId: random.id(), host: this.id };
    const answer = await this.#asked(() => this.#options.desk.claim(claim), claim);
    return answer.kind === 'refused' ? undefined : this.#granted(agent, claim, answer, claimedAt);
  }

  async #asked<Answer>(ask: () => Promise<Answer>, about: object): Promise<Answer | Refused> {
    this.#claimsUnderWay += 1;
    const answer = await askToClaim(ask, about, this.#surroundings, () => this.#stopping !== undefined);
    this.#claimsUnderWay -= 1;
    return answer;
  }

  #granted(agent: OfferedAgent, claim: ClaimRequest, grant: Grant, claimedAt: number): Attempt {
    const attempt = new Attempt({ claim, grant, claimedAt, agent, surroundings: this.#surroundings });
    this.#leases.add(attempt);
    return attempt;
  }

  #isWanted(attempt: Attempt): boolean {
    const isCancelled = this.#cancelledEarly.delete(attempt.fence);
    if (this.#claimsUnderWay === 0) this.#cancelledEarly.clear();
    return this.#stopping === undefined && !isCancelled && this.#leases.isUsable(attempt);
  }

  async #work(attempt: Attempt): Promise<AttemptReport> {
    const id = workOf(attempt);
    this.#working.set(id, attempt);
    const report = await attempt.work();
    if (report.result.kind !== 'sealed') this.#working.delete(id);
    return report;
  }

  /** A sealed vote keeps its claim, but no seat, until the poll asks for it. */
  async #keepVote(attempt: Attempt): Promise<void> {
    const report = await attempt.openedVote();
    this.#working.delete(workOf(attempt));
    await this.#reports.deliver(report);
  }

  #cancel({ execution, step, attempt: number, fence }: Heartbeat, reason: string): void {
    const attempt = this.#working.get(`${execution}/${step}/${number}`);
    if (reason === REVEAL) {
      if (attempt?.fence === fence) attempt.reveal();
    } else if (attempt?.fence === fence) attempt.stop('cancelled');
    else if (this.#claimsUnderWay > 0) this.#cancelledEarly.add(fence);
  }

  #createPresence(directory: AgentDirectory): Presence {
    const { host, processId = host, clock } = this.#options;
    const { logger } = this.#surroundings;
    const about = {
      host,
      process: processId,
      pid: process.pid,
      hostname: hostname(),
      startedAt: clock.now(),
    };
    return new Presence({ directory, clock, logger, about, work: () => this.#presentWork() });
  }

  #presentWork(): PresentWork {
    const longest = [...this.#working.values()].slice(0, MOST_ATTEMPTS_TOLD);
    return { roles: this.#seats.presence(), attempts: longest.map((attempt) => attempt.presence()) };
  }
}

function workOf({ execution, step, attempt }: Attempt): string {
  return `${execution}/${step}/${attempt}`;
}

/** What a report asks to go on with. */
interface NextStep {
  readonly report: AttemptReport & { readonly next: NextClaim };
  readonly token: string;
  /** On the monotonic clock. */
  readonly claimedAt: number;
}

type Refused = Extract<ClaimAnswer, { kind: 'refused' }>;

const NOTHING = Promise.resolve<Refused>({
  kind: 'refused',
  reason: 'This desk knows of nothing to go on with.',
});

function offeredAgents({ agents, ...options }: AgentHostOptions): OfferedAgent[] {
  const offered = new Map<string, OfferedAgent>();
  for (const agent of agents) {
    const found = toOfferedAgent(agent, {
      environment: options.environment ?? process.env,
      cancelGraceMs: options.cancelGraceMs ?? CANCEL_GRACE_MS,
      outputLimitBytes: options.outputLimitBytes ?? OUTPUT_LIMIT_BYTES,
      processGroups: options.processGroups,
    });
    if (found === undefined) continue;
    if (offered.has(found.name)) throw agentOfferedTwice(found.name);
    offered.set(found.name, found);
  }
  return [...offered.values()];
}
