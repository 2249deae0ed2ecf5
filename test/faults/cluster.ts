import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../src/adapters/memory/seeded-random.ts';
import { type NatsSpace, openNatsSpace } from '../../src/adapters/nats/space.ts';
import { systemClock as clock } from '../../src/adapters/system/clock.ts';
import { systemRandom as random } from '../../src/adapters/system/random.ts';
import { Pins } from '../../src/engine/pins.ts';
import { toTroupeError } from '../../src/errors.ts';
import { submitExecution } from '../../src/library/submit.ts';
import type { NewRecord } from '../../src/ports/event-log.ts';
import { type Checked, checkLog } from '../../src/simulation/checker/check-log.ts';
import { type NatsServer, type NatsServerOptions, startNatsServer } from '../fixtures/nats/server.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { type JournalEntry, readJournal } from './journal.ts';
import type {
  HostNews,
  HostParameters,
  OrchestratorNews,
  OrchestratorParameters,
} from './processes/parameters.ts';
import { TalkingProcess } from './talking-process.ts';
import { Witness } from './witness.ts';
import { GATE, INPUT, PINNED, STEPS } from './work.ts';

export interface ClusterOptions {
  /** Of all that is chosen at random. */
  readonly seed: number;
  /** Default 4. */
  readonly partitions?: number;
  /** Default 1,500. */
  readonly leaseMs?: number;
  /** Default 1,000. */
  readonly ownerLeaseMs?: number;
  readonly server?: NatsServerOptions;
}

export interface Verdict {
  readonly executions: number;
  readonly records: number;
  /** Records that the fold refused, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** What broke an invariant; nothing. */
  readonly findings: readonly string[];
  /** Steps that an execution lacks although it has completed, and executions that have not. */
  readonly lost: readonly string[];
  /** Attempts that hosts began, and those among them that another one had to repeat. */
  readonly begun: number;
  readonly repeated: number;
  readonly hashes: ReadonlyMap<string, string>;
}

export interface VerifyOptions {
  /**
   * Records that were acknowledged are gone with the log's tail: what agents and hosts remember of them is no evidence.
   * Default false.
   */
  readonly isTailLost?: boolean;
}

type HeldListener = (process: TalkingProcess<OrchestratorNews>, partitions: readonly number[]) => void;

/**
 * A server, orchestrators and hosts as real processes, which can be killed and stopped at any moment, and somebody who watches the
 * logs. Nothing here waits for time to pass.
 */
export class Cluster implements AsyncDisposable {
  readonly server: NatsServer;
  readonly space: NatsSpace;
  readonly witness: Witness;
  readonly orchestrators: TalkingProcess<OrchestratorNews>[] = [];
  readonly hosts: TalkingProcess<HostNews>[] = [];
  readonly submitted: string[] = [];
  readonly #options: ClusterOptions;
  readonly #random: ReturnType<typeof seededRandom>;
  readonly #folder: string;
  readonly #acknowledgements: Acknowledgements;
  readonly #underWay = new Set<Promise<void>>();
  readonly #heldListeners = new Set<HeldListener>();
  #isOver = false;

