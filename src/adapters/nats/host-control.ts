import type { Heartbeat } from '../../ports/claim-desk.ts';
import type { NatsLink } from './connection.ts';
import { tell } from './wire.ts';

/** What owners tell hosts. Nobody knows whether it arrives: reports come again, and heartbeats carry cancels too. */
export class HostControl {
  readonly #link: NatsLink;
  /** Ids of folded reports, by host; told at the end of the turn. */
  readonly #folded = new Map<string, string[]>();

  constructor(link: NatsLink) {
    this.#link = link;
  }

  /** The report was folded: accepted, or refused for good. All of a turn travel together. */
  confirm(host: string, reportId: string): void {
    if (this.#folded.size === 0) this.#link.clock.soon(() => this.#tellFolded());
    const reports = this.#folded.get(host);
    if (reports === undefined) this.#folded.set(host, [reportId]);
    else reports.push(reportId);
  }

  /** The host is to stop this attempt. */
  cancel(host: string, { execution, step, attempt, fence }: Heartbeat, reason: string): void {
    this.#tell(host, 'cancel', { execution, step, attempt, fence, reason });
  }

  #tellFolded(): void {
    for (const [host, reports] of this.#folded) {
      for (let from = 0; from < reports.length; from += REPORTS_AT_ONCE) {
        this.#tell(host, 'confirmed', { reports: reports.slice(from, from + REPORTS_AT_ONCE) });
      }
    }
    this.#folded.clear();
  }

  #tell(host: string, verb: 'cancel' | 'confirmed', content: object): void {
    if (!NAME.test(host)) {
      this.#link.logger.debug({ host, verb }, 'no host has such a name');
      return;
    }
    tell(this.#link, this.#link.subjects.host(host, verb), JSON.stringify(content));
  }
}

const REPORTS_AT_ONCE = 256;

/** A host's name comes from records, which anyone may have written. */
const NAME = /^[A-Za-z0-9_-]{1,128}$/;
