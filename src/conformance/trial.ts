import type { Json } from '../json.ts';
import type { HeartbeatAnswer } from '../ports/claim-desk.ts';

/** What a test agent is asked to do; told to others in docs/protocol.md. */
export type Task =
  | { readonly conformance: 'succeed'; readonly value: Json }
  | { readonly conformance: 'fail'; readonly class: string; readonly message: string }
  | { readonly conformance: 'work'; readonly seconds: number; readonly value: Json };

export interface Reported {
  readonly at: number;
  readonly id: string;
  readonly type: string;
  readonly data: { readonly [key: string]: unknown };
  /** The payload as it came: a repeated report is the same record. */
  readonly text: string;
}

export interface Identity {
  readonly execution: string;
  readonly step: string;
  readonly attempt: number;
  readonly partition: number;
  readonly fence: number;
  readonly token: string;
  readonly leaseMs: number;
  /** The subject that the grant names. */
  readonly reportSubject: string;
}

/** One made-up attempt: how its owner behaves towards the agent, and all that the agent did about it. Times are monotonic. */
export class Trial {
  readonly identity: Identity;
  readonly task: Task;

  /** So many claims are not answered at first. */
  ignoredClaims = 0;
  refusesClaims = false;
  /** Every message to the agent has keys that it cannot know. */
  hasUnknownKeys = false;
  /** The request travels as an artifact. */
  isByReference = false;
  beatAnswer: HeartbeatAnswer | 'silent' = 'ok';
  confirms = true;

  readonly claims: { readonly at: number; readonly claimId: string; readonly host: string }[] = [];
  /** The claim that was granted. */
  holder: { readonly claimId: string; readonly host: string; readonly at: number } | undefined;
  /** When the lease was granted or renewed last. */
  leaseFrom = Number.NEGATIVE_INFINITY;
  readonly beats: number[] = [];
  readonly progress: number[] = [];
  readonly reports: Reported[] = [];
  /** Of the first report that was confirmed. */
  confirmedAt: number | undefined;
  /** What the agent did against the protocol. */
  readonly faults = new Set<string>();

  constructor(identity: Identity, task: Task) {
    this.identity = identity;
    this.task = task;
  }

  get id(): string {
    const { execution, step, attempt } = this.identity;
    return `${execution}/${step}/${attempt}`;
  }

  /** The agent shows that it is at work. */
  get isAtWork(): boolean {
    return this.progress.length > 0 || this.beats.length > 0;
  }

  get leaseEndsAt(): number {
    return this.leaseFrom + this.identity.leaseMs;
  }

  /** Granted, not reported, and the lease still holds. */
  isHeld(now: number): boolean {
    return this.holder !== undefined && this.confirmedAt === undefined && now < this.leaseEndsAt;
  }

  reported(type: string): Reported | undefined {
    return this.reports.find((report) => report.type === type);
  }

  /** In words, for the line of a check. */
  seen(): string {
    const parts = [
      counted(this.claims.length, 'claim'),
      counted(this.beats.length, 'heartbeat'),
      counted(this.progress.length, 'piece of progress', 'pieces of progress'),
      ...new Set(this.reports.map(({ type }) => type)),
    ];
    return parts.join(', ');
  }
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count === 0 ? 'no' : count} ${count === 1 ? one : many}`;
}
