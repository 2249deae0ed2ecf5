import type { Json } from '../../src/json.ts';
import type { Classification } from '../desk/classify.ts';
import { isRecord, type Request } from '../program/request.ts';
import type { ComplianceReport } from './compliance.ts';
import { type Consensus, readConsensus } from './consensus.ts';
import type { Decision } from './decision.ts';
import type { Opening } from './opening.ts';
import type { Analysis, Attack, Defence, Presentation, Vote } from './opinions.ts';
import type { SizingLimits } from './sizing-limits.ts';

/** Everything that may be on the record of a meeting, or of the desk that answers daily questions. */
export type Statement =
  | Opening
  | Analysis
  | Presentation
  | Attack
  | Defence
  | SizingLimits
  | ComplianceReport
  | Vote
  | Decision
  | Classification;

type Kind = Statement['kind'];
type OfKind<K extends Kind> = Extract<Statement, { kind: K }>;

/** What was said in the meeting so far, as the request carries it: earlier phases first, then this one. */
export interface Minutes {
  /** All statements of a kind, in the order in which they were made. */
  all<K extends Kind>(kind: K): readonly OfKind<K>[];
  /** The latest statement of a kind, by one member or by anyone. */
  latest<K extends Kind>(kind: K, agent?: string): OfKind<K> | undefined;
  /** The tally of the votes, once the consensus phase has made it. */
  readonly consensus: Consensus | undefined;
}

export function readMinutes({ outputs, results }: Request): Minutes {
  const places = [...Object.values(outputs), results];
  const statements = places.flatMap(statementsIn);
  const all = <K extends Kind>(kind: K) =>
    statements.filter((statement): statement is OfKind<K> => statement.kind === kind);
  return {
    all,
    latest: (kind, agent) =>
      all(kind).findLast((statement) => agent === undefined || statement.agent === agent),
    consensus: places.map(readConsensus).findLast((consensus) => consensus !== undefined),
  };
}

/**
 * The outputs of agents in a phase's outputs: keyed by agent, a list where one agent spoke more than once, below `items` where the
 * phase collects them. That an output has the shape of its kind is what the `outputSchema` of its agent has checked.
 */
function statementsIn(value: Json | undefined): Statement[] {
  if (Array.isArray(value)) return value.flatMap(statementsIn);
  if (!isRecord(value)) return [];
  if (typeof value.kind === 'string') return [value as unknown as Statement];
  return Object.values(value).flatMap((inner) =>
    isRecord(inner) || Array.isArray(inner) ? statementsIn(inner) : [],
  );
}
