import { createHash } from 'node:crypto';
import { JetStreamApiError } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { z } from 'zod';
import type { NatsLink } from './connection.ts';
import { patiently } from './patience.ts';

/** What a bucket says about a name without reading its content. */
export interface ObjectEntry {
  readonly isThere: boolean;
  /** Of the entry, for {@link ObjectBucket.replace}; 0 when there never was one. */
  readonly revision: number;
  readonly metadata: Metadata;
  /** Where its chunks are. */
  readonly nuid?: string | undefined;
}

/** `hex`: the sha256 of the bytes, computed from what was read. */
export type StoredObject =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array; readonly hex: string; readonly metadata: Metadata }
  | { readonly kind: 'damaged' }
  | { readonly kind: 'none' };

type Metadata = Readonly<Record<string, string>>;

/**
 * Content by name in an object store of JetStream, laid out as its clients and command line tools lay it out: chunks under an
 * identifier of their own, then the entry that names them, so what is named is whole unless somebody damaged it.
 *
 * The client library's own object store is not used for reading and writing, because agents may write into a bucket that others
 * trust: it waits for ever for chunks that an entry names and that are not there, and it purges whatever subject an entry that
 * is replaced names. It also needs rights that agents do not have (to make consumers, to purge), and more round trips.
 */
export class ObjectBucket {
  readonly #link: NatsLink;
  readonly #name: string;

  constructor(link: NatsLink, name: string) {
    this.#link = link;
    this.#name = name;
  }

  entry(name: string): Promise<ObjectEntry> {
    return patiently(this.#link, async () => {
      const { info, revision } = await this.#info(name);
      const isThere = info !== undefined && !info.deleted;
      return { isThere, revision, metadata: info?.metadata ?? {}, nuid: info?.nuid };
    });
  }

  read(name: string): Promise<StoredObject> {
    return patiently(this.#link, () => this.#read(name));
  }

  /**
   * What the entries of a name say that were written over, the oldest first. They are there in a bucket that does not let headers
   * remove anything; of very many, the first ones.
   */
  async *earlier(name: string): AsyncGenerator<StoredObject> {
    for (let after = 0, count = 0; count < MOST_EARLIER; count += 1) {
      const entry = await patiently(this.#link, () => this.#info(name, after + 1));
      if (entry.revision === 0) return;
      after = entry.revision;
      yield await patiently(this.#link, () => this.#contentOf(entry.info));
    }
  }

  /**
   * Writes over whatever has this name. What was there keeps its chunks: an entry that others could write is no reason to delete
   * what it names.
   */
  async write(name: string, bytes: Uint8Array, metadata: Metadata = {}): Promise<void> {
    await patiently(this.#link, () => this.#write(name, bytes, metadata));
  }

  /**
   * Writes over exactly the entry `over`, all or nothing, and deletes its chunks. False, and nothing done, when the name has got
   * another entry meanwhile. Needs the right to purge.
   */
  replace(over: ObjectEntry, name: string, bytes: Uint8Array, metadata: Metadata): Promise<boolean> {
    return patiently(this.#link, async () => {
      const { nuid, isRefused } = await this.#write(name, bytes, metadata, over.revision);
      const gone = isRefused ? nuid : over.nuid;
      if (gone !== undefined) await this.#purge(this.#chunkSubject(gone));
      return !isRefused;
    });
  }

  /** Needs the right to purge. */
  remove(name: string): Promise<void> {
    return patiently(this.#link, async () => {
      const { info, revision } = await this.#info(name);
      if (revision > 0) await this.#purge(this.#entrySubject(name));
      if (info !== undefined) await this.#purge(this.#chunkSubject(info.nuid));
    });
  }

  async #read(name: string): Promise<StoredObject> {
    let { info, revision } = await this.#info(name);
    for (;;) {
      if (revision === 0 || info?.deleted) return { kind: 'none' };
      const content = await this.#contentOf(info);
      if (content.kind === 'whole') return content;
      const now = await this.#info(name);
      if (now.revision === revision) return { kind: 'damaged' };
      // It was replaced while it was read, and its chunks are gone: read what took its place.
      ({ info, revision } = now);
    }
  }

  async #write(
    name: string,
    bytes: Uint8Array,
    metadata: Metadata,
    expected?: number,
  ): Promise<{ readonly nuid: string; readonly isRefused: boolean }> {
    const { js, clock, random, maxPayload } = this.#link;
    const nuid = random.id();
    const chunkBytes = Math.min(CHUNK_BYTES, maxPayload);
    // One after the other: were one refused and the next one taken, their order would be lost.
    for (let from = 0; from < bytes.byteLength; from += chunkBytes) {
      await js.publish(this.#chunkSubject(nuid), bytes.subarray(from, from + chunkBytes));
    }
    const info: ObjectInfo = {
      name,
      bucket: this.#name,
      nuid,
      size: bytes.byteLength,
      chunks: Math.ceil(bytes.byteLength / chunkBytes),
      digest: digestOf(createHash('sha256').update(bytes).digest()),
      mtime: new Date(clock.now()).toISOString(),
      deleted: false,
      options: { max_chunk_size: chunkBytes },
      metadata,
    };
    const about = headers();
    if (expected !== undefined) {
      about.set('Nats-Expected-Last-Subject-Sequence', String(expected));
      // Whoever may not purge may not roll up either: what a header removes need not be one's own.
      about.set('Nats-Rollup', 'sub');
    }
    try {
      await js.publish(this.#entrySubject(name), JSON.stringify(info), { headers: about });
    } catch (error) {
      if (expected !== undefined && isOtherRevision(error)) return { nuid, isRefused: true };
      // The chunks stay: an entry whose answer was lost may name them.
      throw error;
    }
    return { nuid, isRefused: false };
  }

  async #contentOf(info: ObjectInfo | undefined): Promise<StoredObject> {
    const bytes = info && (await this.#chunksOf(info));
    if (info === undefined || bytes === undefined) return { kind: 'damaged' };
    const hash = createHash('sha256').update(bytes).digest();
    if (info.digest !== digestOf(hash)) return { kind: 'damaged' };
    return { kind: 'whole', bytes, hex: hash.toString('hex'), metadata: info.metadata };
  }

  /**
   * The last entry, or the first one at or behind position `from`. `revision` 0: none. `info` undefined with a revision: an entry
   * that nobody can read.
   */
  async #info(
    name: string,
    from?: number,
  ): Promise<{ readonly info: ObjectInfo | undefined; readonly revision: number }> {
    const subject = this.#entrySubject(name);
    const query: MessageQuery =
      from === undefined ? { last_by_subj: subject } : { seq: from, next_by_subj: subject };
    // From the leader: a replica that lags behind would say of what was just written that it is not there.
    const message = await this.#link.jsm.streams.getMessage(this.#stream, query);
    if (message === null) return { info: undefined, revision: 0 };
    return { info: parseInfo(message.string()), revision: message.seq };
  }

  /** Undefined when some are missing. */
  async #chunksOf({ nuid, chunks, size }: ObjectInfo): Promise<Uint8Array | undefined> {
    const subject = this.#chunkSubject(nuid);
    const parts: Uint8Array[] = [];
    let length = 0;
    let last = 0;
    while (parts.length < chunks) {
      // From the front: what somebody else adds behind the chunks is never reached.
      const chunk = await this.#message({ seq: last + 1, next_by_subj: subject });
      if (chunk === undefined || length + chunk.data.length > size) return undefined;
      parts.push(chunk.data);
      length += chunk.data.length;
      last = chunk.seq;
    }
    return Buffer.concat(parts);
  }

  async #message(
    query: MessageQuery,
  ): Promise<{ readonly data: Uint8Array; readonly seq: number } | undefined> {
    const { direct, streams } = this.#link.jsm;
    // Any replica answers the first question, and cheaper; one that lags behind may lack what the leader has.
    const found = await direct.getMessage(this.#stream, query);
    return found ?? (await streams.getMessage(this.#stream, query)) ?? undefined;
  }

  async #purge(filter: string): Promise<void> {
    await this.#link.jsm.streams.purge(this.#stream, { filter });
  }

  get #stream(): string {
    return `OBJ_${this.#name}`;
  }

  #chunkSubject(nuid: string): string {
    return `$O.${this.#name}.C.${nuid}`;
  }

  #entrySubject(name: string): string {
    return `$O.${this.#name}.M.${padded(Buffer.from(name).toString('base64url'))}`;
  }
}

