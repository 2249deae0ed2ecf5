import { z } from 'zod';
import type { PartitionSnapshots, StoredPartition } from '../../ports/partition-snapshots.ts';
import type { NatsLink } from './connection.ts';
import { ObjectBucket } from './object-bucket.ts';

/** Snapshots of whole partitions, beside those of single executions. */
export class NatsPartitionSnapshots implements PartitionSnapshots {
  readonly #bucket: ObjectBucket;

  constructor(link: NatsLink) {
    this.#bucket = new ObjectBucket(link, link.subjects.bucket('SNAPSHOTS'));
  }

  async put({ partition, position, mark, body }: StoredPartition): Promise<void> {
    const bytes = Buffer.from(body);
    const metadata = {
      position: String(position),
      markPosition: String(mark.position),
      markRecord: mark.record,
    };
    for (;;) {
      const present = await this.#bucket.entry(nameOf(partition));
      if (await this.#bucket.replace(present, nameOf(partition), bytes, metadata)) return;
    }
  }

  async latest(partition: number): Promise<StoredPartition | undefined> {
    const found = await this.#bucket.read(nameOf(partition));
    if (found.kind !== 'whole') return undefined;
    const about = aboutPartition.safeParse(found.metadata).data;
    if (about === undefined) return undefined;
    return {
      partition,
      position: about.position,
      mark: { position: about.markPosition, record: about.markRecord },
      body: Buffer.from(found.bytes).toString(),
    };
  }
}

const position = z.string().regex(/^\d+$/).transform(Number).pipe(z.int());

const aboutPartition = z.object({ position, markPosition: position, markRecord: z.string() });

function nameOf(partition: number): string {
  return `partition-${partition}`;
}
