import { hostname } from 'node:os';
import process from 'node:process';
import { agentOfferedTwice } from '../errors.ts';
import type { AgentDirectory } from '../ports/agent-directory.ts';
import type { AttemptReport } from '../ports/agent-request.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';
import type { ClaimAnswer, ClaimDesk, ClaimRequest, Heartbeat } from '../ports/claim-desk.ts';
import type { Clock } from '../ports/clock.ts';
import type { ProcessGroups } from '../ports/process-groups.ts';
import type { Random } from '../ports/random.ts';
import type { Offer, WorkQueue } from '../ports/work-queue.ts';
import { type AgentProgress, Attempt, type AttemptSurroundings } from './attempt.ts';
import type { FunctionAgent } from './define.ts';
import type { AgentDefinition } from './definition.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { type AgentLogger, silentLogger } from './logger.ts';
import { type OfferedAgent, toOfferedAgent } from './offered-agent.ts';
import { Presence } from './presence.ts';
import { ReportDelivery } from './report-delivery.ts';
import { Seats } from './seats.ts';

export interface AgentHostOptions {
  /** Id of this host, `[A-Za-z0-9_-]{1,64}`. */
  readonly host: string;
  /** Those that no program performs (`human`, no runner) are left out. */
  readonly agents: readonly (FunctionAgent | AgentDefinition)[];
  readonly queue: WorkQueue;
  readonly desk: ClaimDesk;
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
  readonly random: Random;
  /** Where the process groups of commands are written down, for whoever has to clean up after this process. */
  readonly processGroups?: ProcessGroups | undefined;
  /** Where the host says what it offers. */
  readonly directory?: AgentDirectory | undefined;
  /** Default: silent. */
  readonly logger?: AgentLogger | undefined;
  /** Id of the process in the directory. Default: `host`. */
  readonly processId?: string | undefined;
  /** Tells this installation's processes from others' in their environment. Default: `host`. */
  readonly dataId?: string | undefined;
  /** Where the variables that agents ask for come from. Default: `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** From asking an attempt to end to making it end. Default 2,000. */
  readonly cancelGraceMs?: number | undefined;
  /** The most that is read of one answer of a program. Default 64 MiB. */
  readonly outputLimitBytes?: number | undefined;
  /** Called with what agents say while they work. */
  readonly onProgress?: ((progress: AgentProgress) => void) | undefined;
}

export interface StopOptions {
  /** Let the work at hand end first. Default false: it is stopped and given back. */
  readonly drain?: boolean | undefined;
  /** How long to drain before the rest is stopped. Default: as long as it takes. */
  readonly graceMs?: number | undefined;
}

const CANCEL_GRACE_MS = 2000;
const OUTPUT_LIMIT_BYTES = 64 * 1024 * 1024;

/** After work has ended, how long `stop` waits for its reports to get through. */
const REPORT_GRACE_MS = 5000;

