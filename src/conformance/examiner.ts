import { NatsAgentDirectory } from '../adapters/nats/agent-directory.ts';
import { NatsArtifacts } from '../adapters/nats/artifact-store.ts';
import type { NatsLink } from '../adapters/nats/connection.ts';
import { partitionOf } from '../adapters/nats/subjects.ts';
import { type Hearing, hear, tell } from '../adapters/nats/wire.ts';
import type { AgentDirectory, HostPresence } from '../ports/agent-directory.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';
import { type Heard, HostHearing } from './hearing.ts';
import { type Task, Trial } from './trial.ts';

/** What the executions of an examination are called, so that nobody takes them for real ones. */
const PREFIX = 'conformance-';

/** Above what 32 bits hold, as the log of a busy partition is one day. */
const FIRST_FENCE = 2 ** 32 + 1;

const STEP = 'work';

export interface TrialOptions {
  /** The attempt before it of the same step. */
  readonly before?: Trial;
  readonly leaseMs?: number;
}

/**
 * Plays the owner of all partitions towards one role's hosts: makes offers, answers claims and heartbeats, confirms reports, all as
 * a {@link Trial} says. It keeps no log and folds nothing; what agents write is only heard.
 */
export class Examiner implements AsyncDisposable {
  readonly artifacts: ArtifactStore;
  readonly role: string;
  /** Those that claimed. */
  readonly hosts = new Set<string>();
  /** What was said that belongs to no trial. */
  readonly faults = new Set<string>();
  readonly #link: NatsLink;
  readonly #directory: AgentDirectory;
  readonly #partitions: number;
  readonly #leaseMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #run: string;
  readonly #trials = new Map<string, Trial>();
  readonly #hearings: readonly Hearing[];
  readonly #wakers = new Set<() => void>();
  #count = 0;

  constructor(
    link: NatsLink,
    options: {
      readonly role: string;
      readonly partitions: number;
      readonly leaseMs: number;
      readonly signal?: AbortSignal | undefined;
    },
  ) {
    this.#link = link;
    this.role = options.role;
    this.#partitions = options.partitions;
    this.#leaseMs = options.leaseMs;
    this.#signal = options.signal;
    this.#run = link.random.id().slice(-10);
    this.artifacts = new NatsArtifacts(link);
    this.#directory = new NatsAgentDirectory(link);
    const hearing = new HostHearing(link.subjects, this.role);
    this.#hearings = hearing.subjects.map((subject) =>
      hear(link, subject, (message) => {
        this.#take(hearing.read(message.subject, message.reply, message.string()));
        for (const wake of [...this.#wakers]) wake();
      }),
    );
    this.#signal?.addEventListener('abort', this.#wakeAll);
  }

  get now(): number {
    return this.#link.clock.monotonic();
  }

  get isAborted(): boolean {
    return this.#signal?.aborted === true;
  }

  /** Makes an attempt that can be offered. */
  prepare(task: Task, { before, leaseMs = this.#leaseMs }: TrialOptions = {}): Trial {
    this.#count += 1;
    const execution = before?.identity.execution ?? `${PREFIX}${this.#run}-${this.#count}`;
    const partition = partitionOf(execution, this.#partitions);
    const trial = new Trial(
      {
        execution,
        step: STEP,
        attempt: (before?.identity.attempt ?? 0) + 1,
        partition,
        fence: FIRST_FENCE + this.#count,
        token: this.#link.random.token(),
        leaseMs,
        reportSubject: this.#link.subjects.log(partition, execution, `agent.${this.role}`),
      },
      task,
    );
    this.#trials.set(trial.id, trial);
    return trial;
  }

  /** Offers it, or offers it once more. */
  offer(trial: Trial): void {
    const { execution, step, attempt, partition } = trial.identity;
    const offer = { execution, step, attempt, role: this.role, partition, priority: 0 };
    this.#say(trial, this.#link.subjects.offer(this.role, execution, step, attempt), offer);
  }

  /** Tells the host of the attempt to stop. */
  cancel(trial: Trial): void {
    const { execution, step, attempt, fence } = trial.identity;
    if (trial.holder === undefined) return;
    const order = { execution, step, attempt, fence, reason: 'The conformance test cancels it.' };
    this.#say(trial, this.#link.subjects.host(trial.holder.host, 'cancel'), order);
  }

  /** Confirms what was reported of a trial so far. */
  confirm(trial: Trial): void {
    trial.confirms = true;
    const [report] = trial.reports;
    if (report !== undefined) this.#confirm(trial, report.id, report.data.host);
  }

  /** What the host that claims says about itself, or one that says it offers the role; undefined: nothing that can be read. */
  async presence(): Promise<HostPresence | undefined> {
    const present = await this.#directory.list();
    return (
      present.find(({ host }) => this.hosts.has(host)) ??
      present.find(({ roles }) => roles.some(({ role }) => role === this.role))
    );
  }

  /** Whether the offer was acknowledged: it is in the stream no more. */
  async isTaken(trial: Trial): Promise<boolean> {
    const { execution, step, attempt } = trial.identity;
    const { jsm, subjects } = this.#link;
    const filter = subjects.offer(this.role, execution, step, attempt);
    const { state } = await jsm.streams.info(subjects.offerStream, { subjects_filter: filter });
    return Object.keys(state.subjects ?? {}).length === 0;
  }

  /** Resolves with true when the condition holds, which is tried after whatever the agent says; with false after `ms`. */
  until(condition: () => boolean, ms: number): Promise<boolean> {
    if (condition() || this.isAborted) return Promise.resolve(condition());
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#wakers.delete(wake);
        resolve(condition());
      };
      const wake = (): void => {
        if (condition() || this.isAborted) end();
      };
      const cancel = this.#link.clock.schedule(ms, end);
      this.#wakers.add(wake);
    });
  }

