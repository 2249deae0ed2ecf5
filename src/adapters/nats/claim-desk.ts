import { z } from 'zod';
import { natsNotAnswered } from '../../errors.ts';
import type { AgentRequest, AttemptReport } from '../../ports/agent-request.ts';
import type { ArtifactStore } from '../../ports/artifact-store.ts';
import type {
  ClaimAnswer,
  ClaimDesk,
  ClaimRequest,
  Heartbeat,
  HeartbeatAnswer,
  NextAnswer,
} from '../../ports/claim-desk.ts';
import type { NatsLink } from './connection.ts';
import { cancelMessage, claimAnswer, confirmedMessage, heartbeatAnswer, nextAnswer } from './messages.ts';
import { NextClaims } from './next-claims.ts';
import { ReportCourier } from './report-courier.ts';
import { Requests } from './requests.ts';
import { partitionOf } from './subjects.ts';
import { type Hearing, hear, readMessage } from './wire.ts';

export interface ClaimDeskOptions {
  /** The host that asks; its credentials may speak for no other. */
  readonly host: string;
  /** Of the namespace. */
  readonly partitions: number;
  /** Where requests lie that are larger than a message. */
  readonly artifacts: ArtifactStore;
}

type CancelListener = (beat: Heartbeat, reason: string) => void;

/** The desk as a host sees it: requests to whoever owns an execution's partition, and news from there. */
export class NatsClaimDesk implements ClaimDesk, AsyncDisposable {
  readonly #link: NatsLink;
  readonly #host: string;
  readonly #partitions: number;
  readonly #artifacts: ArtifactStore;
  readonly #requests: Requests;
  readonly #reports: ReportCourier;
  readonly #next: NextClaims;
  readonly #news: Hearing;
  readonly #cancelListeners = new Map<string, Set<CancelListener>>();
  /** What was granted here and not reported yet. */
  readonly #grants = new Map<string, Grant>();

  constructor(link: NatsLink, { host, partitions, artifacts }: ClaimDeskOptions) {
    this.#link = link;
    this.#host = host;
    this.#partitions = partitions;
    this.#artifacts = artifacts;
    this.#requests = new Requests(link);
    this.#reports = new ReportCourier(link, this.#requests, host);
    this.#next = new NextClaims({
      clock: link.clock,
      patienceMs: CLAIM_TIMEOUT_MS,
      ask: (report) => this.#askForNext(report),
    });
    const { subjects } = link;
    const confirmed = subjects.host(host, 'confirmed');
    const cancel = subjects.host(host, 'cancel');
    this.#news = hear(link, subjects.hostAll(host), (message) => {
      if (message.subject === confirmed) {
        const { reports = [], next } = readMessage(confirmedMessage, message) ?? {};
        this.#reports.confirm(reports);
        this.#next.told(reports, next);
      } else if (message.subject === cancel) {
        this.#cancel(readMessage(cancelMessage, message));
      }
    });
  }

  /** @throws NATS_NOT_ANSWERED when nobody is there, or nobody answers within a second; asking again is safe */
  async claim({ execution, step, attempt, role, claimId }: ClaimRequest): Promise<ClaimAnswer> {
    const partition = partitionOf(execution, this.#partitions);
    const subject = this.#link.subjects.rpc(partition, role, this.#host, 'claim');
    const content = JSON.stringify({ execution, step, attempt, claimId });
    const about = `the claim of ${execution}/${step}/${attempt}`;
    const message = await this.#requests.ask(subject, content, { about, timeoutMs: CLAIM_TIMEOUT_MS });
    const answer = readMessage(claimAnswer, message);
    if (answer === undefined) throw natsNotAnswered(about, 'what came is no answer to a claim');
    if (answer.kind === 'refused') return answer;
    const { fence, leaseMs, token } = answer;
    const request = await this.#requestOf(answer);
    if (!isRequestFor(request, { execution, step, attempt })) {
      throw natsNotAnswered(about, 'what came is not what an agent gets');
    }
    const grant = { partition, role, report: answer.report, traceparent: request.traceparent };
    this.#grants.set(keyOf({ execution, step, attempt, fence }), grant);
    return { kind: 'granted', fence, leaseMs, token, request };
  }

  /**
   * One request per partition and role. What was not answered in time is `unknown`.
   * @throws NATS_NOT_ANSWERED when nothing was answered at all
   */
  async heartbeat(beats: readonly Heartbeat[]): Promise<readonly HeartbeatAnswer[]> {
    const answers: HeartbeatAnswer[] = beats.map(() => 'unknown');
    const asked = await Promise.allSettled(
      this.#grouped(beats).map(async ({ subject, indexes }) => {
        const group = indexes.map((index) => beats[index] as Heartbeat);
        const content = JSON.stringify({ beats: group.map(onlyBeat) });
        const about = `${group.length} heartbeats`;
        const message = await this.#requests.ask(subject, content, { about, timeoutMs: BEAT_TIMEOUT_MS });
        const said = readMessage(heartbeatAnswer, message)?.answers ?? [];
        for (const [place, index] of indexes.entries()) answers[index] = said[place] ?? 'unknown';
      }),
    );
    const [first] = asked;
    if (first?.status === 'rejected' && asked.every(({ status }) => status === 'rejected'))
      throw first.reason;
    return answers;
  }

  /**
   * Resolves when an owner says that it has folded the report.
   * @throws NATS_NOT_ANSWERED when the log or the owner stays silent; sending it again is safe
   */
  async report(report: AttemptReport): Promise<void> {
    const { execution, role } = report;
    const key = keyOf(report);
    const grant = this.#grants.get(key);
    const partition = partitionOf(execution, this.#partitions);
    await this.#reports.deliver(report, {
      subject: grant?.report ?? this.#link.subjects.log(partition, execution, `agent.${role}`),
      traceparent: grant?.traceparent,
    });
    // A sealed vote is told later, to the same place.
    if (report.result.kind !== 'sealed') this.#grants.delete(key);
    this.#next.forget(report.reportId);
  }

  /** @throws NATS_NOT_ANSWERED when nobody says anything for a second; asking again is safe */
  async next(report: AttemptReport): Promise<NextAnswer> {
    const answer = await this.#next.of(report);
    if (answer.kind === 'refused') return answer;
    const { role, execution: reported } = report;
    const { execution, step, attempt, claimId, fence, leaseMs } = answer;
    const request = await this.#requestOf(answer);
    const isMeant = execution === reported && claimId === report.next?.claimId;
    if (!isMeant || !isRequestFor(request, { execution, step, attempt })) {
      throw natsNotAnswered(aboutNext(report), 'what came is not what an agent gets');
    }
    const partition = partitionOf(execution, this.#partitions);
    const grant = { partition, role, report: answer.report, traceparent: request.traceparent };
    this.#grants.set(keyOf({ execution, step, attempt, fence }), grant);
    return { kind: 'granted', execution, role, claimId, step, attempt, fence, leaseMs, request };
  }

  onCancel(host: string, listener: CancelListener): () => void {
    const listeners = this.#cancelListeners.get(host) ?? new Set();
    this.#cancelListeners.set(host, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** What is still asked for is rejected. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#reports.stop();
    await Promise.all([this.#requests.stop(), this.#news.stop()]);
  }

  async #askForNext(report: AttemptReport): Promise<z.output<typeof nextAnswer>> {
    const { execution, step, attempt, fence, role, next } = report;
    const partition = partitionOf(execution, this.#partitions);
    const subject = this.#link.subjects.rpc(partition, role, this.#host, 'claim');
    const content = JSON.stringify({ execution, ...next, after: { step, attempt, fence } });
    const about = aboutNext(report);
    const message = await this.#requests.ask(subject, content, { about, timeoutMs: CLAIM_TIMEOUT_MS });
    const answer = readMessage(nextAnswer, message);
    if (answer === undefined) throw natsNotAnswered(about, 'what came is no answer to a claim');
    return answer;
  }

  async #requestOf({ request, requestRef }: WithRequest): Promise<unknown> {
    if (requestRef === undefined) return request;
    const bytes = await this.#artifacts.get(requestRef.$artifact);
    return JSON.parse(Buffer.from(bytes).toString());
  }

  #grouped(beats: readonly Heartbeat[]): BeatGroup[] {
    const open = new Map<string, BeatGroup>();
    const groups: BeatGroup[] = [];
    for (const [index, beat] of beats.entries()) {
      const grant = this.#grants.get(keyOf(beat));
      // Without a grant there is no role to ask as; its lease decides.
      if (grant === undefined) continue;
      const subject = this.#link.subjects.rpc(grant.partition, grant.role, this.#host, 'heartbeat');
      let group = open.get(subject);
      if (group === undefined || group.indexes.length === BEATS_AT_ONCE) {
        group = { subject, indexes: [] };
        open.set(subject, group);
        groups.push(group);
      }
      group.indexes.push(index);
    }
    return groups;
  }

  #cancel(cancelled: z.output<typeof cancelMessage> | undefined): void {
    if (cancelled === undefined) return;
    const { reason, ...beat } = cancelled;
    for (const listener of this.#cancelListeners.get(this.#host) ?? []) listener(beat, reason);
  }
}

