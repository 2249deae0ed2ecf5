import type { ArtifactStore } from '../../ports/artifact-store.ts';
import type { Heartbeat, NextGrant } from '../../ports/claim-desk.ts';
import type { NatsLink } from './connection.ts';
import { grantedMessage } from './granted-message.ts';
import { tell } from './wire.ts';

/** What owners tell hosts. Nobody knows whether it arrives: reports come again, and heartbeats carry cancels too. */
export class HostControl {
  readonly #link: NatsLink;
  /** Ids of folded reports, by host; told at the end of the turn. */
  readonly #folded = new Map<string, string[]>();

  readonly #options: HostControlOptions;

  constructor(link: NatsLink, options: HostControlOptions) {
    this.#link = link;
    this.#options = options;
  }

  /** The report was folded: accepted, or refused for good. All of a turn travel together. */
  confirm(host: string, reportId: string): void {
    if (this.#folded.size === 0) this.#link.clock.soon(() => this.#tellFolded());
    const reports = this.#folded.get(host);
    if (reports === undefined) this.#folded.set(host, [reportId]);
    else reports.push(reportId);
  }

  /** The report was folded, and the claim that it asked for as well. */
  async confirmWith(
    host: string,
    reportId: string,
    { request, execution, role, ...about }: NextGrant,
  ): Promise<void> {
    const granted = { execution, role, about: { execution, ...about }, request };
    const confirmed = (next: object): object => ({ reports: [reportId], next });
    try {
      const message = grantedMessage(granted, { ...this.#options, link: this.#link }, confirmed);
      this.#tell(host, 'confirmed', typeof message === 'string' ? message : await message);
    } catch (error) {
      // The host asks for it.
      this.#link.logger.debug({ host, error: String(error) }, 'a host was not told what it may go on with');
    }
  }

  /** The host is to stop this attempt. */
  cancel(host: string, { execution, step, attempt, fence }: Heartbeat, reason: string): void {
    this.#tell(host, 'cancel', JSON.stringify({ execution, step, attempt, fence, reason }));
  }

  #tellFolded(): void {
    for (const [host, reports] of this.#folded) {
      for (let from = 0; from < reports.length; from += REPORTS_AT_ONCE) {
        const told = reports.slice(from, from + REPORTS_AT_ONCE);
        this.#tell(host, 'confirmed', JSON.stringify({ reports: told }));
      }
    }
    this.#folded.clear();
  }

  #tell(host: string, verb: 'cancel' | 'confirmed', content: string): void {
    if (!NAME.test(host)) {
      this.#link.logger.debug({ host, verb }, 'no host has such a name');
      return;
    }
    tell(this.#link, this.#link.subjects.host(host, verb), content);
  }
}

export interface HostControlOptions {
  /** Of the namespace. */
  readonly partitions: number;
  /** Takes requests that are larger than a message. */
  readonly artifacts: ArtifactStore;
}

const REPORTS_AT_ONCE = 256;

/** A host's name comes from records, which anyone may have written. */
const NAME = /^[A-Za-z0-9_-]{1,128}$/;