  /** Takes back what nobody took, ends what is held, and forgets the trials. What they still say later is confirmed. */
  async settle(): Promise<void> {
    const trials = [...this.#trials.values()];
    const { jsm, subjects } = this.#link;
    await Promise.all(
      trials.map(async (trial) => {
        const { execution, step, attempt } = trial.identity;
        const filter = subjects.offer(this.role, execution, step, attempt);
        await jsm.streams.purge(subjects.offerStream, { filter });
        trial.refusesClaims = trial.holder === undefined;
        trial.beatAnswer = 'cancel';
        this.confirm(trial);
      }),
    );
    const ends = Math.max(0, ...trials.map(({ leaseEndsAt }) => leaseEndsAt - this.now));
    await this.until(() => trials.every((trial) => !trial.isHeld(this.now)), ends);
    this.#trials.clear();
    this.faults.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#wakeAll);
    await Promise.all(this.#hearings.map((hearing) => hearing.stop()));
  }

  readonly #wakeAll = (): void => {
    for (const wake of [...this.#wakers]) wake();
  };

  #take(heard: Heard): void {
    switch (heard.kind) {
      case 'claim':
        void this.#takeClaim(heard);
        break;
      case 'next':
        // Nothing follows here.
        if (heard.id.startsWith(PREFIX))
          this.#answer(heard.reply, { kind: 'refused', reason: 'nothing follows' });
        break;
      case 'heartbeat':
        this.#takeBeats(heard);
        break;
      case 'progress':
        this.#takeProgress(heard);
        break;
      case 'report':
        this.#takeReport(heard);
        break;
      case 'fault':
        this.faults.add(heard.fault);
        break;
      case 'other':
        break;
    }
  }

  async #takeClaim(claim: Extract<Heard, { kind: 'claim' }>): Promise<void> {
    const { host, claimId, partition, reply } = claim;
    const trial = this.#trials.get(claim.id);
    if (trial === undefined) {
      if (claim.id.startsWith(PREFIX)) this.#answer(reply, { kind: 'refused', reason: 'stale' });
      return;
    }
    this.hosts.add(host);
    if (partition !== trial.identity.partition)
      trial.faults.add(`it asked the owner of partition ${partition}, not that of the offer's`);
    trial.claims.push({ at: this.now, claimId, host });
    const isHolder = trial.holder?.claimId === claimId && trial.holder.host === host;
    if (trial.claims.length <= trial.ignoredClaims) return;
    if (trial.refusesClaims || (trial.holder !== undefined && !isHolder)) {
      this.#answer(reply, { kind: 'refused', reason: 'stale', ...strange(trial) });
      return;
    }
    trial.holder ??= { claimId, host, at: this.now };
    const answer = await this.#grant(trial);
    trial.leaseFrom = Math.max(trial.leaseFrom, this.now);
    this.#answer(reply, { ...answer, ...strange(trial) });
    this.#wakeAll();
  }

  async #grant(trial: Trial): Promise<object> {
    const { fence, leaseMs, token, reportSubject: report } = trial.identity;
    const answer = { kind: 'granted', fence, leaseMs, token, report };
    const request = this.#requestOf(trial);
    if (!trial.isByReference) return { ...answer, request };
    const content = Buffer.from(JSON.stringify(request));
    return { ...answer, requestRef: await this.artifacts.put(content, { mediaType: 'application/json' }) };
  }

