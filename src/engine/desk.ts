import { hash } from 'node:crypto';
import type { AgentContext, Claim } from '../../machines/agent-context.ts';
import type { Json } from '../json.ts';
import { type AttemptReport, RECORD_TYPE_OF } from '../ports/agent-request.ts';
import type {
  ClaimAnswer,
  ClaimDesk,
  ClaimRequest,
  Heartbeat,
  HeartbeatAnswer,
  NextAnswer,
  NextGrant,
  NextRequest,
} from '../ports/claim-desk.ts';
import type { LogRecord, NewRecord } from '../ports/event-log.ts';
import type { Offer } from '../ports/work-queue.ts';
import type { Appender } from './appender.ts';
import type { Applied } from './delivery.ts';
import type { Fold } from './fold.ts';
import { type FreedSeat, freedSeat, nextIn } from './freed-seat.ts';
import { Leases } from './leases.ts';
import type { Resident } from './resident.ts';
import type { EngineSurroundings } from './surroundings.ts';
import { buildRequest, type Rendered, renderWork } from './work.ts';

export interface DeskOptions extends EngineSurroundings {
  readonly leaseMs: number;
  /** The token of a claim; the same for the same claim when several owners may have to answer it. Default: random. */
  readonly tokenOf?: ((request: ClaimRequest) => string) | undefined;
  /**
   * A report that names its host was folded, accepted or refused for good, and is durable; so is the claim that it asked for, if
   * one was granted.
   */
  readonly onReport?: ((host: string, reportId: string, next: NextGrant | undefined) => void) | undefined;
  /** Whether steps may be claimed for hosts whose reports ask for it: they could be told of it now. Default: never. */
  readonly mayClaimAhead?: (() => boolean) | undefined;
  /** An attempt of a host of another process is to be stopped. */
  readonly onCancel?: CancelElsewhere | undefined;
  readonly appender: Appender;
  /** The state of an execution that this process drives and has in memory. */
  readonly foldOf: (execution: string) => Fold | undefined;
  /** Whether the execution is known to have ended, and so to have nothing to claim. Default: nothing is known of any. */
  readonly isEnded?: ((execution: string) => boolean) | undefined;
  /** Whether the execution is parked: nothing of it is claimed, and nothing offered. Default: none is. */
  readonly isParked?: ((execution: string) => boolean) | undefined;
  /** Hosts of this process die with it: a claim that a gone process left behind is void at once. Default true. */
  readonly hostsDieWithOwner?: boolean | undefined;
  /** A claim could not be written: the step is to be offered again. */
  readonly onLost: (execution: string) => void;
}

type CancelElsewhere = (host: string, beat: Heartbeat, reason: string) => void;

type CancelListener = (beat: Heartbeat, reason: string) => void;

/**
 * Where hosts ask for work and report it.
 *
 * 1. A claim is answered from the state after its own record was folded and became durable, and from nothing else (I3).
 * 2. A report is acknowledged when it is in the log, whatever the fold makes of it (I8).
 * 3. A claim made ahead, since a report asked for one, is a claim like any other: its record decides, and its grant is told after that
 *    was folded. Nobody who did not hold the claim before it gets one.
 */
