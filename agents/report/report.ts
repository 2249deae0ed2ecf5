import type { Consensus } from '../committee/consensus.ts';
import type { Decision } from '../committee/decision.ts';
import type { Minutes } from '../committee/minutes.ts';
import type { Opening } from '../committee/opening.ts';
import type { Series } from '../market/series.ts';
import { count, money, percent, signedPercent } from '../market/words.ts';
import { drawdownChart, priceChart } from './history-charts.ts';
import { image, list, table } from './markdown.ts';
import { scoreChart, tallyChart } from './opinion-charts.ts';

/** All that a report is made of. */
export interface Meeting {
  readonly series: Series;
  readonly minutes: Minutes;
  readonly decision: Decision;
  readonly opening: Opening;
}

/** The meeting as one Markdown document, charts included: the decision first, then what it rests on, then what it cannot know. */
export function writeReport(meeting: Meeting): string {
  const { minutes } = meeting;
  const sections = [
    heading(meeting),
    decisionSection(meeting),
    planSection(meeting),
    riskSection(meeting),
    analysisSection(meeting),
    debateSection(minutes),
    complianceSection(minutes),
    minutes.consensus === undefined ? '' : consensusSection(meeting, minutes.consensus),
    limitsSection(meeting),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function heading({ opening: { data, mandate } }: Meeting): string {
  return [
    `# ${data.ticker}: investment committee of ${data.asOf}`,
    `*${data.name}, ${money(mandate.amount)} for ${mandate.horizon}, ${mandate.riskTolerance} tolerance for risk. ${count(data.rows, `${data.frequency} price`)} from ${data.from} to ${data.asOf}; nothing later was known to anyone. Not investment advice.*`,
  ].join('\n\n');
}

function decisionSection({ decision: { verdict, sizing }, series, decision }: Meeting): string {
  return [
    `## Decision: ${verdict.decision}`,
    table(
      ['Decision', verdict.decision],
      [
        ['Conviction', verdict.conviction],
        ['Score of the committee', `${verdict.score.toFixed(2)} (from -1 to 1)`],
        ['Support', `${percent(verdict.support, 0)} of the weight`],
        ['Amount', `${money(sizing.amount)} (${percent(sizing.fraction, 0)} of the amount on offer)`],
        ...(sizing.reduceHoldingBy > 0
          ? [['Existing holding', `sell ${percent(sizing.reduceHoldingBy, 0)}`]]
          : []),
      ],
    ),
    verdict.rationale,
    ...(verdict.adjustments.length === 0
      ? []
      : [`**Changed by the chair:** ${verdict.adjustments.join(' ')}`]),
    image('Price and moving averages', priceChart(series, decision.risk.stop)),
  ].join('\n\n');
}

function planSection({ decision: { plan } }: Meeting): string {
  return [
    '## Plan',
    table(
      ['>Step', 'Action', 'First session on or after', 'Trigger'],
      plan.map(({ step, action, date, trigger }) => [String(step), action, date ?? '', trigger ?? '']),
    ),
  ].join('\n\n');
}

function riskSection({ decision: { risk }, series, opening }: Meeting): string {
  const worst = risk.worstAnalogue;
  const rows: [string, number | null, (value: number) => string][] = [
    [`Loss exceeded once in twenty within ${opening.mandate.horizon}`, risk.valueAtRisk95, percent],
    ['Mean loss in those cases', risk.expectedShortfall95, percent],
    ['That loss on the position decided', risk.amountAtRisk, money],
    ['Loss that the tolerance allows', risk.lossBudget, money],
    ['Below the peak now', risk.currentDrawdown, percent],
    ['Worst loss from a peak so far', risk.worstDrawdown, percent],
    ['Stop', risk.stop, money],
  ];
  return [
    '## Risk',
    table(
      ['Measure', '>Value'],
      rows.map(([name, value, inWords]) => [name, value === null ? 'not applicable' : inWords(value)]),
    ),
    worst === null
      ? 'No past day could be compared with this one.'
      : `The past day most like this one that ended worst: ${worst.date}, ${signedPercent(worst.return)} within ${opening.mandate.horizon}, ${signedPercent(worst.worst)} at the deepest.`,
    image('Drawdown', drawdownChart(series)),
  ].join('\n\n');
}

function analysisSection({ minutes }: Meeting): string {
  const analyses = minutes.all('analysis');
  const missing = analyses.flatMap(({ agent, notApplicable }) =>
    notApplicable.map(({ indicator, reason }) => `${agent}: ${indicator} ${reason}.`),
  );
  return [
    '## What the analysts found',
    table(
      ['Analyst', 'View', '>Score', '>Confidence', 'Finding'],
      analyses.map(({ agent, stance, score, confidence, headline }) => [
        agent,
        stance,
        score.toFixed(2),
        percent(confidence, 0),
        headline,
      ]),
    ),
    image('Scores of the analysts', scoreChart(minutes)),
    ...analyses
      .filter(({ evidence }) => evidence.length > 0)
      .map(({ agent, evidence }) => `**${agent}.** ${evidence.join(' ')}`),
    ...(missing.length === 0 ? [] : [`Not computed, because the data do not allow it:\n\n${list(missing)}`]),
  ].join('\n\n');
}

function debateSection(minutes: Minutes): string {
  const attack = minutes.latest('attack');
  if (attack === undefined) return '';
  const replies = new Map(
    minutes
      .all('defence')
      .flatMap(({ replies }) => replies.map((reply) => [reply.challenge, reply] as const)),
  );
  return [
    '## Debate',
    `${attack.headline} The methods were replayed on ${attack.baseRate.windows} past days, each with what was known then.`,
    attack.challenges.length === 0
      ? 'The red team found nothing against any view.'
      : table(
          ['Against', 'Severity', 'Counter-evidence', 'Answer'],
          attack.challenges.map(({ id, agent, severity, counterEvidence }) => {
            const reply = replies.get(id);
            return [
              agent,
              severity,
              counterEvidence,
              reply === undefined ? 'none' : `**${reply.response}**: ${reply.why}`,
            ];
          }),
        ),
    attack.analogues.length === 0
      ? ''
      : table(
          ['Days most like this one', '>Return that followed', '>Deepest on the way'],
          attack.analogues.map((analogue) => [
            analogue.date,
            signedPercent(analogue.return),
            signedPercent(analogue.worst),
          ]),
        ),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function complianceSection(minutes: Minutes): string {
  const compliance = minutes.latest('compliance');
  const sizing = minutes.latest('sizing-limits');
  return [
    '## Limits',
    ...(sizing === undefined
      ? []
      : [
          sizing.headline,
          table(
            ['Size rule', '>Largest share of the amount'],
            [
              ['Part of Kelly’s share', percent(sizing.limits.kelly, 0)],
              ['Volatility target', percent(sizing.limits.volatilityTarget, 0)],
              ['Loss budget over value at risk', percent(sizing.limits.riskBudget, 0)],
            ],
          ),
        ]),
    ...(compliance === undefined
      ? []
      : [
          table(
            ['Compliance rule', 'Result', 'Finding'],
            compliance.rules.map(({ rule, status, finding }) => [rule, status, finding]),
          ),
        ]),
  ].join('\n\n');
}

function consensusSection({ decision }: Meeting, consensus: Consensus): string {
  return [
    '## Consensus and dissent',
    image('Votes', tallyChart(consensus)),
    decision.dissent.length === 0
      ? 'Nobody with a vote is on another side than the decision.'
      : table(
          ['Dissent', 'Vote', '>Weight', 'Reason'],
          decision.dissent.map(({ agent, choice, weight, reason }) => [
            agent,
            choice,
            weight.toFixed(2),
            reason,
          ]),
        ),
  ].join('\n\n');
}

function limitsSection({ opening: { data }, series }: Meeting): string {
  return [
    '## What this cannot know',
    list([
      'This is a demonstration on public price data, not investment advice.',
      `Only prices${series.volume ? ' and volume' : ''} of ${data.ticker} were read (${data.source}): no news, earnings, rates, valuation or other markets.`,
      'Prices are without dividends, costs and taxes. Exchange holidays are not known, so a date means the first session on or after it.',
      'Replays and base rates come from one history. Neighbouring cases are related, so the intervals are narrower than the truth.',
      'The weights and thresholds of the methods are conventional; one, from which the score says "reduce", was moved after looking at four famous days. Other reasonable ones would move the scores.',
      ...(data.frequency === 'monthly'
        ? [
            'The series is monthly: what needs daily prices or volume was left out, and confidence is lower for it.',
          ]
        : []),
    ]),
  ].join('\n\n');
}
