import { hash } from 'node:crypto';
import type { RecordData } from '../../../machines/records.ts';
import type { Fold } from '../../engine/fold.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import type { Finding } from './finding.ts';

interface AccountedClaim {
  readonly attempt: number;
  readonly fence: number;
  readonly role: string;
  readonly tokenDigest: string;
  readonly claimId: string;
}

type Find = (invariant: Finding['invariant'], what: string) => void;

/**
 * Who holds what, who reported what, by the accepted records alone: an account beside the fold, which has to fit it. It shares no
 * code with the machines.
 */
export class Account {
  readonly #find: Find;
  /** Every claim that was accepted, by `step/attempt`. */
  readonly #made = new Map<string, AccountedClaim>();
  /** Those that stand, by step. */
  readonly #standing = new Map<string, AccountedClaim>();
  readonly #succeeded = new Set<string>();
  readonly #outcomes = new Set<string>();
  readonly #evaluations = new Set<string>();
  readonly #controls = new Set<string>();
  readonly #answered = new Set<string>();

  constructor(find: Find) {
    this.#find = find;
  }

  /** The outcome was taken as the step's: one that comes while the attempt is being stopped is not. */
  succeeded(step: string): void {
    this.#succeeded.add(step);
  }

  /** What a rollback took back may be done again. */
  undone(step: string): void {
    this.#succeeded.delete(step);
  }

  claimOf(attempt: string): Pick<AccountedClaim, 'fence' | 'claimId'> | undefined {
    return this.#made.get(attempt);
  }

  /** Attempts that came to an end by their hosts' word. */
  get outcomeCount(): number {
    return this.#outcomes.size;
  }

  isClaimed(step: string): boolean {
    return this.#standing.has(step);
  }

  /** An accepted record. */
  take(record: LogRecord): void {
    const author = AUTHORS.get(record.type);
    if (author !== undefined && record.source !== author)
      this.#find('I7', `${record.type} at ${record.position} comes from ${record.source}`);
    switch (record.type) {
      case 'step.claimed':
        this.#claim(record, record.data as RecordData<'step.claimed'>);
        break;
      case 'step.succeeded':
      case 'step.failed':
      case 'step.asked':
      case 'claim.released':
        this.#report(record, record.data as RecordData<'claim.released'>);
        break;
      case 'ballot.sealed': {
        // The claim stands: the host keeps the vote.
        const { step } = record.data as RecordData<'ballot.sealed'>;
        const standing = this.#standing.get(step);
        this.#report(record, record.data as RecordData<'claim.released'>);
        if (standing !== undefined) this.#standing.set(step, standing);
        break;
      }
      case 'claim.expired':
        this.#expire(record.data as RecordData<'claim.expired'>);
        break;
      case 'step.answered':
        this.#answer(record.data as RecordData<'step.answered'>);
        break;
      case 'evaluation.completed':
      case 'evaluation.failed':
        this.#once(
          this.#evaluations,
          (record.data as { evaluationId: string }).evaluationId,
          'an evaluation',
        );
        break;
      default:
        if (record.source === 'control') this.#once(this.#controls, record.id, 'a control');
    }
  }

  /** The fold knows of these claims, and of no others. */
  compare(fold: Fold): void {
    const known = new Map(fold.claims().map(({ step, fence }) => [step, fence]));
    for (const [step, { fence }] of this.#standing) {
      if (known.get(step) !== fence) {
        this.#find('I2', `the claim of ${step} at ${fence} is gone`);
      }
    }
    for (const [step, fence] of known) {
      if (this.#standing.get(step)?.fence !== fence)
        this.#find('I3', `nobody made the claim of ${step} at ${fence}`);
    }
  }

  #claim(
    { position }: LogRecord,
    { step, attempt, role, tokenDigest, claimId }: RecordData<'step.claimed'>,
  ): void {
    const standing = this.#standing.get(step);
    if (standing !== undefined)
      this.#find('I3', `${step} was claimed at ${position} while ${standing.fence} stood`);
    if (this.#succeeded.has(step)) this.#find('I1', `${step} was claimed at ${position} after it succeeded`);
    const name = `${step}/${attempt}`;
    if (this.#made.has(name)) this.#find('I3', `${name} was claimed twice`);
    const claim = { attempt, fence: position, role, tokenDigest, claimId };
    this.#made.set(name, claim);
    this.#standing.set(step, claim);
  }

  #report(record: LogRecord, { step, attempt, fence, token }: RecordData<'claim.released'>): void {
    const standing = this.#standing.get(step);
    const about = `${record.type} of ${step}/${attempt} at ${record.position}`;
    if (standing?.fence !== fence)
      this.#find('I7', `${about} has the fence ${fence}, not ${standing?.fence}`);
    else if (hash('sha256', token) !== standing.tokenDigest) this.#find('I7', `${about} has another's token`);
    else if (record.source !== `agent.${standing.role}`)
      this.#find('I7', `${about} comes from ${record.source}`);
    else if (attempt !== standing.attempt)
      this.#find('I7', `${about} is of another attempt than ${standing.attempt}`);
    this.#standing.delete(step);
    if (record.type === 'claim.released' || record.type === 'ballot.sealed') return;
    this.#once(this.#outcomes, `${step}/${attempt}`, 'the outcome of');
  }

  #answer({ step, attempt }: RecordData<'step.answered'>): void {
    this.#once(this.#answered, `${step}/${attempt}`, 'the answer to');
    if (this.#standing.has(step)) this.#find('I3', `${step} was answered while it was claimed`);
  }

  #expire({ step, fence }: RecordData<'claim.expired'>): void {
    if (this.#standing.get(step)?.fence !== fence)
      this.#find('I7', `${step}: an expiry with the fence ${fence}`);
    this.#standing.delete(step);
  }

  #once(seen: Set<string>, id: string, what: string): void {
    if (seen.has(id)) this.#find('I1', `${what} ${id} was accepted twice`);
    seen.add(id);
  }
}

/** Who may say what; agents' reports are looked at one by one. */
const AUTHORS: ReadonlyMap<string, string> = new Map([
  ...['step.claimed', 'claim.expired', 'offer.failed', 'step.answered', 'timer.fired'].map(byEngine),
  ...['evaluation.completed', 'evaluation.failed'].map(byEngine),
  ...['pause', 'resume', 'abort', 'retry', 'rollback', 'checkpoint'].map(
    (name) => [`${name}.requested`, 'control'] as const,
  ),
  ...['signal.sent', 'approval.granted', 'approval.rejected', 'approval.delegated', 'step.completed'].map(
    (type) => [type, 'control'] as const,
  ),
  ['ballot.cast', 'control'],
]);

function byEngine(type: string): readonly [string, string] {
  return [type, 'engine'];
}
