import { namespaceInvalid } from '../../errors.ts';
import type { Position, Source } from '../../ports/event-log.ts';

/**
 * The subjects of one namespace; DESIGN section 6, told to others in docs/protocol.md. A token is `[A-Za-z0-9_-]{1,128}`, so
 * that nothing that a person or an agent names can reach outside its place in a subject (I9).
 */
export class Subjects {
  readonly namespace: string;
  readonly root: string;

  /** @throws NAMESPACE_INVALID */
  constructor(namespace: string) {
    if (!/^[A-Za-z0-9_-]{1,32}$/.test(namespace)) throw namespaceInvalid(namespace);
    this.namespace = namespace;
    this.root = `troupe.${namespace}`;
  }

  /** Where a record goes: the source, and so the role, is part of the subject, which credentials restrict. */
  log(partition: number, execution: string, source: Source): string {
    return `${this.root}.log.${partition}.${token(execution)}.${source}`;
  }

  logOfPartition(partition: number): string {
    return `${this.root}.log.${partition}.>`;
  }

  logOfExecution(partition: number, execution: string): string {
    return `${this.root}.log.${partition}.${token(execution)}.>`;
  }

  /** Undefined when it is no subject of this namespace's log. */
  parseLog(
    subject: string,
  ): { readonly partition: number; readonly execution: string; readonly source: Source } | undefined {
    const parts = subject.slice(this.root.length + 1).split('.');
    const [kind, partition, execution, source, role] = parts;
    if (!subject.startsWith(`${this.root}.`) || kind !== 'log') return undefined;
    if (partition === undefined || !/^\d{1,4}$/.test(partition)) return undefined;
    if (execution === undefined || !TOKEN.test(execution)) return undefined;
    const isPlain = (source === 'control' || source === 'engine') && parts.length === 4;
    const isAgent = source === 'agent' && role !== undefined && TOKEN.test(role) && parts.length === 5;
    if (!isPlain && !isAgent) return undefined;
    return {
      partition: Number(partition),
      execution,
      source: (isAgent ? `agent.${role}` : source) as Source,
    };
  }

  offer(role: string, execution: string, step: string, attempt: number): string {
    return `${this.root}.offer.${token(role)}.${token(execution)}.${token(step)}.${attempt}`;
  }

  offersOf(role: string): string {
    return `${this.root}.offer.${token(role)}.>`;
  }

  get offers(): string {
    return `${this.root}.offer.>`;
  }

  rpc(partition: number, role: string, host: string, verb: RpcVerb): string {
    return `${this.root}.rpc.${partition}.${token(role)}.${token(host)}.${verb}`;
  }

  /** What the owner of a partition listens to. */
  rpcOfPartition(partition: number, verb: RpcVerb): string {
    return `${this.root}.rpc.${partition}.*.*.${verb}`;
  }

  /** Undefined when it is no request to a partition's owner. */
  parseRpc(
    subject: string,
  ): { readonly role: string; readonly host: string; readonly verb: string } | undefined {
    const [kind, , role, host, verb, ...more] = subject.slice(this.root.length + 1).split('.');
    if (!subject.startsWith(`${this.root}.`) || kind !== 'rpc' || more.length > 0) return undefined;
    if (role === undefined || host === undefined || verb === undefined) return undefined;
    return TOKEN.test(role) && TOKEN.test(host) ? { role, host, verb } : undefined;
  }

  live(execution: string, step: string): string {
    return `${this.root}.live.${token(execution)}.${token(step)}`;
  }

  /** Of one execution, or of all. */
  liveOf(execution: string | undefined): string {
    return `${this.root}.live.${execution === undefined ? '*' : token(execution)}.*`;
  }

  event(execution: string, name: string): string {
    return `${this.root}.event.${token(execution)}.${token(name.replaceAll(':', '-'))}`;
  }

  /** Of one execution, or of all. */
  eventsOf(execution: string | undefined): string {
    return `${this.root}.event.${execution === undefined ? '*' : token(execution)}.*`;
  }

  host(host: string, verb: HostVerb): string {
    return `${this.root}.host.${token(host)}.${verb}`;
  }

  hostAll(host: string): string {
    return `${this.root}.host.${token(host)}.*`;
  }

  logStream(partition: number): string {
    return `TROUPE_${this.namespace}_LOG_${partition}`;
  }

  get offerStream(): string {
    return `TROUPE_${this.namespace}_OFFER`;
  }

  /** The durable pull consumer from which all hosts of a role take their offers. */
  offerConsumer(role: string): string {
    return `role-${token(role)}`;
  }

  bucket(name: BucketName): string {
    return `TROUPE_${this.namespace}_${name}`;
  }
}

/** Key-value buckets, and the object stores `ARTIFACTS` and `SNAPSHOTS`. */
export type BucketName =
  | 'AGENTS'
  | 'LEASES'
  | 'MEMBERS'
  | 'SECRETS'
  | 'CACHE'
  | 'ARTIFACTS'
  | 'SNAPSHOTS'
  | 'META';

export type RpcVerb = 'claim' | 'heartbeat';

/** `cancel`: stop an attempt. `confirmed`: these reports were folded. */
export type HostVerb = 'cancel' | 'confirmed';

/** The partition of an execution: FNV-1a (32 bit) of its id in UTF-8, modulo the number of partitions. */
export function partitionOf(execution: string, partitions: number): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(execution)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % partitions;
}

/** A place in the log and its record, to tell whether the log is still the one that was read. */
export interface LogMark {
  readonly position: Position;
  readonly record: string;
}

const TOKEN = /^[A-Za-z0-9_-]{1,128}$/;

function token(name: string): string {
  if (!TOKEN.test(name)) throw new TypeError(`"${name}" cannot be part of a subject`);
  return name;
}