  #requestOf({ identity: { execution, step, attempt }, task }: Trial): object {
    return {
      execution,
      task: { name: 'conformance', version: '1.0.0' },
      phase: 'Conformance',
      step,
      attempt,
      idempotencyKey: `${execution}/${step}`,
      agent: this.role,
      instructions: `Do what the input's "conformance" says: ${task.conformance}.`,
      input: task,
      outputs: {},
      results: {},
      artifacts: [],
    };
  }

  #takeBeats({ host, partition, beats, reply }: Extract<Heard, { kind: 'heartbeat' }>): void {
    const answers: string[] = [];
    let isSilent = false;
    let trial: Trial | undefined;
    for (const beat of beats) {
      trial = this.#trials.get(beat.id);
      if (trial === undefined) {
        answers.push(beat.id.startsWith(PREFIX) ? 'cancel' : 'unknown');
        continue;
      }
      const { identity, holder, faults } = trial;
      if (partition !== identity.partition)
        faults.add(`it sent a heartbeat to the owner of partition ${partition}, not that of the offer's`);
      if (holder === undefined || holder.host !== host || beat.fence !== identity.fence) {
        faults.add(`it sent a heartbeat for fence ${beat.fence}, which it was never granted`);
        answers.push('cancel');
        continue;
      }
      trial.beats.push(this.now);
      if (trial.beatAnswer === 'silent') isSilent = true;
      else answers.push(trial.beatAnswer);
      if (trial.beatAnswer === 'ok' || trial.beatAnswer === 'cancel') trial.leaseFrom = this.now;
    }
    if (!isSilent) this.#answer(reply, { answers, ...(trial === undefined ? {} : strange(trial)) });
  }

  #takeProgress({ id }: Extract<Heard, { kind: 'progress' }>): void {
    this.#trials.get(id)?.progress.push(this.now);
  }

  #takeReport(heard: Extract<Heard, { kind: 'report' }>): void {
    const { id, subject, reply, record, text } = heard;
    const trial = this.#trials.get(id);
    if (trial === undefined) {
      // Of a check before, or an examination that was broken off: the host can forget it.
      this.#confirm(undefined, record.id, record.data.host);
      return;
    }
    const { identity, holder, faults, reports } = trial;
    if (holder === undefined) {
      faults.add(`it reported ${record.type} without having been granted the attempt`);
      return;
    }
    if (subject !== identity.reportSubject)
      faults.add(`it reported to ${subject}; the grant names ${identity.reportSubject}`);
    if (reply === '')
      faults.add('it published its report without a reply subject: it cannot know that the log has it');
    const { fence, token, host } = record.data;
    if (fence !== identity.fence)
      faults.add(`its report has fence ${JSON.stringify(fence)}; the grant has ${identity.fence}`);
    if (token !== identity.token) faults.add("its report does not have the grant's token");
    if (host !== holder.host)
      faults.add(`its report has host ${JSON.stringify(host)}; it claimed as ${JSON.stringify(holder.host)}`);
    const [first] = reports;
    if (first !== undefined && first.id !== record.id)
      faults.add(`it made a second report, ${record.type} after ${first.type}, with another id`);
    if (first?.id === record.id && first.text !== text)
      faults.add('it sent a report again with the same id and other content');
    if (trial.confirmedAt !== undefined && this.now > trial.confirmedAt + RESENT_BY_NOW_MS)
      faults.add('it sent its report again after that was confirmed');
    reports.push({ at: this.now, ...record, text });
    if (trial.confirms) this.#confirm(trial, record.id, host);
  }

  #confirm(trial: Trial | undefined, report: string, host: unknown): void {
    if (trial !== undefined) trial.confirmedAt ??= this.now;
    if (typeof host !== 'string' || !/^[A-Za-z0-9_-]{1,128}$/.test(host)) return;
    this.#say(trial, this.#link.subjects.host(host, 'confirmed'), { reports: [report] });
  }

  #say(trial: Trial | undefined, subject: string, content: object): void {
    tell(this.#link, subject, JSON.stringify({ ...content, ...(trial === undefined ? {} : strange(trial)) }));
  }

  #answer(reply: string, content: object): void {
    if (reply !== '') tell(this.#link, reply, JSON.stringify(content));
  }
}

/** One that was under way while it was confirmed is no fault. */
const RESENT_BY_NOW_MS = 1_000;

function strange({ hasUnknownKeys }: Trial): object {
  return hasUnknownKeys ? { unheardOf: { list: [1, 'two', null], text: 'ü' }, another: true } : {};
}
