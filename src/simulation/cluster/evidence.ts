import type { RecordData } from '../../../machines/records.ts';
import type { AgentFunction, FunctionAgent } from '../../agent/define.ts';
import type { LifecycleEvent } from '../../engine/lifecycle.ts';
import type { IndexedPinned } from '../../engine/pinned.ts';
import { taskRules } from '../../engine/rules.ts';
import type { Json } from '../../json.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import { choice } from '../chance.ts';
import type { Finding } from '../checker/finding.ts';
import { Witness } from '../checker/witness.ts';
import type { SimulatedProcess } from './process.ts';
import type { Trace } from './trace.ts';

export interface EvidenceOptions {
  readonly seed: number;
  readonly trace: Trace;
  /** Whether faults have been over for so long that all they broke is mended. */
  readonly isCalm: () => boolean;
}

/** What all logs say, what owners and hosts did beside them, and what of it must never be. */
export class Evidence {
  readonly #options: EvidenceOptions;
  readonly #pinned = new Map<string, IndexedPinned>();
  readonly #starts = new Map<string, { readonly input: Json; readonly kept: Json | undefined }>();
  readonly #witnesses = new Map<string, Witness>();
  readonly #lostTails = new Set<string>();
  /** Executions whose end was told. */
  readonly #ended = new Set<string>();
  readonly #atWork = new Set<Work>();
  /** Reports that were written when all had been well for a while. */
  readonly #lateReports = new Set<string>();
  readonly #findings: Finding[] = [];

  constructor(options: EvidenceOptions) {
    this.#options = options;
  }

  get witnesses(): Iterable<Witness> {
    return this.#witnesses.values();
  }

  get findings(): readonly Finding[] {
    return [...this.#findings, ...[...this.witnesses].flatMap(({ findings }) => findings)];
  }

  get hasFindings(): boolean {
    if (this.#findings.length > 0) return true;
    for (const { findings } of this.witnesses) if (findings.length > 0) return true;
    return false;
  }

  /** Every execution is at rest, and whoever listens was told of those that ended. */
  get isAtRest(): boolean {
    for (const { outlook, fold, execution } of this.witnesses) {
      if (!outlook.isAtRest) return false;
      if (fold.hasEnded && !this.#ended.has(execution)) return false;
    }
    return true;
  }

  /** The next deadline of any execution, ms since 1970, Infinity without; undefined while more than time is waited for. */
  get onlyWaitsUntil(): number | undefined {
    let next = Number.POSITIVE_INFINITY;
    for (const { outlook, fold, execution } of this.witnesses) {
      if (!outlook.onlyTime || (fold.hasEnded && !this.#ended.has(execution))) return undefined;
      next = Math.min(next, outlook.nextDueAt);
    }
    return next;
  }

  /** When a record last changed a state, or the last deadline of any: ms since 1970. */
  get lastMoveAt(): number {
    let latest = 0;
    for (const { movedAt, outlook } of this.witnesses) latest = Math.max(latest, movedAt, outlook.lastDueAt);
    return latest;
  }

  /** What the execution's first record refers to. */
  expect(execution: string, pinned: IndexedPinned, input: Json, kept?: Json): void {
    this.#pinned.set(pinned.digest, pinned);
    this.#starts.set(execution, { input, kept });
  }

  witnessOf(execution: string): Witness | undefined {
    return this.#witnesses.get(execution);
  }

  /** For what hosts say and do: after a lost tail that may be in no log. */
  certainOf(execution: string): Witness | undefined {
    return this.#lostTails.has(execution) ? undefined : this.#witnesses.get(execution);
  }

  /** A record has entered a log. */
  see(record: LogRecord): void {
    if (record.source.startsWith('agent.')) this.#seeReport(record);
    const witness = this.#witnesses.get(record.execution);
    if (witness !== undefined) {
      witness.take(record);
      if (record.type === 'sealed') this.certainOf(record.execution)?.sealed(record);
      return;
    }
    if (record.type !== 'execution.started') return;
    const { pinned } = record.data as unknown as RecordData<'execution.started'>;
    const indexed = this.#pinned.get(pinned);
    const start = this.#starts.get(record.execution);
    if (indexed === undefined || start === undefined) return;
    const restoresAfter = 1 + choice(this.#options.seed, `restores ${record.execution}`, 12);
    this.#witnesses.set(
      record.execution,
      new Witness({ first: record, pinned: indexed, ...start, rules: taskRules, restoresAfter }),
    );
  }

  /** The log is another one: what was seen of it counts no more, what was found does. @param left what it holds now */
  seeLoss(execution: string, left: readonly LogRecord[]): void {
    this.#lostTails.add(execution);
    this.#findings.push(...(this.#witnesses.get(execution)?.findings ?? []));
    this.#witnesses.delete(execution);
    for (const record of left) this.see(record);
  }

  /** An owner tells something. */
  hear({ id, type }: LifecycleEvent): void {
    if (!ENDS.has(type)) return;
    this.#ended.add(id);
    this.#options.trace.note(`told: ${id} ${type}`);
  }

  /** The same agent, and it is seen when it is at work. */
  watched(agent: FunctionAgent, process: SimulatedProcess): FunctionAgent {
    const run: AgentFunction = async (request, context) => {
      const { execution, step, attempt } = request;
      this.certainOf(execution)?.began(request);
      const { signal } = context;
      const work: Work = { execution, step, attempt, process, stops: process.stops, signal };
      this.#seeWork(work);
      try {
        return await agent.run(request, context);
      } finally {
        this.#atWork.delete(work);
      }
    };
    return { ...agent, run };
  }

  /** The last checks of each execution, when no record is to come. */
  finish(): void {
    for (const witness of this.witnesses) {
      witness.finish({ isOver: true });
      if (witness.fold.hasEnded && !this.#ended.has(witness.execution))
        this.find(witness.execution, 'I6', 'it has ended, and nobody was told');
    }
  }

  find(execution: string, invariant: Finding['invariant'], what: string): void {
    this.#findings.push({ invariant, execution, what });
  }

  /** Where all is well a host hears that its report was folded before it would write it again. */
  #seeReport({ id, execution, position }: LogRecord): void {
    if (!this.#options.isCalm()) return;
    if (this.#lateReports.has(id)) {
      const what = `a report was written again at ${position}, since nobody said that it was folded`;
      this.find(execution, 'I8', what);
    }
    this.#lateReports.add(id);
  }

  /** A host stops before its step may be given to another. One that stood still asks first, and a lost log has its own order. */
  #seeWork(work: Work): void {
    const { execution, step, attempt } = work;
    for (const other of this.#atWork) {
      if (other.execution !== execution || other.step !== step || other.signal.aborted) continue;
      const { process, stops } = other;
      if (process.isDead || process.stops > stops || this.certainOf(execution) === undefined) continue;
      this.find(
        execution,
        'I3',
        `${step}/${attempt} was begun by ${work.process.id} while ${process.id} worked at ${step}/${other.attempt}`,
      );
    }
    this.#atWork.add(work);
  }
}

/** An agent at work. */
interface Work {
  readonly execution: string;
  readonly step: string;
  readonly attempt: number;
  readonly process: SimulatedProcess;
  /** As often it had stood still when it began. */
  readonly stops: number;
  readonly signal: AbortSignal;
}

const ENDS: ReadonlySet<string> = new Set([
  'execution:complete',
  'execution:error',
  'execution:timeout',
  'execution:aborted',
  'execution:rolledback',
]);
