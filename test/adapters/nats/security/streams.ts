import type { NatsLink } from '../../../../src/adapters/nats/connection.ts';

const BUCKETS = ['META', 'AGENTS', 'LEASES', 'MEMBERS', 'SECRETS', 'CACHE'];
const STORES = ['ARTIFACTS', 'SNAPSHOTS'];

/** What is in the streams of a namespace, to be compared: a message more or less, and any other setting, shows. */
export async function contentOf({ jsm, subjects }: NatsLink, partitions = 8): Promise<object> {
  const names = [
    ...Array.from({ length: partitions }, (_, partition) => subjects.logStream(partition)),
    subjects.offerStream,
    ...BUCKETS.map((name) => `KV_TROUPE_${subjects.namespace}_${name}`),
    ...STORES.map((name) => `OBJ_TROUPE_${subjects.namespace}_${name}`),
  ];
  const found = await Promise.all(
    names.map(async (name) => {
      const { config, state } = await jsm.streams.info(name, { subjects_filter: '>' });
      const { messages, first_seq, last_seq, num_deleted, subjects: counts } = state;
      return [name, { config, messages, first_seq, last_seq, num_deleted, counts }] as const;
    }),
  );
  return Object.fromEntries(found);
}
