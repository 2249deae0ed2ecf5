import { hash } from 'node:crypto';
import type { RecordData } from '../../machines/records.ts';
import type { Applied } from '../../src/engine/delivery.ts';
import { Fold } from '../../src/engine/fold.ts';
import type { FoldSnapshot } from '../../src/engine/fold-snapshot.ts';
import type { Pins } from '../../src/engine/pins.ts';
import { taskRules } from '../../src/engine/rules.ts';
import { resolved } from '../../src/engine/values.ts';
import type { Json } from '../../src/json.ts';
import type { ArtifactStore } from '../../src/ports/artifact-store.ts';
import type { LogRecord } from '../../src/ports/event-log.ts';

/**
 * Checks the invariants of DESIGN section 2 on logs as they were read from the store, and on what agents wrote to disk. It keeps
 * its own account of claims and outcomes beside the fold: what the fold accepts has to fit that account.
 */

export interface Evidence {
  /** All records of the execution, in log order. */
  readonly records: readonly LogRecord[];
  readonly pins: Pins;
  readonly artifacts: ArtifactStore;
  /** Attempts that agents began, `step/attempt`, as often as they did. */
  readonly begun?: readonly string[] | undefined;
  /** Ids of reports that hosts were told to be folded. */
  readonly acknowledged?: readonly string[] | undefined;
  /** Faults have stopped and there was time: it must have ended, or wait for something named. */
  readonly isOver?: boolean | undefined;
}

export interface Finding {
  readonly invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I6' | 'I7' | 'I8';
  readonly what: string;
}

export interface Checked {
  readonly status: string;
  readonly hash: string;
  readonly accepted: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
}

/** Undefined when the records hold no start. */
export async function check(evidence: Evidence): Promise<Checked | undefined> {
  const { records } = evidence;
  const from = records.findIndex(({ type }) => type === 'execution.started');
  const first = records[from];
  if (first === undefined) return undefined;
  const rest = records.slice(from + 1);
  const findings: Finding[] = [...orderFindings(records)];
  const account = new Account(findings);
  const fold = await begin(first, evidence);
  let middle: FoldSnapshot | undefined;
  let accepted = 0;
  for (const [index, record] of rest.entries()) {
    const applied = fold.apply(record);
    if (applied.accepted) accepted += 1;
    account.take(record, applied);
    if (index === Math.floor(rest.length / 2)) {
      middle = JSON.parse(JSON.stringify(fold.snapshot())) as FoldSnapshot;
    }
  }
  account.compare(fold);
  findings.push(...(await refoldFindings(fold, first, rest, middle, evidence)));
  findings.push(...beginningFindings(evidence.begun ?? [], account));
  const ids = new Set(records.map(({ id }) => id));
  for (const report of evidence.acknowledged ?? []) {
    if (!ids.has(report)) findings.push({ invariant: 'I8', what: `the report ${report} is not in the log` });
  }
  if (evidence.isOver === true && !isAtRest(fold)) {
    findings.push({ invariant: 'I6', what: `it is ${fold.status} and waits for nothing that has a name` });
  }
  return { status: fold.status, hash: fold.hash(), accepted, refused: fold.refused, findings };
}

interface AccountedClaim {
  readonly attempt: number;
  readonly fence: number;
  readonly role: string;
  readonly tokenDigest: string;
}

/** Who holds what, by the records alone. */
class Account {
  /** `step/attempt` of every claim that was accepted. */
  readonly claimed = new Set<string>();
  readonly #claims = new Map<string, AccountedClaim>();
  readonly #ended = new Set<string>();
  readonly #effects = new Set<string>();
  readonly #controls = new Set<string>();
  readonly #findings: Finding[];

  constructor(findings: Finding[]) {
    this.#findings = findings;
  }

  take(record: LogRecord, applied: Applied): void {
    if (!applied.accepted) return;
    switch (record.type) {
      case 'step.claimed':
        this.#claim(record, record.data as RecordData<'step.claimed'>);
        break;
      case 'step.succeeded':
      case 'step.failed':
      case 'claim.released':
        this.#report(record, record.data as RecordData<'claim.released'>);
        break;
      case 'claim.expired':
        this.#expire(record.data as RecordData<'claim.expired'>);
        break;
      case 'evaluation.completed':
      case 'evaluation.failed':
        this.#once(this.#effects, (record.data as { evaluationId: string }).evaluationId, 'an evaluation');
        break;
      default:
        if (record.source === 'control') this.#once(this.#controls, record.id, 'a control');
    }
  }