/** Tries to claim, while the answer may have been lost; an attempt that is not taken is offered again by its owner. */
const CLAIM_TRIES = 3;
const CLAIM_RETRY_MS = 100;

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
  readonly #pending = new Set<Promise<void>>();
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
    } = options;
    this.id = host;
    this.#options = options;
    this.#agents = offeredAgents(options);
    this.#leases = new LeaseKeeper({ clock, desk });
    this.#reports = new ReportDelivery({ clock, desk, logger });
    this.#surroundings = { artifacts, clock, random, logger, dataId, onProgress };
    this.#seats = new Seats(this.#agents, options.queue, (agent, offer) => this.#receive(agent, offer));
    this.#presence = options.directory && this.#createPresence(options.directory);
  }

  /** The roles that this host offers. */
  get roles(): readonly string[] {
    return this.#agents.map(({ name }) => name);
  }

  /** Begins to take offers. Does nothing the second time, or after `stop`. */
  start(): void {
    if (this.#started || this.#stopping !== undefined) return;
    this.#started = true;
    this.#stopCancels = this.#options.desk.onCancel(this.id, (beat) => this.#cancel(beat));
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
    this.#seats.close();
    await this.#untilIdle(drainMs);
    this.#stopWork();
    await this.#untilIdle(
      Math.max(0, ...this.#agents.map(({ runner }) => runner.abandonAfterMs)) + REPORT_GRACE_MS,
    );
    this.#reports.giveUp();
    this.#leases.stop();
    this.#stopCancels?.();
    await Promise.all([this.#presence?.stop(), ...this.#agents.map(({ runner }) => runner.close?.())]);
  }

  #stopWork(): void {
    for (const attempt of this.#working.values()) attempt.stop('host-stopping');
  }

  #receive(agent: OfferedAgent, offer: Offer): void {
    // Handed over again while at work: the same attempt, which needs no second claim.
    if (this.#working.has(offer.id)) return;
    this.#seats.take(agent.name);
    const pending = this.#perform(agent, offer).finally(() => this.#pending.delete(pending));
    this.#pending.add(pending);
  }

  /** The way of an offer: claim, work, report. */
  async #perform(agent: OfferedAgent, offer: Offer): Promise<void> {
    const { clock, random } = this.#surroundings;
    const { execution, step, role } = offer;
    const claimedAt = clock.monotonic();
    const claim = { execution, step, attempt: offer.attempt, role, claimId: random.id(), host: this.id };
    this.#claimsUnderWay += 1;
    const grant = await this.#claim(claim);
    this.#claimsUnderWay -= 1;
    if (grant.kind === 'refused') return this.#seats.leave(role);

    const attempt = new Attempt({ claim, grant, claimedAt, agent, surroundings: this.#surroundings });
    this.#leases.add(attempt);
    const report = this.#isWanted(attempt) ? await this.#work(offer.id, attempt) : attempt.release();
    const delivered = this.#reports.deliver(report);
    // The report goes first, so that it and the next claim can share a commit.
    this.#seats.leave(role);
    await delivered;
    this.#leases.remove(attempt);
  }

  #isWanted(attempt: Attempt): boolean {
    return (
      this.#stopping === undefined &&
      !this.#cancelledEarly.delete(attempt.fence) &&
      this.#leases.isUsable(attempt)
    );
  }

  async #work(offerId: string, attempt: Attempt): Promise<AttemptReport> {
    this.#working.set(offerId, attempt);
    const report = await attempt.work();
    this.#working.delete(offerId);
    return report;
  }

  /** A claim whose answer was lost is asked for again: the same id gets the same answer. */
  async #claim(claim: ClaimRequest): Promise<ClaimAnswer> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#options.desk.claim(claim);
      } catch (error) {
        const { logger, clock } = this.#surroundings;
        logger.warn({ ...claim, error: String(error) }, 'a claim was not answered');
        if (attempt === CLAIM_TRIES) return { kind: 'refused', reason: 'not answered' };
        await new Promise<void>((resolve) => void clock.schedule(CLAIM_RETRY_MS * attempt, resolve));
      }
    }
  }

  #cancel({ execution, step, attempt: number, fence }: Heartbeat): void {
    const attempt = this.#working.get(`${execution}/${step}/${number}`);
    if (attempt?.fence === fence) attempt.stop('cancelled');
    else if (this.#claimsUnderWay > 0) this.#cancelledEarly.add(fence);
  }

  async #untilIdle(atMostMs: number): Promise<void> {
    if (this.#pending.size === 0 || atMostMs === 0) return;
    const idle = Promise.all(this.#pending).then(() => undefined);
    if (atMostMs === Number.POSITIVE_INFINITY) return idle;
    let cancelTimer: (() => void) | undefined;
    const timeUp = new Promise<void>((resolve) => {
      cancelTimer = this.#surroundings.clock.schedule(atMostMs, resolve);
    });
    await Promise.race([idle, timeUp]);
    cancelTimer?.();
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
    return new Presence({ directory, clock, logger, about, roles: () => this.#seats.presence() });
  }
}

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
