import type { Effect } from '../../machines/effects.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { Appender } from './appender.ts';
import type { Resident } from './resident.ts';
import { SealDigest } from './seal-digest.ts';

type Seal = Extract<Effect, { kind: 'seal' }>;

/**
 * Writes the seals that are owed. The digest of an execution that was driven from its start is at hand, so that its last seal joins
 * the commit of its end; of any other the records are read.
 */
export class Sealer {
  readonly #parts: SealerParts;

  constructor(parts: SealerParts) {
    this.#parts = parts;
  }

  seal(resident: Resident, seal: Seal): void {
    // Owed until the record of the one under way is folded.
    if (resident.isSealing) return;
    resident.isSealing = true;
    const { running } = resident;
    if (running !== undefined && running.after === seal.after && running.last === seal.upTo) {
      this.#append(resident, seal, running.digest);
      // What comes from here on is the next one's.
      resident.running = { after: seal.upTo, last: seal.upTo, digest: new SealDigest() };
      return;
    }
    // While it is read more may come, which no digest at hand would have.
    resident.running = undefined;
    this.#read(resident.execution, seal).then(
      (digest) => this.#append(resident, seal, digest),
      () => {
        resident.isSealing = false;
        this.#parts.onFailure(resident.execution);
      },
    );
  }

  async #read(execution: string, { after, upTo }: Seal): Promise<SealDigest> {
    const digest = new SealDigest();
    for (const record of await this.#parts.log.read(execution, { after, upTo })) digest.take(record);
    return digest;
  }

  #append(resident: Resident, { after, upTo }: Seal, digest: SealDigest): void {
    const data = { after, upTo, records: digest.records, hash: digest.hex() };
    this.#parts.appender.append(resident.execution, 'sealed', data);
  }
}

interface SealerParts {
  readonly log: Pick<EventLog, 'read'>;
  readonly appender: Appender;
  readonly onFailure: (execution: string) => void;
}
