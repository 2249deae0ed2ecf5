import { hostname } from 'node:os';
import { toTroupeError } from '../../errors.ts';
import type { Json } from '../../json.ts';
import type { AgentDirectory } from '../../ports/agent-directory.ts';
import type { ArtifactStore } from '../../ports/artifact-store.ts';
import type { ClaimDesk, Heartbeat, NextGrant } from '../../ports/claim-desk.ts';
import type { Subscription } from '../../ports/event-log.ts';
import type { LeaseBoard } from '../../ports/lease-board.ts';
import type { LiveFeed } from '../../ports/live-feed.ts';
import type { OwnerInfo } from '../../ports/ownership.ts';
import type { PartitionSnapshots } from '../../ports/partition-snapshots.ts';
import type { PartitionSpace, ServedDesk } from '../../ports/partition-space.ts';
import type { ProcessGroups } from '../../ports/process-groups.ts';
import type { ResponseCache } from '../../ports/response-cache.ts';
import type { SnapshotStore } from '../../ports/snapshot-store.ts';
import type { Store } from '../../ports/store.ts';
import { NatsAgentDirectory } from './agent-directory.ts';
import { NatsArtifacts } from './artifact-store.ts';
import { Broadcast } from './broadcast.ts';
import { NatsClaimDesk } from './claim-desk.ts';
import { ClaimService } from './claim-service.ts';
import { NatsLink, type NatsOptions } from './connection.ts';
import { NatsLog } from './event-log.ts';
import { HostControl } from './host-control.ts';
import { NatsLeaseBoard } from './lease-board.ts';
import { NatsLiveFeed } from './live-feed.ts';
import { listen, notify } from './notifications.ts';
import { NatsOwnership } from './ownership.ts';
import { NatsPartitionSnapshots } from './partition-snapshots.ts';
import { type Namespace, openNamespace, provision, serverWarnings } from './provision.ts';
import { NatsResponses } from './response-cache.ts';
import { NatsSnapshots } from './snapshot-store.ts';
import { partitionOf } from './subjects.ts';
import { readTokenKey } from './token-key.ts';
import { NatsWorkQueue } from './work-queue.ts';

/**
 * What the process is there for. An `orchestrator` makes what the namespace lacks; a `client`, who only starts executions, makes
 * one that does not exist; `agent` and `viewer` open what is there. An agent needs the right to read META and nothing else.
 */
export type SpaceRole = 'orchestrator' | 'client' | 'agent' | 'viewer';

export interface NatsSpaceOptions extends NatsOptions {
  readonly role: SpaceRole;
}

/**
 * Connects and opens a namespace.
 *
 * @throws NATS_UNREACHABLE, NATS_REFUSED, NATS_UNSUITABLE, NAMESPACE_MISSING when one to be opened does not
 *   exist, NAMESPACE_INVALID, STORAGE_FULL
 */
export async function openNatsSpace({ role, ...options }: NatsSpaceOptions): Promise<NatsSpace> {
  const link = await NatsLink.connect(options);
  try {
    const namespace = await namespaceFor(role, link, options);
    const tells = role === 'orchestrator' || role === 'agent';
    return new NatsSpace(link, namespace, tells ? await Broadcast.open(link, options) : undefined);
  } catch (error) {
    await link.close();
    throw error;
  }
}

/**
 * All that one process has of a namespace: one connection and the parts on it, which ask the server for nothing until they are used;
 * and a second one for what orchestrators and hosts say to whoever listens.
 */
export class NatsSpace implements PartitionSpace, AsyncDisposable {
  readonly namespace: string;
  /** Made with the namespace; the same for every process that opens it. */
  readonly id: string;
  readonly partitions: number;
  /** What an operator should know about the server and its streams. */
  readonly warnings: readonly string[];
  readonly artifacts: ArtifactStore;
  readonly snapshots: SnapshotStore;
  readonly partitionSnapshots: PartitionSnapshots;
  readonly directory: AgentDirectory;
  readonly leases: LeaseBoard;
  readonly live: LiveFeed;
  readonly responses: ResponseCache;
  readonly queue: NatsWorkQueue;
  readonly #link: NatsLink;
  readonly #broadcast: Broadcast | undefined;
  readonly #logs = new Map<number, NatsLog>();
  readonly #directory: NatsAgentDirectory;
  readonly #control: HostControl;
  readonly #ownership: NatsOwnership;
  #closing: Promise<void> | undefined;