export class Desk implements ClaimDesk {
  readonly #options: DeskOptions;
  readonly #leases: Leases;
  readonly #claims = new Map<string, ClaimInFlight>();
  readonly #cancelListeners = new Map<string, CancelListener>();

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#leases = new Leases(options.clock, options.leaseMs, ({ execution, step, attempt, fence }) => {
      const reason = 'The host sent no heartbeat in time.';
      options.appender.append(execution, 'claim.expired', { step, attempt, fence, reason });
    });
  }

  claim(request: ClaimRequest): Promise<ClaimAnswer> {
    const asked = this.#claims.get(request.claimId);
    if (asked !== undefined) return asked.answer;
    const known = this.#answerFromState(request);
    if (known !== undefined) return known;
    const { random, tokenOf } = this.#options;
    const token = tokenOf?.(request) ?? random.token();
    return this.#write(request, { token, tokenDigest: hash('sha256', token) });
  }

  /** The seat that a report frees, to be asked before it is folded. */
  seatOf(record: LogRecord, fold: Fold): FreedSeat | undefined {
    const { mayClaimAhead } = this.#options;
    if (mayClaimAhead === undefined) return undefined;
    const seat = freedSeat(record, fold);
    if (seat === undefined || this.#claims.has(seat.claimId)) return undefined;
    seat.isOpen = mayClaimAhead();
    return seat;
  }

  /** Claims what would be offered, for the host of a seat that is free for it; false when it is not. */
  claimAhead(seat: FreedSeat, { execution, step, attempt, role }: Offer): boolean {
    if (!seat.isOpen || seat.grant !== undefined || seat.role !== role) return false;
    const { claimId, host, tokenDigest } = seat;
    const request = { execution, step, attempt, role, claimId, host };
    seat.grant = this.#write(request, { token: OF_THE_HOST, tokenDigest }).then((answer) =>
      answer.kind === 'granted' ? nextGrant(request, answer) : undefined,
    );
    return true;
  }

  /** A host asks again for the claim that its report asked for. Undefined: the report is not folded yet. */
  async answerNext(request: NextRequest): Promise<NextAnswer | undefined> {
    const { execution, after } = request;
    const { foldOf, isEnded, isParked } = this.#options;
    const fold = foldOf(execution);
    if (fold === undefined) {
      const isAtRest = isEnded?.(execution) === true || isParked?.(execution) === true;
      return isAtRest ? NOTHING_NEXT : undefined;
    }
    const granted = await this.#nextOf(request, fold);
    if (granted !== undefined) return granted;
    const claim = fold.world.steps.get(after.step)?.getSnapshot().context.claim as Claim | undefined;
    return fold.world.position < after.fence || claim?.fence === after.fence ? undefined : NOTHING_NEXT;
  }

  #write(request: ClaimRequest, token: Token): Promise<ClaimAnswer> {
    const { store, appender, onLost } = this.#options;
    const { tokenDigest } = token;
    const leaseMs = this.#leaseMsOf(request);
    const { promise: answer, resolve } = Promise.withResolvers<ClaimAnswer>();
    this.#claims.set(request.claimId, { request, token, answer, resolve });
    const { execution, step, attempt, claimId, host, role } = request;
    const data = { step, attempt, claimId, host, role, tokenDigest, leaseMs };
    store.log.append(appender.create(execution, 'engine', 'step.claimed', data)).catch((error: unknown) => {
      this.#claims.delete(claimId);
      resolve({ kind: 'refused', reason: `The claim could not be written: ${String(error)}` });
      onLost(execution);
    });
    return answer;
  }

  /** @param host who beats, where that is known from credentials: it keeps only its own claims alive */
  async heartbeat(beats: readonly Heartbeat[], host?: string): Promise<readonly HeartbeatAnswer[]> {
    return beats.map((beat) => this.#answerBeat(beat, host));
  }

  async report(report: AttemptReport): Promise<void> {
    await this.#options.store.log.append(reportRecord(report));
  }

  onCancel(host: string, listener: CancelListener): () => void {
    this.#cancelListeners.set(host, listener);
    return () => this.#cancelListeners.delete(host);
  }

  /** Tells the host to stop; one that is not here learns it from its next heartbeat. */
  cancel(host: string, beat: Heartbeat, reason: string): void {
    const here = this.#cancelListeners.get(host);
    if (here !== undefined) here(beat, reason);
    else this.#options.onCancel?.(host, beat, reason);
  }

  /** Claims of hosts inside a process that is gone went with it; all others that a state holds get one fresh lease. */
  recoverClaims(fold: Fold): void {
    const { execution } = fold.world;
    const { hostsDieWithOwner, appender } = this.#options;
    for (const { host, step, attempt, fence, leaseMs } of fold.claims()) {
      if (hostsDieWithOwner === false || this.#cancelListeners.has(host)) {
        this.#leases.grant({ execution, step, attempt, fence, leaseMs });
        continue;
      }
      const reason = 'The process that ran the agent is gone.';
      appender.append(execution, 'claim.expired', { step, attempt, fence, reason });
    }
  }

  /**
   * Hears a folded record about a claim; what it returns is to be done once the record is durable.
   * @param seat that the record frees
   */
  hear(
    resident: Resident,
    fold: Fold,
    record: LogRecord,
    applied: Applied,
    seat?: FreedSeat,
  ): (() => void) | undefined {
    switch (record.type) {
      case 'step.claimed': {
        const { claimId, step, attempt, leaseMs } = record.data as unknown as ClaimRequest & Lasting;
        const { execution, position: fence } = record;
        if (applied.accepted) this.#leases.grant({ execution, step, attempt, fence, leaseMs });
        const claim = this.#claims.get(claimId);
        if (claim !== undefined) return () => this.#answer(claim, resident, fold, applied);
        // Another owner's, which answers it.
        if (applied.accepted) resident.offered.delete(`${execution}/${step}/${attempt}`);
        return undefined;
      }
      case 'step.succeeded':
      case 'step.failed':
      case 'step.asked':
      case 'claim.released':
        if (applied.accepted) this.#leases.drop((record.data as unknown as AttemptReport).fence);
        // Another owner may be at work, and claim for it: what it says counts, and the host asks who may answer.
        if (applied.accepted && seat?.isOpen === false) return undefined;
        return this.#confirmation(record, () =>
          applied.accepted ? seat?.grant : this.#nextOfRepeated(record, fold),
        );
      case 'ballot.sealed':
        return this.#confirmation(record);
      case 'claim.expired':
        // Another owner may have seen it first.
        if (applied.accepted) this.#leases.drop((record.data as unknown as AttemptReport).fence);
        return undefined;
      default:
        return undefined;
    }
  }

  /**
   * A claim or a report for an execution that is not driven here, since it has ended or moved on; nobody else answers whoever
   * sent it.
   */
  pass(record: LogRecord): (() => void) | undefined {
    if (record.type !== 'step.claimed') return this.#confirmation(record);
    const { claimId } = record.data as unknown as ClaimRequest;
    const claim = this.#claims.get(claimId);
    if (claim === undefined) return undefined;
    this.#claims.delete(claimId);
    return () => claim.resolve({ kind: 'refused', reason: 'The execution is not driven here.' });
  }

  stop(): void {
    this.#leases.stop();
  }

  /** Answers what the state has decided already: a claim asked for again, and one that comes too late. */
  #answerFromState(request: ClaimRequest): Promise<ClaimAnswer> | undefined {
    const { foldOf, isEnded } = this.#options;
    if (isEnded?.(request.execution) === true) {
      return Promise.resolve({ kind: 'refused', reason: 'The execution has ended.' });
    }
    const fold = foldOf(request.execution);
    const snapshot = fold?.world.steps.get(request.step)?.getSnapshot();
    if (fold === undefined || snapshot?.context.role === undefined) return undefined;
    const { claim, attempt } = snapshot.context as AgentContext;
    if (isHeldBy(snapshot, request)) {
      const token = this.#options.tokenOf?.(request);
      const made = token === undefined ? undefined : { token, tokenDigest: hash('sha256', token) };
      return Promise.resolve(this.#grant(request, made, fold, undefined));
    }
    const isLate = attempt > request.attempt || (attempt === request.attempt && claim !== undefined);
    return isLate ? Promise.resolve({ kind: 'refused', reason: 'stale' }) : undefined;
  }

  /**
   * From the state alone, not from what became of the one record: the execution may have ended in the very commit that took it, and
   * another owner may have written the same claim first.
   */
  #answer(claim: ClaimInFlight, resident: Resident, fold: Fold, applied: Applied): void {
    const { request, token, resolve } = claim;
    this.#claims.delete(request.claimId);
    const { execution, step, attempt } = request;
    const offerId = `${execution}/${step}/${attempt}`;
    const offered = resident.offered.get(offerId);
    if (applied.accepted) resident.offered.delete(offerId);
    if (isHeldBy(fold.world.steps.get(step)?.getSnapshot(), request)) {
      const grant = this.#grant(request, token, fold, offered?.rendered);
      if (grant instanceof Promise) void grant.then(resolve);
      else resolve(grant);
      return;
    }
    resolve({ kind: 'refused', reason: applied.accepted ? 'The claim did not last.' : applied.reason });
  }

  #grant(
    request: ClaimRequest,
    made: Token | undefined,
    fold: Fold,
    rendered: Rendered | undefined,
  ): ClaimAnswer | Promise<ClaimAnswer> {
    const { step } = request;
    const claim: Claim | undefined = fold.world.steps.get(step)?.getSnapshot().context.claim;
    if (claim === undefined || made?.tokenDigest !== claim.tokenDigest) {
      return { kind: 'refused', reason: 'The claim was made with another token.' };
    }
    const { fence, leaseMs } = claim;
    const { token } = made;
    const grant = (work: Rendered): ClaimAnswer => ({
      kind: 'granted',
      fence,
      leaseMs,
      token,
      request: buildRequest(fold, step, work, this.#options.tracing),
    });
    const work = rendered ?? renderWork(fold, step, this.#options.store.artifacts);
    if (!(work instanceof Promise)) return grant(work);
    const refuse = (error: unknown): ClaimAnswer => ({ kind: 'refused', reason: String(error) });
    return work.then(
      (ready) =>
        isHeldBy(fold.world.steps.get(step)?.getSnapshot(), request)
          ? grant(ready)
          : { kind: 'refused', reason: 'The claim did not last.' },
      refuse,
    );
  }

  /** The agent's file may say how long its host may be silent. */
  #leaseMsOf({ execution, role }: ClaimRequest): number {
    const agent = this.#options.foldOf(execution)?.pinned.agentsByRole.get(role) as Bounded | undefined;
    return agent?.liveness?.host ?? this.#options.leaseMs;
  }

  /** The claim as it stands, or will when it is folded. */
  async #nextOf(
    { execution, role, host, claimId, tokenDigest }: Omit<NextRequest, 'after'>,
    fold: Fold,
  ): Promise<NextGrant | undefined> {
    const asked = this.#claims.get(claimId);
    const held = asked?.request ?? fold.claims().find((claim) => claim.claimId === claimId);
    if (held === undefined || held.host !== host) return undefined;
    const request = { execution, step: held.step, attempt: held.attempt, role, claimId, host };
    const answer = await (asked?.answer ??
      this.#grant(request, { token: OF_THE_HOST, tokenDigest }, fold, undefined));
    return answer.kind === 'granted' ? nextGrant(request, answer) : undefined;
  }

  /** The report came before, and what it was answered may have been lost. */
  #nextOfRepeated(record: LogRecord, fold: Fold): Promise<NextGrant | undefined> | undefined {
    const next = nextIn(record);
    if (next === undefined) return undefined;
    const { execution, source, data } = record;
    const { host } = data as { readonly host: string };
    return this.#nextOf({ ...next, execution, role: source.slice('agent.'.length), host }, fold);
  }

  #confirmation(
    { id, data }: LogRecord,
    next: () => FreedSeat['grant'] = () => undefined,
  ): (() => void) | undefined {
    const { onReport } = this.#options;
    if (onReport === undefined) return undefined;
    const { host } = data as { readonly host?: unknown };
    if (typeof host !== 'string') return undefined;
    return () => {
      const granted = next();
      if (granted === undefined) onReport(host, id, undefined);
      else void granted.then((grant) => onReport(host, id, grant));
    };
  }

  #answerBeat({ execution, step, fence }: Heartbeat, host: string | undefined): HeartbeatAnswer {
    const fold = this.#options.foldOf(execution);
    if (fold === undefined) return 'unknown';
    const snapshot = fold.world.steps.get(step)?.getSnapshot();
    const claim = snapshot?.context.claim as Claim | undefined;
    if (claim?.fence !== fence) return fold.world.position >= fence ? 'cancel' : 'unknown';
    if (host !== undefined && claim.host !== host) return 'cancel';
    this.#leases.refresh(fence);
    if (snapshot?.value === 'revealing') return 'reveal';
    return snapshot?.value === 'draining' ? 'cancel' : 'ok';
  }
}