interface Grant {
  readonly partition: number;
  readonly role: string;
  /** The subject of its report. */
  readonly report: string;
  readonly traceparent: string | undefined;
}

interface BeatGroup {
  readonly subject: string;
  readonly indexes: number[];
}

type WithRequest = Pick<z.output<typeof claimAnswer> & { kind: 'granted' }, 'request' | 'requestRef'>;

function aboutNext({ execution, step, attempt }: AttemptReport): string {
  return `what comes after ${execution}/${step}/${attempt}`;
}

/** `AgentHost` asks again. */
/** An owner answers in milliseconds; one that died with the question is not waited for. */
const CLAIM_TIMEOUT_MS = 1_000;
const BEAT_TIMEOUT_MS = 2_000;

/** A message takes 1024. */
const BEATS_AT_ONCE = 512;

/** A fence is a place in one partition's log, so it needs its attempt beside it. */
function keyOf({ execution, step, attempt, fence }: Heartbeat): string {
  return `${execution}/${step}/${attempt}/${fence}`;
}

function onlyBeat({ execution, step, attempt, fence }: Heartbeat): Heartbeat {
  return { execution, step, attempt, fence };
}

/** What a host relies on; a newer owner may say more. */
const agentRequest = z.object({
  execution: z.string(),
  task: z.object({ name: z.string(), version: z.string() }),
  phase: z.string(),
  step: z.string(),
  attempt: z.number(),
  idempotencyKey: z.string(),
  agent: z.string(),
  instructions: z.string(),
  input: z.record(z.string(), z.unknown()),
  outputs: z.record(z.string(), z.unknown()),
  results: z.record(z.string(), z.unknown()),
  artifacts: z.array(z.unknown()),
  deadline: z.number().optional(),
  compensates: z.looseObject({ step: z.string() }).optional(),
  traceparent: z.string().optional(),
});

function isRequestFor(request: unknown, wanted: Omit<Heartbeat, 'fence'>): request is AgentRequest {
  const read = agentRequest.safeParse(request).data;
  return read?.execution === wanted.execution && read.step === wanted.step && read.attempt === wanted.attempt;
}