  constructor(link: NatsLink, { id, partitions, warnings }: Namespace, broadcast: Broadcast | undefined) {
    this.#link = link;
    this.#broadcast = broadcast;
    this.namespace = link.subjects.namespace;
    this.id = id;
    this.partitions = partitions;
    this.warnings = warnings;
    this.artifacts = new NatsArtifacts(link);
    this.snapshots = new NatsSnapshots(link);
    this.partitionSnapshots = new NatsPartitionSnapshots(link);
    this.#directory = new NatsAgentDirectory(link);
    this.directory = this.#directory;
    this.leases = new NatsLeaseBoard(link);
    this.live = new NatsLiveFeed(link, broadcast);
    this.responses = new NatsResponses(link);
    this.queue = new NatsWorkQueue(link, partitions);
    this.#control = new HostControl(link, { partitions, artifacts: this.artifacts });
    this.#ownership = new NatsOwnership({
      self: selfOn(link),
      leases: this.leases,
      partitionOf: (execution) => this.partitionOf(execution),
    });
  }

  /** The server as it answers now, and what an operator should know about it. */
  get server(): { readonly version: string; readonly warnings: readonly string[] } {
    return { version: this.#link.serverVersion, warnings: serverWarnings(this.#link) };
  }

  partitionOf(execution: string): number {
    return partitionOf(execution, this.partitions);
  }

  /** The same object each time. */
  logOf(partition: number): NatsLog {
    let log = this.#logs.get(partition);
    if (log === undefined) {
      log = new NatsLog(this.#link, { partition, partitions: this.partitions });
      this.#logs.set(partition, log);
    }
    return log;
  }

  silenceOf(partition: number): number {
    const { heardAt } = this.logOf(partition);
    return heardAt === undefined ? 0 : this.#link.clock.monotonic() - heardAt;
  }

  /** The desk as a host reaches it; to be disposed of when the host ends. */
  deskFor(host: string): ClaimDesk & AsyncDisposable {
    const { partitions, artifacts } = this;
    return new NatsClaimDesk(this.#link, { host, partitions, artifacts });
  }

  async serveDesk(partition: number, desk: ServedDesk): Promise<Subscription> {
    const { partitions, artifacts } = this;
    return new ClaimService(this.#link, { partition, partitions, desk, artifacts });
  }

  confirm(host: string, reportId: string, next?: NextGrant): void {
    if (next === undefined) this.#control.confirm(host, reportId);
    else void this.#control.confirmWith(host, reportId, next);
  }

  cancel(host: string, beat: Heartbeat, reason: string): void {
    this.#control.cancel(host, beat, reason);
  }

  notify(execution: string, name: string, data: Json): void {
    notify(this.#link, execution, name, data, this.#broadcast);
  }

  /** Hears what is told of one execution, or of all; returns how to stop. Nothing that was told before comes again. */
  listen(execution: string | undefined, listener: (name: string, data: Json) => void): () => void {
    return listen(this.#link, execution, listener);
  }

  /** The connection was lost and is there again: what was told meanwhile was not heard. Returns how to stop listening. */
  onReconnect(listener: () => void): () => void {
    return this.#link.onReconnect(listener);
  }

  tokenKey(): Promise<string> {
    return readTokenKey(this.#link);
  }

  /**
   * The execution as viewers and controls see it. Nobody takes it through its `ownership`, which only says who drives it; its
   * `close` leaves everything to this space.
   */
  storeOf(execution: string): Store {
    const close = async (): Promise<void> => undefined;
    return {
      log: this.logOf(this.partitionOf(execution)),
      snapshots: this.snapshots,
      artifacts: this.artifacts,
      ownership: this.#ownership,
      directory: this.directory,
      processGroups: noProcessGroups,
      responses: this.responses,
      dataId: this.id,
      close,
      [Symbol.asyncDispose]: close,
    };
  }

  /** Withdraws the hosts that this process listed, waits for appends under way, then ends the connection. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    await Promise.all([this.#directory.close(), ...[...this.#logs.values()].map((log) => log.close())]);
    await Promise.all([this.#broadcast?.close(), this.#link.close()]);
  }
}

async function namespaceFor(role: SpaceRole, link: NatsLink, options: NatsOptions): Promise<Namespace> {
  if (role === 'orchestrator') return provision(link, options);
  try {
    return await openNamespace(link, { mayLook: role !== 'agent' });
  } catch (error) {
    const isMissing = toTroupeError(error).code === 'NAMESPACE_MISSING';
    if (role === 'client' && isMissing) return provision(link, options);
    throw error;
  }
}

function selfOn({ clock, random }: NatsLink): OwnerInfo {
  return { process: random.id(), pid: process.pid, hostname: hostname(), startedAt: clock.now() };
}

/**
 * What an agent's process leaves behind is on its host's machine, where only that host's own books can tell of it; whoever
 * looks at an execution from elsewhere has nothing to end.
 */
const noProcessGroups: ProcessGroups = {
  add: () => undefined,
  remove: () => undefined,
  killLeftovers: async () => [],
  killAttemptsOf: async () => [],
};
