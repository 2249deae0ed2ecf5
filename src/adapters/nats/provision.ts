import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { z } from 'zod';
import { namespaceMissing, natsUnsuitable } from '../../errors.ts';
import { isAtLeast, type NatsLink } from './connection.ts';
import { natsFailure } from './failures.ts';

/** What is fixed when a namespace is made, and what an operator should know about where it is kept. */
export interface Namespace {
  /** Made with it, and different from that of any other, also of one that had the same name. */
  readonly id: string;
  readonly partitions: number;
  readonly warnings: readonly string[];
}

export const DEFAULT_PARTITIONS = 8;

/** How long a host that says nothing is still listed. */
const PRESENCE_MS = 20_000;

/** How long an orchestrator that says nothing is still taken for alive by those who only look; it speaks several times a second. */
const MEMBERSHIP_MS = 10_000;

/** The longest that an answer is kept for later, whatever its task says. */
const RESPONSE_MS = 30 * 24 * 3_600_000;

/** Kept in the bucket META under `namespace`. */
const namespaceValue = z.object({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  partitions: z.int().min(1).max(9_999),
  protocol: z.int().min(1),
});

const PROTOCOL = 1;

/**
 * Makes what a namespace needs, or finds it made; several processes may do so at once. Who comes first decides on the number of
 * partitions (default 8); another wish later is a warning.
 *
 * @throws NATS_UNSUITABLE, NATS_REFUSED, NATS_UNREACHABLE, STORAGE_FULL
 */
export async function provision(
  link: NatsLink,
  { partitions: wanted }: { readonly partitions?: number | undefined } = {},
): Promise<Namespace> {
  const { subjects } = link;
  const warnings = [...serverWarnings(link)];
  try {
    const ensure = async (stream: Wanted): Promise<void> => {
      warnings.push(...(await ensureStream(link, stream)));
    };
    await ensure(keyValueStream(subjects.bucket('META')));
    const { id, partitions } = await fixNamespace(link, wanted ?? DEFAULT_PARTITIONS);
    if (wanted !== undefined && wanted !== partitions) {
      warnings.push(
        `The namespace ${subjects.namespace} has ${partitions} partitions since it was made; ${wanted} are asked for in vain.`,
      );
    }
    await Promise.all([
      ...Array.from({ length: partitions }, (_, partition) => ensure(logStream(link, partition))),
      ensure(offerStream(link)),
      ensure(keyValueStream(subjects.bucket('LEASES'))),
      ensure({ ...keyValueStream(subjects.bucket('MEMBERS')), max_age: MEMBERSHIP_MS * NANOS_PER_MS }),
      // All that was written is kept, because the first counts: see token-key.ts.
      ensure({ ...keyValueStream(subjects.bucket('SECRETS')), max_msgs_per_subject: KEY_VALUE_HISTORY }),
      ensure({ ...keyValueStream(subjects.bucket('CACHE')), max_age: RESPONSE_MS * NANOS_PER_MS }),
      // Agents write into these two: without rollups nobody can remove what others wrote.
      ensure({
        ...keyValueStream(subjects.bucket('AGENTS')),
        max_age: PRESENCE_MS * NANOS_PER_MS,
        allow_rollup_hdrs: false,
      }),
      ensure({ ...objectStream(subjects.bucket('ARTIFACTS')), allow_rollup_hdrs: false }),
      ensure(objectStream(subjects.bucket('SNAPSHOTS'))),
    ]);
    return { id, partitions, warnings };
  } catch (error) {
    throw natsFailure(link.shown, error);
  }
}

/**
 * Opens a namespace that somebody else made.
 *
 * @throws NAMESPACE_MISSING when there is none, NATS_UNSUITABLE when it speaks a newer protocol; NATS_REFUSED, NATS_UNREACHABLE
 */
