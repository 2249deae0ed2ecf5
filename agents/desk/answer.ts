import { leaningOf } from '../committee/attack.ts';
import { type Analysis, type Choice, choiceOf, sideOf } from '../committee/opinions.ts';
import type { SizingLimits } from '../committee/sizing-limits.ts';
import { mean, round } from '../market/statistics.ts';
import { percent } from '../market/words.ts';
import type { Classification } from './classify.ts';

/** A short answer that somebody can act on. */
export interface DeskAnswer {
  readonly kind: 'answer';
  readonly agent: string;
  /** Markdown. */
  readonly answer: string;
  readonly stance: Choice;
  /** Mean of the scores, weighted by confidence: -1 to 1. */
  readonly score: number;
  readonly confidence: number;
  readonly topic: string;
  readonly asOf: string;
  readonly findings: readonly {
    readonly agent: string;
    readonly headline: string;
    readonly score: number | null;
  }[];
}

/** The finding nearest to the question first, then whether the others agree, then what it means and what it cannot. */
export function writeAnswer(
  agent: string,
  { question, primary, horizon }: Classification,
  {
    analyses,
    sizing,
  }: {
    /** In the order in which the analysts were chosen. */
    analyses: readonly Analysis[];
    sizing: SizingLimits | undefined;
  },
): DeskAnswer {
  const score = leaningOf(analyses);
  const stance = choiceOf(score);
  const asOf = analyses[0]?.asOf ?? '';
  const views = analyses.map(({ agent, headline, score }) => ({ agent, headline, score }));
  const findings =
    sizing === undefined
      ? views
      : [{ agent: sizing.agent, headline: sizing.headline, score: null }, ...views];
  const [first, ...rest] = findings;
  return {
    kind: 'answer',
    agent,
    answer: [
      `**${question}**`,
      first?.headline ?? '',
      rest.map(({ agent, headline }) => `- ${agent}: ${headline}`).join('\n'),
      `Taken together (${score.toFixed(2)} from -1 to 1): ${MEANINGS[stance]} ${agreement(analyses, score)}`,
      `As of ${asOf}, for ${horizon}; from prices alone, and not investment advice.`,
    ].join('\n\n'),
    stance,
    score,
    confidence:
      analyses.length === 0
        ? 0
        : round(mean(analyses.map(({ confidence }) => confidence)) * unity(analyses, score)),
    topic: primary,
    asOf,
    findings,
  };
}

/** Share of the confidence that is on the side of the mean. */
function unity(analyses: readonly Analysis[], score: number): number {
  const total = analyses.reduce((sum, { confidence }) => sum + confidence, 0);
  const same = analyses.filter((analysis) => Math.sign(analysis.score) === Math.sign(score));
  return total === 0 ? 0 : same.reduce((sum, { confidence }) => sum + confidence, 0) / total;
}

function agreement(analyses: readonly Analysis[], score: number): string {
  const against = analyses.filter((analysis) => sideOf(analysis.stance) === -Math.sign(score));
  if (against.length === 0) return 'Nobody asked sees it the other way.';
  const names = against.map(({ agent }) => agent).join(' and ');
  const share = percent(unity(analyses, score), 0);
  return `${share} of the confidence is on this side; ${names} ${against.length === 1 ? 'sees' : 'see'} it the other way.`;
}

const MEANINGS: Readonly<Record<Choice, string>> = {
  buy: 'the findings speak clearly for putting money in.',
  'buy-partial': 'the findings speak for putting in a part.',
  hold: 'the findings balance; keep what is held and wait.',
  avoid: 'the findings speak against putting money in.',
  reduce: 'the findings speak clearly against it, and for holding less.',
};
