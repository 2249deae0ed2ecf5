import type { Json } from '../../../src/json.ts';
import type { ConsensusStep } from '../../../src/task/definition.ts';

/** What stands in the controls of a ballot. */
export interface BallotDraft {
  readonly isAbstention: boolean;
  readonly choice: string;
  /** The best first. */
  readonly ranking: readonly string[];
  readonly scores: { readonly [choice: string]: string };
  /** JSON or a text. */
  readonly answer: string;
  readonly reason: string;
}

export const EMPTY_BALLOT: BallotDraft = {
  isAbstention: false,
  choice: '',
  ranking: [],
  scores: {},
  answer: '',
  reason: '',
};

export type BallotForm = 'choice' | 'ranking' | 'scores' | 'answer';

/** How the method wants to be voted. */
export function formOf(method: ConsensusStep['method']): BallotForm {
  if (method === 'ranked' || method === 'condorcet') return 'ranking';
  if (method === 'score') return 'scores';
  return method === 'agreement' ? 'answer' : 'choice';
}

/** The ballot as the log takes it, or what is missing. Pure. */
export function ballotOf(
  { method, scale = { min: 0, max: 10 } }: Pick<ConsensusStep, 'method' | 'scale'>,
  draft: BallotDraft,
): { readonly vote: Json } | { readonly problem: string } {
  const reason = draft.reason.trim() === '' ? {} : { reason: draft.reason.trim() };
  if (draft.isAbstention) return { vote: { abstain: true, ...reason } };
  switch (formOf(method)) {
    case 'ranking':
      return draft.ranking.length === 0
        ? { problem: 'Rank at least one choice' }
        : { vote: { ranking: [...draft.ranking], ...reason } };
    case 'scores': {
      const given = Object.entries(draft.scores).filter(([, text]) => text.trim() !== '');
      if (given.length === 0) return { problem: 'Score at least one choice' };
      const bad = given.find(([, text]) => !(Number(text) >= scale.min && Number(text) <= scale.max));
      if (bad !== undefined) return { problem: `${bad[0]}: a number from ${scale.min} to ${scale.max}` };
      return {
        vote: { scores: Object.fromEntries(given.map(([name, text]) => [name, Number(text)])), ...reason },
      };
    }
    case 'answer':
      return draft.answer.trim() === ''
        ? { problem: 'Give an answer' }
        : { vote: { answer: jsonOrText(draft.answer), ...reason } };
    case 'choice':
      return draft.choice === ''
        ? { problem: 'Make a choice' }
        : { vote: { choice: draft.choice, ...reason } };
  }
}

function jsonOrText(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