const NOTHING_NEXT: NextAnswer = { kind: 'refused', reason: 'Nothing was claimed with the report.' };

/** The host made it, and nobody else has it. */
const OF_THE_HOST = '';

function nextGrant(
  { execution, role, step, attempt, claimId }: ClaimRequest,
  { fence, leaseMs, request }: Extract<ClaimAnswer, { kind: 'granted' }>,
): NextGrant {
  return { kind: 'granted', execution, role, step, attempt, claimId, fence, leaseMs, request };
}

/** What of the record `step.claimed` its request does not have. */
interface Lasting {
  readonly leaseMs: number;
}

/** What an agent's file may say about its claims. */
interface Bounded {
  readonly liveness?: { readonly host?: number | undefined } | undefined;
}

/**
 * Whether the claim that stands is this one. One that was cancelled before it could be answered stands until its holder says that
 * nothing of it runs: refused, the host would say nothing, and the lease would have to run out.
 */
function isHeldBy(
  snapshot: { readonly value: string; readonly context: AgentContext } | undefined,
  { claimId, host, attempt }: ClaimRequest,
): boolean {
  const claim = snapshot?.context.claim;
  return (
    (snapshot?.value === 'claimed' || snapshot?.value === 'draining') &&
    claim?.claimId === claimId &&
    claim.host === host &&
    snapshot.context.attempt === attempt
  );
}

interface Token {
  readonly token: string;
  readonly tokenDigest: string;
}

interface ClaimInFlight {
  readonly request: ClaimRequest;
  readonly token: Token;
  readonly answer: Promise<ClaimAnswer>;
  readonly resolve: (answer: ClaimAnswer) => void;
}

function reportRecord({
  reportId,
  execution,
  role,
  step,
  attempt,
  fence,
  token,
  host,
  result,
  logs,
}: AttemptReport): NewRecord {
  const { kind, ...said } = result;
  const from = host === undefined ? {} : { host };
  const data = { step, attempt, fence, token, ...from, ...said, ...(logs === undefined ? {} : { logs }) };
  return {
    id: reportId,
    execution,
    source: `agent.${role}`,
    type: RECORD_TYPE_OF[kind],
    data: data as unknown as Json,
  };
}