  /** The fold knows of no other claims than these. */
  compare(fold: Fold): void {
    const known = new Map(fold.claims().map(({ step, fence }) => [step, fence]));
    for (const [step, { fence }] of this.#claims) {
      // A step that was cut off with its phase or its execution takes its claim with it once that has drained.
      if (known.get(step) !== fence && !fold.hasEnded && fold.world.steps.has(step)) {
        this.#find('I2', `the claim of ${step} at ${fence} is gone`);
      }
    }
    for (const [step, fence] of known) {
      if (this.#claims.get(step)?.fence !== fence)
        this.#find('I3', `nobody made the claim of ${step} at ${fence}`);
    }
  }

  #claim({ position }: LogRecord, { step, attempt, role, tokenDigest }: RecordData<'step.claimed'>): void {
    const live = this.#claims.get(step);
    if (live !== undefined) this.#find('I3', `${step} was claimed at ${position} while ${live.fence} stood`);
    if (this.claimed.has(`${step}/${attempt}`)) this.#find('I3', `${step}/${attempt} was claimed twice`);
    this.claimed.add(`${step}/${attempt}`);
    this.#claims.set(step, { attempt, fence: position, role, tokenDigest });
  }

  #report(record: LogRecord, { step, attempt, fence, token }: RecordData<'claim.released'>): void {
    const live = this.#claims.get(step);
    const about = `${record.type} of ${step}/${attempt} at ${record.position}`;
    if (live?.fence !== fence) this.#find('I7', `${about} has the fence ${fence}, not ${live?.fence}`);
    else if (hash('sha256', token) !== live.tokenDigest) this.#find('I7', `${about} has another's token`);
    else if (record.source !== `agent.${live.role}`) this.#find('I7', `${about} comes from ${record.source}`);
    this.#claims.delete(step);
    if (record.type !== 'claim.released') this.#once(this.#ended, `${step}/${attempt}`, 'the outcome of');
  }

  #expire({ step, fence }: RecordData<'claim.expired'>): void {
    if (this.#claims.get(step)?.fence !== fence)
      this.#find('I7', `${step}: an expiry with the fence ${fence}`);
    this.#claims.delete(step);
  }

  #once(seen: Set<string>, id: string, what: string): void {
    if (seen.has(id)) this.#find('I1', `${what} ${id} was accepted twice`);
    seen.add(id);
  }

  #find(invariant: Finding['invariant'], what: string): void {
    this.#findings.push({ invariant, what });
  }
}

async function begin(first: LogRecord, { pins, artifacts }: Evidence): Promise<Fold> {
  const { pinned, input } = first.data as RecordData<'execution.started'>;
  return Fold.begin(
    first,
    await pins.get(pinned),
    await resolved((input ?? {}) as Json, artifacts),
    taskRules,
  );
}

function orderFindings(records: readonly LogRecord[]): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [index, { position, at }] of records.entries()) {
    const before = records[index - 1];
    if (before !== undefined && (position <= before.position || at < before.at)) {
      findings.push({ invariant: 'I4', what: `${position} comes after ${before.position}` });
    }
  }
  return findings;
}

/** Folded again from the start, and from a snapshot in its middle: the same state. */
async function refoldFindings(
  fold: Fold,
  first: LogRecord,
  rest: readonly LogRecord[],
  middle: FoldSnapshot | undefined,
  evidence: Evidence,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const again = await begin(first, evidence);
  for (const record of rest) again.apply(record);
  if (again.hash() !== fold.hash())
    findings.push({ invariant: 'I4', what: 'folded again it is another state' });
  if (middle === undefined) return findings;
  const restored = Fold.restore(middle, fold.pinned, taskRules);
  for (const record of rest) restored.apply(record);
  if (restored.hash() !== fold.hash()) {
    findings.push({ invariant: 'I2', what: `restored at ${middle.position} it is another state` });
  }
  return findings;
}

/** An agent begins an attempt once, and only with a claim that the log holds. */
function beginningFindings(begun: readonly string[], { claimed }: Account): readonly Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const attempt of begun) {
    if (seen.has(attempt)) findings.push({ invariant: 'I3', what: `${attempt} was begun twice` });
    if (!claimed.has(attempt))
      findings.push({ invariant: 'I3', what: `${attempt} was begun without a claim` });
    seen.add(attempt);
  }
  return findings;
}

function isAtRest(fold: Fold): boolean {
  if (fold.hasEnded) return fold.claims().length === 0;
  if (fold.status === 'paused' || fold.status === 'suspended') return true;
  const steps = [...fold.world.steps.values()];
  return steps.length > 0 && steps.every(({ src }) => src === 'wait');
}