  static async start(options: ClusterOptions): Promise<Cluster> {
    const server = await startNatsServer(options.server);
    try {
      const partitions = options.partitions ?? 4;
      const space = await openNatsSpace({ url: server.url, partitions, role: 'client', clock, random });
      return new Cluster(options, server, space, await Acknowledgements.hear(server.url));
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  private constructor(
    options: ClusterOptions,
    server: NatsServer,
    space: NatsSpace,
    acknowledgements: Acknowledgements,
  ) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#folder = mkdtempSync(join(tmpdir(), 'troupe-faults-'));
    this.#acknowledgements = acknowledgements;
    this.server = server;
    this.space = space;
    this.witness = new Witness({ space, onWaiting: (execution) => this.#signal(execution) });
  }

  /** Of the seed: a whole number in [from, to]. */
  pick(from: number, to: number): number {
    return from + Math.floor(this.#random.next() * (to - from + 1));
  }

  /** Of the seed. */
  oneOf<T>(all: readonly T[]): T {
    const one = all[this.pick(0, all.length - 1)];
    if (one === undefined) throw new Error('nothing to choose from');
    return one;
  }

  /** Resolves when it has joined the others. */
  async orchestrator(
    rest: Partial<OrchestratorParameters> = {},
    prefix: readonly string[] = [],
  ): Promise<TalkingProcess<OrchestratorNews>> {
    const { leaseMs = 1_500, ownerLeaseMs = 1_000 } = this.#options;
    const parameters: OrchestratorParameters = { url: this.server.url, leaseMs, ownerLeaseMs, ...rest };
    const started = new TalkingProcess<OrchestratorNews>('orchestrator.ts', parameters, prefix);
    this.orchestrators.push(started);
    started.listen((news) => {
      if (news.type === 'held')
        for (const listener of this.#heldListeners) listener(started, news.partitions);
    });
    await started.says(({ type }) => type === 'started');
    return started;
  }

  /** Told whenever the partitions that a process drives change; returns how to stop listening. */
  onHeld(listener: HeldListener): () => void {
    this.#heldListeners.add(listener);
    return () => this.#heldListeners.delete(listener);
  }

  /** Resolves when it is connected. */
  async host(rest: Partial<HostParameters> = {}): Promise<TalkingProcess<HostNews>> {
    const parameters: HostParameters = {
      url: this.server.url,
      journal: this.#journalFile,
      concurrency: 8,
      ...rest,
    };
    const started = new TalkingProcess<HostNews>('host.ts', parameters);
    this.hosts.push(started);
    await started.says(({ type }) => type === 'started');
    return started;
  }

  /** What agents wrote to disk. */
  get journal(): readonly JournalEntry[] {
    return readJournal(this.#journalFile);
  }

  /** Whether the report's host was told that it is folded. */
  isAcknowledged(report: string): boolean {
    return this.#acknowledgements.reports.has(report);
  }

  /** Starts so many executions; resolves with their ids when the log has them, however long the server is away. */
  async submit(count: number): Promise<readonly string[]> {
    const from = this.submitted.length;
    const ids = Array.from({ length: count }, (_, index) => `x${from + index}`);
    this.submitted.push(...ids);
    await this.resubmit(ids);
    return ids;
  }

  /** Starts executions again that a lost tail of the log may have taken with it; the others are there. */
  async resubmit(executions: readonly string[] = this.submitted): Promise<void> {
    await Promise.all(executions.map((execution) => this.#submit(execution)));
  }

  /** Looks at the logs as they are on the server, and at what agents wrote, when everything should be over. */
  async verify({ isTailLost = false }: VerifyOptions = {}): Promise<Verdict> {
    await Promise.all(this.#underWay);
    const { space, journal } = this;
    const acknowledged = this.#acknowledgements.reports;
    const begunOf = Map.groupBy(
      journal.filter(({ kind }) => kind === 'S'),
      ({ execution }) => execution,
    );
    const [findings, lost]: [string[], string[]] = [[], []];
    const refused: Record<string, number> = {};
    const hashes = new Map<string, string>();
    let records = 0;
    let repeated = 0;
    const reports = new Set<string>();
    const submitted = new Set(this.submitted);
    for (const execution of new Set([...submitted, ...this.witness.executions])) {
      const own = await space.logOf(space.partitionOf(execution)).read(execution);
      records += own.length;
      for (const { id } of own) reports.add(id);
      const begun = begunOf.get(execution)?.map(({ step, attempt }) => `${step}/${attempt}`) ?? [];
      const checked = await checkLog({
        records: own,
        pins: new Pins(space.artifacts),
        artifacts: space.artifacts,
        begun: isTailLost ? undefined : begun,
        isOver: true,
      });
      for (const { invariant, what } of checked?.findings ?? []) {
        findings.push(`${execution}: ${invariant} ${what}`);
      }
      if (submitted.has(execution)) lost.push(...lossesOf(execution, checked, own));
      for (const [reason, count] of Object.entries(checked?.refused ?? {})) {
        refused[reason] = (refused[reason] ?? 0) + count;
      }
      if (checked !== undefined) hashes.set(execution, checked.hash);
      repeated += begun.length - STEPS.length - failuresIn(own);
    }
    if (!isTailLost) {
      for (const report of acknowledged) {
        if (!reports.has(report)) findings.push(`I8 the acknowledged report ${report} is in no log`);
      }
    }
    const begun = [...begunOf.values()].reduce((sum, entries) => sum + entries.length, 0);
    return { executions: this.submitted.length, records, refused, findings, lost, begun, repeated, hashes };
  }

  /** What is known, for a failure's message. */
  describe(): string {
    const open = this.submitted.filter((execution) => this.witness.foldOf(execution)?.hasEnded !== true);
    const processes = [...this.orchestrators, ...this.hosts].filter(({ isAlive }) => isAlive);
    return [
      `seed ${this.#options.seed}; ${this.witness.records} records; not ended: ${open.length} of ${this.submitted.length}`,
      ...open.slice(0, 5).map((execution) => this.#describeExecution(execution)),
      ...processes.map(({ pid, said, stderr }) => {
        const last = said.findLast(({ type }) => type === 'held');
        return `process ${pid} ${JSON.stringify(last ?? said[0])}\n${stderr.slice(-2_000)}`;
      }),
      `server:\n${this.server.output.slice(-1_500)}`,
    ].join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await Promise.all([...this.orchestrators, ...this.hosts].map((one) => one.kill()));
    await this.#acknowledgements.close();
    await this.server.kill('SIGCONT');
    await this.space.close();
    await this.server.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #journalFile(): string {
    return join(this.#folder, 'journal');
  }

  #describeExecution(execution: string): string {
    const fold = this.witness.foldOf(execution);
    const records = this.witness
      .recordsOf(execution)
      .slice(-6)
      .map(({ position, type, data }) => {
        const { step, attempt } = data as { step?: string; attempt?: number };
        return `    ${position} ${type} ${step ?? ''}/${attempt ?? ''}`;
      });
    const owed = JSON.stringify(fold?.owed() ?? []).slice(0, 500);
    const partition = this.space.partitionOf(execution);
    return [`  ${execution} (partition ${partition}) ${fold?.status} owes ${owed}`, ...records].join('\n');
  }

  async #submit(execution: string): Promise<void> {
    await this.#untilDone(() =>
      submitExecution(
        { execution, pinned: PINNED, input: INPUT },
        { log: this.space.logOf(this.space.partitionOf(execution)), artifacts: this.space.artifacts, random },
      ),
    );
  }

  /** The same record until it is through: a control is applied once (I1). */
  #signal(execution: string): void {
    const record: NewRecord = {
      id: random.id(),
      execution,
      source: 'control',
      type: 'signal.sent',
      data: { name: GATE, payload: null },
    };
    const log = this.space.logOf(this.space.partitionOf(execution));
    const sending = this.#untilDone(() => log.append(record));
    this.#underWay.add(sending);
    void sending.finally(() => this.#underWay.delete(sending));
  }

  async #untilDone(act: () => Promise<unknown>): Promise<void> {
    while (!this.#isOver) {
      try {
        await act();
        return;
      } catch (error) {
        if (this.#isOver) return;
        if (!toTroupeError(error).retryable) throw error;
      }
    }
  }
}

function lossesOf(
  execution: string,
  checked: Checked | undefined,
  records: readonly { readonly type: string; readonly data: unknown }[],
): readonly string[] {
  if (checked?.status !== 'completed') return [`${execution} is ${checked?.status ?? 'gone'}`];
  const succeeded = new Set(
    records
      .filter(({ type }) => type === 'step.succeeded')
      .map(({ data }) => (data as { step: string }).step),
  );
  return STEPS.filter((step) => !succeeded.has(step)).map((step) => `${execution}/${step}`);
}

/** Attempts that were to fail. */
function failuresIn(records: readonly { readonly id: string; readonly type: string }[]): number {
  return new Set(records.filter(({ type }) => type === 'step.failed').map(({ id }) => id)).size;
}
