import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { RecordData } from '../../../machines/records.ts';
import type { Fold } from '../../engine/fold.ts';
import type { Json } from '../../json.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import type { ConsensusStep } from '../../task/definition.ts';
import type { Finding } from './finding.ts';

type Find = (invariant: Finding['invariant'], what: string) => void;

/** What the records say of one round of a vote. */
interface SeenRound {
  /** By voter, the first that was accepted while the round was open. */
  readonly cast: Map<string, Json>;
  /** Seals by ballot run. */
  readonly seals: Map<string, string>;
  /** As the round opened, and as it was when it had closed. */
  opened: string | undefined;
  checked: string | undefined;
  /** Its deadline has come. */
  isClosed: boolean;
}

/**
 * Votes by the accepted records alone: who voted what in which round, and what follows. It shares no code with the machines, and what
 * they decide has to fit it:
 *
 * a voter has one ballot; a ballot that came late counts for nothing; a sealed one counts only if it is what was sealed; without a
 * quorum nothing is decided; ballots on a subject that changed count for nothing.
 */
export class BallotAccount {
  readonly #find: Find;
  /** By step and round. */
  readonly #rounds = new Map<string, SeenRound>();
  readonly #judged = new Set<string>();

  constructor(find: Find) {
    this.#find = find;
  }

  /** An accepted record, folded. */
  take(record: LogRecord, fold: Fold): void {
    const consensus = fold.world.definition.phases.flatMap(({ steps }) =>
      steps.filter((step) => step.kind === 'consensus'),
    );
    if (consensus.length === 0) return;
    for (const step of consensus) this.#note(record, step, fold);
    for (const step of consensus) this.#judge(step, fold);
  }

  #note(record: LogRecord, step: ConsensusStep, fold: Fold): void {
    switch (record.type) {
      case 'step.succeeded':
      case 'ballot.sealed':
        this.#report(record, step);
        break;
      case 'ballot.cast': {
        const { step: id, by, vote } = record.data as RecordData<'ballot.cast'>;
        if (id !== step.id) break;
        const { cast } = this.#round(step.id, roundOf(fold, step, by));
        const name = `person:${by}`;
        if (cast.has(name)) this.#find('I1', `a second ballot of ${name} in ${step.id} was accepted`);
        cast.set(name, vote as Json);
        break;
      }
      case 'timer.fired': {
        const { timerId } = record.data as RecordData<'timer.fired'>;
        const [kind, run, round] = timerId.split('/');
        if (kind === 'step' && run === step.id) this.#round(step.id, Number(round)).isClosed = true;
        break;
      }
      case 'evaluation.completed': {
        const { evaluationId, output } = record.data as RecordData<'evaluation.completed'>;
        const [kind, run, , round, part] = evaluationId.split('/');
        if (kind !== 'step' || run !== step.id) break;
        const seen = this.#round(step.id, Number(round));
        const { subject } = output as { readonly subject?: string };
        if (part === 'open') seen.opened = subject;
        else seen.checked = subject;
        break;
      }
      default:
    }
  }

  #report(record: LogRecord, step: ConsensusStep): void {
    const data = record.data as RecordData<'step.succeeded'> & { readonly digest?: string };
    for (const voter of step.voters) {
      if (voter.kind !== 'agent' || !data.step.startsWith(`${voter.id}_`)) continue;
      const round = Number(data.step.slice(voter.id.length + 1));
      const seen = this.#round(step.id, round);
      if (record.type === 'ballot.sealed') {
        if (seen.isClosed) return;
        seen.seals.set(data.step, data.digest ?? '');
        return;
      }
      const vote = (data.vote ?? data.output) as Json;
      if (step.sealed === true) {
        const { nonce } = data;
        const content = { execution: record.execution, step: data.step, round, nonce, vote };
        if (hash('sha256', canonicalize(content) ?? '') !== seen.seals.get(data.step)) return;
      } else if (seen.isClosed) {
        return;
      }
      if (!seen.cast.has(voter.name)) seen.cast.set(voter.name, vote);
    }
  }

  /** Looks at a decision when it is there. */
  #judge(step: ConsensusStep, fold: Fold): void {
    for (const { results, polls } of fold.world.ledger.phases.values()) {
      const result = results.get(step.id);
      const round = polls?.[step.id]?.rounds.length ?? 0;
      const name = `${step.id}/${round}`;
      if (result?.status !== 'succeeded' || this.#judged.has(name)) continue;
      this.#judged.add(name);
      this.#compare(step, round, result.output as unknown as Decision);
    }
  }

  #compare(step: ConsensusStep, round: number, { decision, deadlock, votes, veto, tally }: Decision): void {
    const seen = this.#round(step.id, round);
    const about = `the decision of ${step.id}`;
    for (const voter of Object.keys(votes)) {
      if (!seen.cast.has(voter))
        this.#find('I1', `${about} counts a ballot of ${voter} that was not taken in time`);
    }
    if (step.subject !== undefined && seen.opened !== seen.checked && decision !== null)
      this.#find('I1', `${about} is on ${seen.opened}, but it was ${seen.checked} by then`);
    if (deadlock !== undefined || veto !== undefined) return;
    const weightOf = (name: string): number =>
      step.voters.find((voter) => (voter.kind === 'person' ? `person:${voter.name}` : voter.name) === name)
        ?.weight ?? 0;
    const present = Object.keys(votes).reduce((sum, name) => sum + weightOf(name), 0);
    const all = step.voters.reduce((sum, { weight }) => sum + weight, 0);
    if (step.quorum === undefined && 2 * present <= all)
      this.#find('I1', `${about} was made by ${present} of ${all}`);
    const counted = Object.values(tally).reduce((sum, weight) => sum + weight, 0);
    if (step.method === 'majority' && Math.abs(counted - present) > 1e-9)
      this.#find('I1', `${about} counts ${counted}, and there are ballots of ${present}`);
  }

  #round(step: string, round: number): SeenRound {
    const name = `${step}/${round}`;
    let seen = this.#rounds.get(name);
    if (seen === undefined) {
      seen = { cast: new Map(), seals: new Map(), opened: undefined, checked: undefined, isClosed: false };
      this.#rounds.set(name, seen);
    }
    return seen;
  }
}

interface Decision {
  readonly decision: Json;
  readonly deadlock?: string;
  readonly veto?: readonly string[];
  readonly votes: { readonly [voter: string]: object };
  readonly tally: { readonly [choice: string]: number };
}

/** The round that took the ballot: by now the next one may be open. */
function roundOf(fold: Fold, { id }: ConsensusStep, by: string): number {
  const rounds = [...fold.world.ledger.phases.values()].flatMap(({ polls }) => polls?.[id]?.rounds ?? []);
  const { now } = fold.world;
  return 1 + rounds.findLastIndex(({ cast }) => cast.some((ballot) => ballot.by === by && ballot.at === now));
}
