import { natsNotAnswered } from '../../errors.ts';
import type { Json } from '../../json.ts';
import { type AttemptReport, type NextClaim, RECORD_TYPE_OF } from '../../ports/agent-request.ts';
import type {
  ClaimAnswer,
  ClaimDesk,
  ClaimRequest,
  Heartbeat,
  HeartbeatAnswer,
  NextAnswer,
  NextGrant,
} from '../../ports/claim-desk.ts';
import type { NewRecord } from '../../ports/event-log.ts';
import { NodeLog } from './node-log.ts';
import type { Surroundings } from './orchestrator-space.ts';
import type { SimulatedProcess } from './process.ts';
import type { Serving } from './server.ts';

export interface HostDeskOptions extends Surroundings {
  readonly process: SimulatedProcess;
  /** Of the host. */
  readonly host: string;
  /** An owner granted a claim, and the host has heard of it. */
  readonly onGranted: (
    claim: Pick<ClaimRequest, 'execution' | 'step' | 'attempt' | 'claimId'>,
    answer: Pick<NextGrant, 'fence'>,
  ) => void;
  /** An owner said that a report was folded, and the host has heard of it. */
  readonly onConfirmed: (report: AttemptReport) => void;
}

const CLAIM_TIMEOUT_MS = 1_000;
const BEAT_TIMEOUT_MS = 2_000;
const FIRST_CONFIRMATION_MS = 10_000;
const LONGEST_CONFIRMATION_MS = 320_000;

type CancelListener = (beat: Heartbeat, reason: string) => void;

/** The desk as a host has it: questions to whoever serves the partition, reports into the log, news from owners. */
export class HostDesk implements ClaimDesk {
  readonly #options: HostDeskOptions;
  readonly #cancelListeners = new Set<CancelListener>();
  /** Reports that wait for an owner's word. */
  readonly #open = new Map<string, OpenReport>();

  constructor(options: HostDeskOptions) {
    this.#options = options;
    const { server, process, host } = options;
    server.hosts.set(host, {
      process,
      confirmed: (reportId, next) => this.#open.get(reportId)?.confirm(next),
      cancelled: (beat, reason) => {
        for (const listener of this.#cancelListeners) listener(beat, reason);
      },
    });
  }

  async claim(request: ClaimRequest): Promise<ClaimAnswer> {
    const { server, onGranted } = this.#options;
    const partition = server.partitionOf(request.execution);
    const answer = await this.#request(`claim ${request.role}`, partition, CLAIM_TIMEOUT_MS, ({ desk }) =>
      desk.claim(request),
    );
    if (answer.kind === 'granted') onGranted(request, answer);
    return answer;
  }

