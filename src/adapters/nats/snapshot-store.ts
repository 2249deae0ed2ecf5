import type { SnapshotStore, StoredSnapshot } from '../../ports/snapshot-store.ts';
import type { NatsLink } from './connection.ts';
import { ObjectBucket, type ObjectEntry } from './object-bucket.ts';

/** Snapshots of single executions in an object store. One that is damaged is as good as none: the log is folded instead. */
export class NatsSnapshots implements SnapshotStore {
  readonly #bucket: ObjectBucket;

  constructor(link: NatsLink) {
    this.#bucket = new ObjectBucket(link, link.subjects.bucket('SNAPSHOTS'));
  }

  async put({ execution, position, body }: StoredSnapshot): Promise<void> {
    const bytes = Buffer.from(body);
    const metadata = { position: String(position) };
    for (;;) {
      const present = await this.#bucket.entry(nameOf(execution));
      if ((positionIn(present.metadata) ?? 0) > position) return;
      if (await this.#bucket.replace(present, nameOf(execution), bytes, metadata)) return;
    }
  }

  async latest(execution: string): Promise<StoredSnapshot | undefined> {
    const found = await this.#bucket.read(nameOf(execution));
    if (found.kind !== 'whole') return undefined;
    const position = positionIn(found.metadata);
    if (position === undefined) return undefined;
    return { execution, position, body: Buffer.from(found.bytes).toString() };
  }

  remove(execution: string): Promise<void> {
    return this.#bucket.remove(nameOf(execution));
  }
}

function nameOf(execution: string): string {
  return `execution-${execution}`;
}

function positionIn({ position }: ObjectEntry['metadata']): number | undefined {
  const value = Number(position);
  return Number.isSafeInteger(value) ? value : undefined;
}