export async function openNamespace(link: NatsLink): Promise<Namespace> {
  let value: NamespaceValue | undefined;
  try {
    value = await readNamespace(link);
  } catch (error) {
    if (!isMissing(error)) throw natsFailure(link.shown, error);
  }
  if (value === undefined) {
    throw namespaceMissing(link.subjects.namespace, link.shown);
  }
  return { id: value.id, partitions: value.partitions, warnings: [] };
}

/** What the server cannot do, or does not tell, that an operator should know. */
export function serverWarnings({ serverVersion: version, isClustered }: NatsLink): readonly string[] {
  const warnings: string[] = [];
  if (!isAtLeast(version, 2, 10)) {
    warnings.push(
      `nats-server ${version} cannot sync every write (\`sync_interval: always\` needs 2.10): what it acknowledged is safe when ` +
        'processes die, but may be lost when the power fails.',
    );
  } else {
    warnings.push(
      `nats-server ${version} does not tell clients whether it syncs every write: what it acknowledged is safe when the power ` +
        'fails only with `sync_interval: always` in the jetstream block of its configuration.',
    );
  }
  if (isClustered && !isAtLeast(version, 2, 11)) {
    warnings.push(`nats-server ${version} runs as a cluster; clusters want 2.11 or newer.`);
  }
  return warnings;
}

type NamespaceValue = z.infer<typeof namespaceValue>;

/** The first to write decides; what counts is what is read afterwards. */
async function fixNamespace(link: NatsLink, partitions: number): Promise<NamespaceValue> {
  const known = await readNamespace(link);
  if (known !== undefined) return known;
  const value: NamespaceValue = { id: link.random.id(), partitions, protocol: PROTOCOL };
  try {
    await link.js.publish(namespaceKey(link), JSON.stringify(value), { expect: { lastSubjectSequence: 0 } });
  } catch (error) {
    if (!hasCode(error, JetStreamApiCodes.StreamWrongLastSequence)) throw error;
    // Somebody else was first.
  }
  return (await readNamespace(link)) ?? value;
}

async function readNamespace(link: NatsLink): Promise<NamespaceValue | undefined> {
  const stream = `KV_${link.subjects.bucket('META')}`;
  const message = await link.jsm.streams.getMessage(stream, { last_by_subj: namespaceKey(link) });
  if (message === null) return undefined;
  const { success, data } = namespaceValue.safeParse(parseJson(message.string()));
  if (!success) {
    throw natsUnsuitable(
      link.shown,
      `what the namespace ${link.subjects.namespace} says about itself cannot be read`,
      'Use another namespace, or a Troupe that is as new as the one that made it.',
    );
  }
  if (data.protocol > PROTOCOL) {
    throw natsUnsuitable(
      link.shown,
      `the namespace ${link.subjects.namespace} speaks protocol ${data.protocol}, this Troupe ${PROTOCOL}`,
      'Use a newer Troupe, or another namespace.',
    );
  }
  return data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema tells
  }
}

function namespaceKey({ subjects }: NatsLink): string {
  return `$KV.${subjects.bucket('META')}.namespace`;
}

/** What a stream must be; what is not named here is left as an operator set it. */
type Wanted = Partial<StreamConfig> & Pick<StreamConfig, 'name' | 'subjects'>;

const NANOS_PER_MS = 1_000_000;

/** Nothing ever leaves a log: no limits, nothing may be deleted, and when its store is full it refuses. */
function logStream({ subjects }: NatsLink, partition: number): Wanted {
  return {
    name: subjects.logStream(partition),
    subjects: [subjects.logOfPartition(partition)],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_age: 0,
    max_msgs: -1,
    max_msgs_per_subject: -1,
    deny_delete: true,
    deny_purge: true,
    // Repeated records are the fold's matter; this is the shortest time that servers take.
    duplicate_window: 100 * NANOS_PER_MS,
  };
}

function offerStream({ subjects }: NatsLink): Wanted {
  return {
    name: subjects.offerStream,
    subjects: [subjects.offers],
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    max_msgs_per_subject: 1,
    duplicate_window: 100 * NANOS_PER_MS,
  };
}

