import { onTestFinished } from 'vitest';
import { MemoryArtifacts } from '../../../src/adapters/memory/artifact-store.ts';
import { NatsClaimDesk } from '../../../src/adapters/nats/claim-desk.ts';
import { ClaimService } from '../../../src/adapters/nats/claim-service.ts';
import type { NatsLink } from '../../../src/adapters/nats/connection.ts';
import { HostControl } from '../../../src/adapters/nats/host-control.ts';
import { partitionOf } from '../../../src/adapters/nats/subjects.ts';
import type { AttemptReport, AttemptResult } from '../../../src/ports/agent-request.ts';
import type {
  ClaimAnswer,
  ClaimRequest,
  Heartbeat,
  HeartbeatAnswer,
  NextAnswer,
  NextGrant,
  NextRequest,
} from '../../../src/ports/claim-desk.ts';
import type { ServedDesk } from '../../../src/ports/partition-space.ts';
import { requestOf } from '../../agent/fixtures/request.ts';

export const PARTITIONS = 2;

/** Executions of different partitions. */
export const [E0, E1] = [0, 1].map((partition) => {
  const ids = Array.from({ length: 50 }, (_, index) => `e${index}`);
  const found = ids.find((id) => partitionOf(id, PARTITIONS) === partition);
  if (found === undefined) throw new Error('no execution belongs to the partition');
  return found;
}) as [string, string];

/** An owner's desk whose answers a test decides on. */
export class OwnerDesk implements ServedDesk {
  readonly claims: ClaimRequest[] = [];
  readonly nexts: NextRequest[] = [];
  readonly beats: { readonly host: string; readonly beats: readonly Heartbeat[] }[] = [];
  answersAllowed: () => boolean = () => true;
  answerClaim: (claim: ClaimRequest) => Promise<ClaimAnswer> = async (claim) => grantOf(claim);
  answerNext: (request: NextRequest) => Promise<NextAnswer | undefined> = async () => undefined;
  answerBeats: (beats: readonly Heartbeat[]) => Promise<HeartbeatAnswer[]> = async (beats) =>
    beats.map(() => 'ok');
  readonly #watchers = new Set<() => void>();

  mayAnswer(): boolean {
    return this.answersAllowed();
  }

  claim(claim: ClaimRequest): Promise<ClaimAnswer> {
    this.claims.push(claim);
    this.#tell();
    return this.answerClaim(claim);
  }

  next(request: NextRequest): Promise<NextAnswer | undefined> {
    this.nexts.push(request);
    this.#tell();
    return this.answerNext(request);
  }

  heartbeat(beats: readonly Heartbeat[], host: string): Promise<HeartbeatAnswer[]> {
    this.beats.push({ host, beats });
    this.#tell();
    return this.answerBeats(beats);
  }

  until(happened: (desk: this) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!happened(this)) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

export interface Service {
  readonly desk: OwnerDesk;
  readonly service: ClaimService;
}

/** Serves a partition until the test ends. */
export async function serve(link: NatsLink, partition: number, artifacts = noArtifacts()): Promise<Service> {
  const desk = new OwnerDesk();
  const service = new ClaimService(link, { partition, partitions: PARTITIONS, desk, artifacts });
  onTestFinished(() => service.stop());
  await link.nc.flush();
  return { desk, service };
}

export function deskOf(link: NatsLink, artifacts = noArtifacts()): NatsClaimDesk {
  const desk = new NatsClaimDesk(link, { host: 'host-1', partitions: PARTITIONS, artifacts });
  onTestFinished(() => desk[Symbol.asyncDispose]());
  return desk;
}

export function noArtifacts(): MemoryArtifacts {
  return new MemoryArtifacts({ artifacts: new Map() });
}

export function claimOf(execution: string, about: Partial<ClaimRequest> = {}): ClaimRequest {
  return {
    execution,
    step: 's1',
    attempt: 1,
    role: 'analyst',
    claimId: 'claim-1',
    host: 'host-1',
    ...about,
  };
}

export function grantOf({ execution, step, attempt, role }: ClaimRequest): ClaimAnswer & { kind: 'granted' } {
  const request = requestOf({ execution, step, attempt, agent: role });
  return { kind: 'granted', fence: 7, leaseMs: 30_000, token: 'token-7', request };
}

/** What comes after {@link reportOf} in the same execution. */
export function nextGrantOf(execution: string, about: Partial<NextGrant> = {}): NextGrant {
  const step = 's2';
  return {
    kind: 'granted',
    execution,
    role: 'analyst',
    claimId: 'claim-2',
    step,
    attempt: 1,
    fence: 9,
    leaseMs: 30_000,
    request: requestOf({ execution, step, attempt: 1, agent: 'analyst' }),
    ...about,
  };
}

/** As an owner of this link has it. */
export function controlOf(link: NatsLink, artifacts = noArtifacts()): HostControl {
  return new HostControl(link, { partitions: PARTITIONS, artifacts });
}

export function beatOf(execution: string): Heartbeat {
  return { execution, step: 's1', attempt: 1, fence: 7 };
}

export function reportOf(execution: string, result: AttemptResult): AttemptReport {
  const { step, attempt, fence } = beatOf(execution);
  return { reportId: 'report-1', execution, step, attempt, role: 'analyst', fence, token: 'token-7', result };
}
