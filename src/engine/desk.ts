import { hash } from 'node:crypto';
import type { RecordType } from '../../machines/records.ts';
import type { Json } from '../json.ts';
import type { AttemptReport, AttemptResult } from '../ports/agent-request.ts';
import type {
  ClaimAnswer,
  ClaimDesk,
  ClaimRequest,
  Heartbeat,
  HeartbeatAnswer,
} from '../ports/claim-desk.ts';
import type { LogRecord, NewRecord } from '../ports/event-log.ts';
import type { Appender } from './appender.ts';
import type { Applied } from './delivery.ts';
import type { Fold, LiveClaim } from './fold.ts';
import { Leases } from './leases.ts';
import type { Resident } from './resident.ts';
import type { EngineSurroundings } from './surroundings.ts';
import { buildRequest } from './work.ts';

export interface DeskOptions extends EngineSurroundings {
  readonly leaseMs: number;
  readonly appender: Appender;
  /** The state of an execution that this process drives and has in memory. */
  readonly foldOf: (execution: string) => Fold | undefined;
  /** A claim could not be written: the step is to be offered again. */
  readonly onLost: (execution: string) => void;
}

type CancelListener = (beat: Heartbeat, reason: string) => void;

/**
 * Where hosts ask for work and report it.
 *
 * 1. A claim is answered from the state after its own record was folded and became durable, and from nothing else (I3).
 * 2. A report is acknowledged when it is in the log, whatever the fold makes of it (I8).
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
    const { store, random, appender, leaseMs, onLost } = this.#options;
    const token = random.token();
    const { promise: answer, resolve } = Promise.withResolvers<ClaimAnswer>();
    this.#claims.set(request.claimId, { request, token, answer, resolve });
    const { execution, step, attempt, claimId, host, role } = request;
    const data = { step, attempt, claimId, host, role, tokenDigest: hash('sha256', token), leaseMs };
    store.log.append(appender.create(execution, 'engine', 'step.claimed', data)).catch((error: unknown) => {
      this.#claims.delete(claimId);
      resolve({ kind: 'refused', reason: `The claim could not be written: ${String(error)}` });
      onLost(execution);
    });
    return answer;
  }

  async heartbeat(beats: readonly Heartbeat[]): Promise<readonly HeartbeatAnswer[]> {
    return beats.map((beat) => this.#answerBeat(beat));
  }

  async report(report: AttemptReport): Promise<void> {
    await this.#options.store.log.append(reportRecord(report));
  }

  onCancel(host: string, listener: CancelListener): () => void {
    this.#cancelListeners.set(host, listener);
    return () => this.#cancelListeners.delete(host);
  }

  /** Whether the host works in this process. */
  knows(host: string): boolean {
    return this.#cancelListeners.has(host);
  }

  /** Tells the host to stop; one that is not here learns it from its next heartbeat. */
  cancel(host: string, beat: Heartbeat, reason: string): void {
    this.#cancelListeners.get(host)?.(beat, reason);
  }

  /** A claim found in the state gets one fresh lease. */
  renew(execution: string, { step, attempt, fence, leaseMs }: LiveClaim): void {
    this.#leases.grant({ execution, step, attempt, fence, leaseMs });
  }

  /** Hears a folded record about a claim; what it returns is to be done once the record is durable. */
  hear(resident: Resident, fold: Fold, record: LogRecord, applied: Applied): (() => void) | undefined {
    switch (record.type) {
      case 'step.claimed': {
        const { claimId, step, attempt } = record.data as unknown as ClaimRequest;
        const { execution, position: fence } = record;
        if (applied.accepted)
          this.#leases.grant({ execution, step, attempt, fence, leaseMs: this.#options.leaseMs });
        const claim = this.#claims.get(claimId);
        return claim && (() => this.#answer(claim, resident, fold, fence, applied));
      }
      case 'step.succeeded':
      case 'step.failed':
      case 'claim.released':
        if (applied.accepted) this.#leases.drop((record.data as unknown as AttemptReport).fence);
        return undefined;
      default:
        return undefined;
    }
  }

  /** A claim for an execution that is not driven here, since it has ended or moved on; nobody else answers whoever asked. */
  pass(record: LogRecord): (() => void) | undefined {
    const { claimId } = record.data as unknown as ClaimRequest;
    const claim = this.#claims.get(claimId);
    if (claim === undefined) return undefined;
    this.#claims.delete(claimId);
    return () => claim.resolve({ kind: 'refused', reason: 'The execution is not driven here.' });
  }

  stop(): void {
    this.#leases.stop();
  }

  /** The claim may have been cancelled in the very commit that took it: only the state says whether it stands. */
  #answer(claim: ClaimInFlight, resident: Resident, fold: Fold, fence: number, applied: Applied): void {
    const { claimId, execution, step, attempt } = claim.request;
    const { token, resolve } = claim;
    this.#claims.delete(claimId);
    if (!applied.accepted) {
      resolve({ kind: 'refused', reason: applied.reason });
      return;
    }
    const snapshot = fold.world.steps.get(step)?.getSnapshot();
    const offerId = `${execution}/${step}/${attempt}`;
    const rendered = resident.rendered.get(offerId);
    if (snapshot?.context.claim?.claimId !== claimId || rendered === undefined) {
      resolve({ kind: 'refused', reason: 'The claim did not last.' });
      return;
    }
    resident.rendered.delete(offerId);
    const { leaseMs } = this.#options;
    resolve({ kind: 'granted', fence, leaseMs, token, request: buildRequest(fold, step, rendered) });
  }

  #answerBeat({ execution, step, fence }: Heartbeat): HeartbeatAnswer {
    const fold = this.#options.foldOf(execution);
    if (fold === undefined) return 'unknown';
    const snapshot = fold.world.steps.get(step)?.getSnapshot();
    if (snapshot?.context.claim?.fence !== fence) return fold.world.position >= fence ? 'cancel' : 'unknown';
    this.#leases.refresh(fence);
    return snapshot.value === 'draining' ? 'cancel' : 'ok';
  }
}

interface ClaimInFlight {
  readonly request: ClaimRequest;
  readonly token: string;
  readonly answer: Promise<ClaimAnswer>;
  readonly resolve: (answer: ClaimAnswer) => void;
}

const REPORT_TYPES: { readonly [kind in AttemptResult['kind']]: RecordType } = {
  succeeded: 'step.succeeded',
  failed: 'step.failed',
  released: 'claim.released',
};

function reportRecord({
  reportId,
  execution,
  role,
  step,
  attempt,
  fence,
  token,
  result,
  logs,
}: AttemptReport): NewRecord {
  const { kind, ...said } = result;
  const data = { step, attempt, fence, token, ...said, ...(logs === undefined ? {} : { logs }) };
  return {
    id: reportId,
    execution,
    source: `agent.${role}`,
    type: REPORT_TYPES[kind],
    data: data as unknown as Json,
  };
}
