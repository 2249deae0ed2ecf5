import { JetStreamApiCodes } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { z } from 'zod';
import { namespaceMissing, natsRefused, natsUnreachable, natsUnsuitable } from '../../errors.ts';
import type { NatsLink } from './connection.ts';
import { ensureStream, hasCode } from './ensure-stream.ts';
import { natsFailure } from './failures.ts';
import {
  KEY_VALUE_HISTORY,
  keyValueStream,
  logStream,
  NANOS_PER_MS,
  objectStream,
  offerStream,
  type WantedStream,
} from './layout.ts';
import { isAtLeast } from './suitable.ts';
import { isUnheard } from './until-heard.ts';

/** What is fixed when a namespace is made, and what an operator should know about where it is kept. */
export interface Namespace {
  /** Made with it, and different from that of any other, also of one that had the same name. */
  readonly id: string;
  readonly partitions: number;
  readonly warnings: readonly string[];
}

const DEFAULT_PARTITIONS = 8;

/** How long a host that says nothing is still listed. */
const PRESENCE_MS = 20_000;

/** How long an orchestrator that says nothing is still taken for alive by those who only look; it speaks several times a second. */
const MEMBERSHIP_MS = 10_000;

/** The longest that an answer is kept for later, whatever its task says. */
const RESPONSE_MS = 30 * 24 * 3_600_000;

/**
 * Kept in the bucket META: under `plan` by who makes the namespace first, and under `namespace` once everything is there, which is
 * what all others look at. So nobody uses a stream that is being made; see until-heard.ts.
 */
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
    const ensure = async (stream: WantedStream): Promise<void> => {
      warnings.push(...(await ensureStream(link, stream)));
    };
    await ensure(keyValueStream(subjects.bucket('META')));
    const known = await readNamespace(link);
    const value = known ?? (await planNamespace(link, wanted ?? DEFAULT_PARTITIONS));
    const { id, partitions } = value;
    if (wanted !== undefined && wanted !== partitions) {
      warnings.push(
        `The namespace ${subjects.namespace} has ${partitions} partitions since it was made; ${wanted} are asked for in vain.`,
      );
    }
    await Promise.all([
      ...Array.from({ length: partitions }, (_, partition) => ensure(logStream(subjects, partition))),
      ensure(offerStream(subjects)),
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
    if (known === undefined) await writeFirst(link, 'namespace', value);
    return { id, partitions, warnings };
  } catch (error) {
    if (isUnheard(error)) {
      const reason = `JetStream does not answer; it may be starting, or this user may not make the namespace ${subjects.namespace}`;
      throw natsUnreachable(link.shown, reason, error);
    }
    throw natsFailure(link.shown, error);
  }
}

/**
 * Opens a namespace that somebody else made.
 *
 * @param mayLook whether the user may ask for the state of META, which agents may not; it keeps from asking a META that is being
 *   made for a message (see until-heard.ts)
 * @throws NAMESPACE_MISSING when there is none, NATS_UNSUITABLE when it speaks a newer protocol; NATS_REFUSED, NATS_UNREACHABLE
 */
export async function openNamespace(
  link: NatsLink,
  { mayLook = false }: { readonly mayLook?: boolean } = {},
): Promise<Namespace> {
  let value: NamespaceValue | undefined;
  try {
    value = await unlessRefused(link, mayLook ? lookAtNamespace(link) : readNamespace(link));
  } catch (error) {
    const { namespace } = link.subjects;
    if (error instanceof errors.PermissionViolationError) {
      throw natsRefused(link.shown, `this user may not open the namespace ${namespace}`, error);
    }
    if (isUnheard(error)) {
      const reason = `JetStream does not answer for the namespace ${namespace}; it may be starting, or the user's account has no such namespace`;
      throw natsUnreachable(link.shown, reason, error);
    }
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
async function planNamespace(link: NatsLink, partitions: number): Promise<NamespaceValue> {
  const value: NamespaceValue = { id: link.random.id(), partitions, protocol: PROTOCOL };
  await writeFirst(link, 'plan', value);
  return (await readMeta(link, 'plan')) ?? value;
}

type MetaKey = 'namespace' | 'plan';

async function writeFirst(link: NatsLink, key: MetaKey, value: NamespaceValue): Promise<void> {
  try {
    await link.js.publish(metaSubject(link, key), JSON.stringify(value), {
      expect: { lastSubjectSequence: 0 },
    });
  } catch (error) {
    if (!hasCode(error, JetStreamApiCodes.StreamWrongLastSequence)) throw error;
    // Somebody else was first.
  }
}

function readNamespace(link: NatsLink): Promise<NamespaceValue | undefined> {
  return readMeta(link, 'namespace');
}

async function lookAtNamespace(link: NatsLink): Promise<NamespaceValue | undefined> {
  const { state } = await link.jsm.streams.info(metaStream(link));
  return state.messages === 0 ? undefined : await readNamespace(link);
}

async function readMeta(link: NatsLink, key: MetaKey): Promise<NamespaceValue | undefined> {
  const message = await link.jsm.streams.getMessage(metaStream(link), {
    last_by_subj: metaSubject(link, key),
  });
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

function metaStream({ subjects }: NatsLink): string {
  return `KV_${subjects.bucket('META')}`;
}

function metaSubject({ subjects }: NatsLink, key: MetaKey): string {
  return `$KV.${subjects.bucket('META')}.${key}`;
}

/**
 * The client knows a refused request by its subject. In an account that maps the API's subjects the server names another one, and the
 * request would wait in vain.
 */
async function unlessRefused<T>(link: NatsLink, reading: Promise<T>): Promise<T> {
  const refusal = Promise.withResolvers<never>();
  const forget = link.listen({
    refused: (error) => {
      if (error.subject.endsWith(`.${metaStream(link)}`)) refusal.reject(error);
    },
  });
  try {
    return await Promise.race([reading, refusal.promise]);
  } finally {
    forget();
  }
}

function isMissing(error: unknown): boolean {
  return hasCode(error, JetStreamApiCodes.StreamNotFound);
}