  async heartbeat(beats: readonly Heartbeat[]): Promise<readonly HeartbeatAnswer[]> {
    const { server, host } = this.#options;
    const answers: HeartbeatAnswer[] = beats.map(() => 'unknown');
    const partitions = new Set(beats.map(({ execution }) => server.partitionOf(execution)));
    const asked = await Promise.allSettled(
      [...partitions].map(async (partition) => {
        const indexes = [...beats.keys()].filter(
          (index) => server.partitionOf(beats[index]?.execution ?? '') === partition,
        );
        const own = indexes.map((index) => beats[index] as Heartbeat);
        const said = await this.#request('heartbeat', partition, BEAT_TIMEOUT_MS, ({ desk }) =>
          desk.heartbeat(own, host),
        );
        for (const [place, index] of indexes.entries()) answers[index] = said[place] ?? 'unknown';
      }),
    );
    const [first] = asked;
    if (first?.status === 'rejected' && asked.every(({ status }) => status === 'rejected'))
      throw first.reason;
    return answers;
  }

  /** Resolves when the log has acknowledged it and an owner has said that it was folded. */
  async report(report: AttemptReport): Promise<void> {
    const { reportId } = report;
    const open = this.#open.get(reportId) ?? new OpenReport();
    this.#open.set(reportId, open);
    await this.append(recordOf(report, this.#options.host));
    await open.confirmed(this.#options.process, reportId);
    this.#open.delete(reportId);
    this.#options.onConfirmed(report);
  }

  /** Waits to be told with the confirmation, the first time; then asks. */
  async next(report: AttemptReport): Promise<NextAnswer> {
    const { process, host, onGranted } = this.#options;
    const open = this.#open.get(report.reportId);
    if (open === undefined || report.next === undefined) return NOTHING_NEXT;
    const answer = await Promise.race([
      open.told.promise,
      open.patience(process).then(() => this.#askForNext(report, host)),
    ]);
    if (answer.kind === 'granted') onGranted(answer, answer);
    return answer;
  }

  #askForNext(
    { execution, role, step, attempt, fence, next }: AttemptReport,
    host: string,
  ): Promise<NextAnswer> {
    const request = { ...(next as NextClaim), execution, role, host, after: { step, attempt, fence } };
    const partition = this.#options.server.partitionOf(execution);
    return this.#request(`next ${role}`, partition, CLAIM_TIMEOUT_MS, ({ desk }) => desk.next(request));
  }

  /** Into the log, in the host's name. */
  async append(record: NewRecord): Promise<void> {
    const { process, server, network, faults, trace } = this.#options;
    const partition = server.partitionOf(record.execution);
    const log = new NodeLog({ process, partition, log: server.logOf(partition), network, faults, trace });
    await log.append(record);
  }

  onCancel(_host: string, listener: CancelListener): () => void {
    this.#cancelListeners.add(listener);
    return () => void this.#cancelListeners.delete(listener);
  }

  /** Everybody who serves the partition hears the question; the first answer counts. */
  #request<T>(
    what: string,
    partition: number,
    timeoutMs: number,
    answer: (serving: Serving) => Promise<T | undefined>,
  ): Promise<T> {
    const { process, server, network } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let isAnswered = false;
    const reply = (owner: SimulatedProcess, value: T): void => {
      network.toServer(owner, `${what} answered`, () => {
        network.toProcess(process, `${what} answered`, () => {
          isAnswered = true;
          resolve(value);
        });
      });
    };
    network.toServer(process, what, () => {
      for (const serving of [...(server.desks[partition] ?? [])]) {
        const { process: owner, desk } = serving;
        network.toProcess(owner, what, () => {
          if (!desk.mayAnswer()) return;
          answer(serving).then(
            // The owner may have lost its lease, or its life, while it looked.
            (value) =>
              owner.run(() => {
                if (value !== undefined && desk.mayAnswer()) reply(owner, value);
              }),
            () => undefined,
          );
        });
      }
    });
    process.clock.schedule(timeoutMs, () => {
      if (!isAnswered) reject(natsNotAnswered(what, 'nobody answered in time'));
    });
    return promise;
  }
}

class OpenReport {
  #isConfirmed = false;
  #waitMs = FIRST_CONFIRMATION_MS;
  #wake: () => void = () => undefined;
  #isAsked = false;
  /** What became of the claim that it asked for. */
  readonly told = Promise.withResolvers<NextAnswer>();

  confirm(next: NextGrant | undefined): void {
    this.#isConfirmed = true;
    this.told.resolve(next ?? NOTHING_NEXT);
    this.#wake();
  }

  /** Over when somebody is to be asked: after a while, the first time. */
  async patience(process: SimulatedProcess): Promise<void> {
    if (this.#isAsked) return;
    this.#isAsked = true;
    await new Promise<void>((resolve) => void process.clock.schedule(CLAIM_TIMEOUT_MS, resolve));
  }

  /** Rejects after a while, each time a longer one; the report is then written again. */
  async confirmed(process: SimulatedProcess, reportId: string): Promise<void> {
    if (this.#isConfirmed) return;
    const waitMs = this.#waitMs;
    this.#waitMs = Math.min(2 * waitMs, LONGEST_CONFIRMATION_MS);
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      process.clock.schedule(waitMs, resolve);
    });
    if (!this.#isConfirmed) throw natsNotAnswered(`the report ${reportId}`, 'no owner has confirmed it');
  }
}

const NOTHING_NEXT: NextAnswer = { kind: 'refused', reason: 'Nothing was claimed with the report.' };

/** The record in which a report is written. */
export function recordOf(
  { reportId, execution, role, step, attempt, fence, token, result, logs, next }: AttemptReport,
  host: string,
): NewRecord {
  const { kind, ...said } = result;
  const data = { step, attempt, fence, token, host, ...said, ...(logs && { logs }), ...(next && { next }) };
  return {
    id: reportId,
    execution,
    source: `agent.${role}`,
    type: RECORD_TYPE_OF[kind],
    data: data as unknown as Json,
  };
}