/** Half of what a server takes by default. */
const CHUNK_BYTES = 512 * 1024;

const MOST_EARLIER = 64;

type MessageQuery =
  | { readonly last_by_subj: string }
  | { readonly seq: number; readonly next_by_subj: string };

/** `nuid` becomes part of a subject: nothing that reaches beyond its token may pass. */
const objectInfo = z.object({
  name: z.string(),
  bucket: z.string(),
  nuid: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  size: z.int().min(0),
  chunks: z.int().min(0),
  digest: z.string(),
  mtime: z.string(),
  deleted: z.boolean().default(false),
  options: z.object({ max_chunk_size: z.int() }).optional(),
  metadata: z.record(z.string(), z.string()).default({}),
});

type ObjectInfo = z.output<typeof objectInfo>;

/** Undefined for what is no entry. */
export function parseInfo(text: string): ObjectInfo | undefined {
  try {
    return objectInfo.safeParse(JSON.parse(text)).data;
  } catch {
    // No JSON is as good as an entry of another form.
    return undefined;
  }
}

function digestOf(hash: Buffer): string {
  return `SHA-256=${padded(hash.toString('base64url'))}`;
}

/** Object stores use URL-safe base64 with padding. */
function padded(base64url: string): string {
  return base64url.padEnd(Math.ceil(base64url.length / 4) * 4, '=');
}

/** 10071 and 10164: "wrong last sequence", with and without the sequence that is there. */
function isOtherRevision(error: unknown): boolean {
  return error instanceof JetStreamApiError && (error.code === 10_071 || error.code === 10_164);
}
