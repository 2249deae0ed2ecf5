import { z } from 'zod';
import { messageTooLarge, natsNotAnswered } from '../../errors.ts';
import type { Json } from '../../json.ts';
import { type AttemptReport, type AttemptResult, RECORD_TYPE_OF } from '../../ports/agent-request.ts';
import type { NatsLink } from './connection.ts';
import { untilReconnected } from './patience.ts';
import type { Requests } from './requests.ts';
import { fits, readMessage } from './wire.ts';

/**
 * Brings reports into the log and waits until an owner has folded them (I8).
 *
 * A report that is in the log is not lost any more, so one that is only unconfirmed, since no owner is there, is written again
 * at longer and longer intervals.
 */
export class ReportCourier {
  readonly #link: NatsLink;
  readonly #requests: Requests;
  readonly #host: string;
  /** Reports that have not been resolved yet, also between two tries. */
  readonly #open = new Map<string, OpenReport>();

  constructor(link: NatsLink, requests: Requests, host: string) {
    this.#link = link;
    this.#requests = requests;
    this.#host = host;
  }

  /**
   * @throws NATS_NOT_ANSWERED when the log does not take it within five seconds or before the connection is lost and made again, or
   * nobody confirms it within ten seconds, then twenty, …; the same report may be brought again
   */
  async deliver(report: AttemptReport, { subject, traceparent }: Destination): Promise<void> {
    const { reportId } = report;
    const open = this.#open.get(reportId) ?? {
      isWritten: false,
      isConfirmed: false,
      waitMs: FIRST_WAIT_MS,
      wake: undefined,
    };
    this.#open.set(reportId, open);
    // An owner may fold what the server handed out and never kept: only both together are certain.
    if (!open.isConfirmed || !open.isWritten) await this.#write(report, subject, traceparent);
    open.isWritten = true;
    if (!open.isConfirmed) await this.#confirmation(report, open);
    this.#open.delete(reportId);
  }

  confirm(reportIds: readonly string[]): void {
    for (const id of reportIds) {
      const open = this.#open.get(id);
      if (open === undefined) continue;
      open.isConfirmed = true;
      open.wake?.();
    }
  }

  stop(): void {
    for (const { wake } of this.#open.values()) wake?.();
  }

  async #write(report: AttemptReport, subject: string, traceparent: string | undefined): Promise<void> {
    const about = `${named(report)}, which was to be written`;
    const content = this.#contentOf(report);
    const asked = this.#requests.ask(subject, content, { about, timeoutMs: WRITE_TIMEOUT_MS, traceparent });
    const message = (await untilReconnected(this.#link, asked))?.value;
    if (message === undefined) throw natsNotAnswered(about, 'the connection was lost on the way');
    const answer = readMessage(publishAnswer, message);
    if (answer?.seq === undefined || answer.error !== undefined) {
      throw natsNotAnswered(about, `the log says "${answer?.error?.description ?? message.string()}"`);
    }
  }

  #confirmation(report: AttemptReport, open: OpenReport): Promise<void> {
    const { waitMs } = open;
    open.waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const wake = (): void => {
      cancel();
      open.wake = undefined;
      if (open.isConfirmed) resolve();
      else reject(natsNotAnswered(`${named(report)}, which is in the log`, 'no owner has confirmed it'));
    };
    const cancel = this.#link.clock.schedule(waitMs, wake);
    open.wake = wake;
    return promise;
  }

  /** What is larger than a message became too large by its many small parts: large ones are kept as artifacts. */
  #contentOf(report: AttemptReport): string {
    const content = this.#recordOf(report);
    if (fits(this.#link, content)) return content;
    const bytes = Buffer.byteLength(content);
    const tooLarge = messageTooLarge('The report', bytes, this.#link.maxPayload);
    const { execution, step, attempt } = report;
    this.#link.logger.warn({ execution, step, attempt, bytes }, 'a report was larger than a message may be');
    const instead = this.#recordOf({ ...report, result: failedAs(tooLarge.message, report.result) });
    if (!fits(this.#link, instead)) throw tooLarge;
    return instead;
  }

  #recordOf({ reportId, step, attempt, fence, token, result, logs, next }: AttemptReport): string {
    const { kind, ...said } = result;
    const data = { step, attempt, fence, token, host: this.#host, ...said, logs, next };
    return JSON.stringify({ id: reportId, type: RECORD_TYPE_OF[kind], data });
  }
}

export interface Destination {
  /** Of the log. */
  readonly subject: string;
  readonly traceparent: string | undefined;
}

interface OpenReport {
  /** The log has acknowledged it. */
  isWritten: boolean;
  isConfirmed: boolean;
  /** How long the next try waits for its confirmation. */
  waitMs: number;
  wake: (() => void) | undefined;
}

const WRITE_TIMEOUT_MS = 5_000;
const FIRST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 320_000;

/** What a stream answers to a publish. */
const publishAnswer = z.object({
  /** Beside an error it is 0, or not there. */
  seq: z.number().optional(),
  error: z.object({ description: z.string().optional() }).optional(),
});

function failedAs(message: string, result: AttemptResult): AttemptResult {
  const measured = result.kind === 'released' || result.kind === 'sealed' ? { durationMs: 0 } : result;
  const { durationMs } = measured;
  const usage = 'usage' in measured ? measured.usage : undefined;
  const details: Json = { hint: 'Hand large content over as an artifact.' };
  return { kind: 'failed', error: { class: 'invalid-output', message, details }, usage, durationMs };
}

function named({ execution, step, attempt }: AttemptReport): string {
  return `the report of ${execution}/${step}/${attempt}`;
}