/** As NATS' clients lay out key-value buckets: https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-8.md */
function keyValueStream(bucket: string): Wanted {
  return {
    name: `KV_${bucket}`,
    subjects: [`$KV.${bucket}.>`],
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_msgs_per_subject: 1,
    allow_rollup_hdrs: true,
    allow_direct: true,
  };
}

/** The most that key-value buckets may keep of a key. */
const KEY_VALUE_HISTORY = 64;

/** As NATS' clients lay out object stores: https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-20.md */
function objectStream(bucket: string): Wanted {
  return {
    name: `OBJ_${bucket}`,
    subjects: [`$O.${bucket}.C.>`, `$O.${bucket}.M.>`],
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    allow_rollup_hdrs: true,
    allow_direct: true,
  };
}

/** Makes the stream, or brings an existing one as near to what is wanted as the server lets it; what is left comes back as warnings. */
async function ensureStream(link: NatsLink, wanted: Wanted): Promise<readonly string[]> {
  const { streams } = link.jsm;
  let config = await configOf(link, wanted.name);
  const warnings: string[] = [];
  if (config === undefined) {
    config = await addStream(link, wanted, warnings);
  } else if (differences(wanted, config).length > 0) {
    try {
      config = (await streams.update(wanted.name, wanted)).config;
    } catch (error) {
      if (!(error instanceof JetStreamApiError)) throw error;
      warnings.push(`The stream ${wanted.name} cannot be changed as Troupe needs it: ${error.message}.`);
    }
  }
  for (const key of differences(wanted, config)) {
    warnings.push(
      `The stream ${wanted.name} has ${key} ${JSON.stringify(config[key])} where Troupe asked for ` +
        `${JSON.stringify(wanted[key])}; the server keeps it so.`,
    );
  }
  return warnings;
}

async function addStream(link: NatsLink, wanted: Wanted, warnings: string[]): Promise<StreamConfig> {
  const { streams } = link.jsm;
  try {
    const replicas = link.isClustered ? CLUSTER_REPLICAS : 1;
    return (await streams.add({ ...wanted, num_replicas: replicas })).config;
  } catch (error) {
    // Another process may have made it in between, and of an older version differently.
    const made = hasCode(error, STREAM_NAME_IN_USE) ? await configOf(link, wanted.name) : undefined;
    if (made !== undefined) return made;
    if (!link.isClustered || !hasCode(error, ...TOO_FEW_PEERS)) throw error;
    const { config } = await streams.add({ ...wanted, num_replicas: 1 });
    warnings.push(
      `The stream ${wanted.name} is kept by one server of the cluster: there are not ${CLUSTER_REPLICAS} to keep it.`,
    );
    return config;
  }
}

const CLUSTER_REPLICAS = 3;
const STREAM_NAME_IN_USE = 10_058;
/** No suitable peers; insufficient resources; not a cluster after all. */
const TOO_FEW_PEERS = [10_005, 10_023, 10_074];

async function configOf(link: NatsLink, name: string): Promise<StreamConfig | undefined> {
  try {
    return (await link.jsm.streams.info(name)).config;
  } catch (error) {
    if (hasCode(error, JetStreamApiCodes.StreamNotFound)) return undefined;
    throw error;
  }
}

function differences(wanted: Wanted, config: StreamConfig): (keyof Wanted)[] {
  return (Object.keys(wanted) as (keyof Wanted)[]).filter(
    (key) => JSON.stringify(config[key] ?? ABSENT[key]) !== JSON.stringify(wanted[key]),
  );
}

/** Servers leave out what has its default. */
const ABSENT: Partial<StreamConfig> = {
  max_age: 0,
  deny_delete: false,
  deny_purge: false,
  allow_rollup_hdrs: false,
  allow_direct: false,
};

function hasCode(error: unknown, ...codes: readonly number[]): boolean {
  return error instanceof JetStreamApiError && codes.includes(error.code);
}

function isMissing(error: unknown): boolean {
  return hasCode(error, JetStreamApiCodes.StreamNotFound);
}
