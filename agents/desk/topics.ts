import { MONTH_NAMES } from '../market/calendar.ts';

/** What questions about a market are about, the words that tell, and who can answer. */
export interface Topic {
  readonly name: string;
  /** Whole words or phrases, in lower case; a `*` stands for any ending. */
  readonly words: readonly string[];
  /** Who answers, the most apt first. */
  readonly agents: readonly string[];
  /** What these are asked. */
  readonly instruction: string;
}

export const TOPICS: readonly Topic[] = [
  {
    name: 'direction',
    words: [
      'trend*',
      'direction',
      'going up',
      'going down',
      'rise',
      'rising',
      'fall',
      'falling',
      'bull*',
      'bear*',
      'outlook',
      'moving average*',
      'uptrend',
      'downtrend',
    ],
    agents: ['trend-analyst', 'momentum-analyst', 'volume-analyst'],
    instruction: 'Say which way the price goes, and how sure that is.',
  },
  {
    name: 'strength',
    words: [
      'momentum',
      'strength',
      'strong',
      'weak*',
      'rally*',
      'overbought',
      'oversold',
      'rsi',
      'macd',
      'breakout',
    ],
    agents: ['momentum-analyst', 'volume-analyst', 'trend-analyst', 'mean-reversion-analyst'],
    instruction: 'Say whether the strength of the move is likely to last.',
  },
  {
    name: 'loss',
    words: [
      'risk*',
      'lose',
      'loss*',
      'crash*',
      'worst',
      'downside',
      'drawdown*',
      'safe*',
      'value at risk',
      'var',
      'danger*',
      'bad',
    ],
    agents: ['value-at-risk-analyst', 'drawdown-analyst', 'volatility-analyst'],
    instruction: 'Say what may be lost, how often, and how that compares with the past.',
  },
  {
    name: 'volatility',
    words: ['volatil*', 'calm', 'turbulen*', 'swing*', 'nervous*', 'choppy', 'stress*', 'vix', 'rough'],
    agents: ['volatility-analyst', 'value-at-risk-analyst', 'mean-reversion-analyst'],
    instruction: 'Say how rough the market is and whether that is likely to last.',
  },
  {
    name: 'reversal',
    words: [
      'rebound*',
      'bounce*',
      'dip*',
      'correction',
      'stretched',
      'too far',
      'too high',
      'too low',
      'mean reversion',
      'bottom*',
      'top',
      'reversal',
      'recover*',
      'cheap',
      'expensive',
    ],
    agents: ['mean-reversion-analyst', 'drawdown-analyst', 'momentum-analyst'],
    instruction: 'Say how far the price has run and whether such distances have closed.',
  },
  {
    name: 'calendar',
    words: [
      'season*',
      'calendar',
      'month*',
      ...MONTH_NAMES,
      'year end',
      'santa',
      'summer',
      'winter',
      'autumn',
      'spring',
    ],
    agents: ['seasonality-analyst', 'trend-analyst', 'volatility-analyst'],
    instruction: 'Say what the calendar has meant in other years, and how much that is worth.',
  },
  {
    name: 'trading',
    words: [
      'volume*',
      'buyers',
      'sellers',
      'accumulat*',
      'distribution',
      'institution*',
      'participation',
      'liquidity',
      'flows',
    ],
    agents: ['volume-analyst', 'momentum-analyst', 'trend-analyst'],
    instruction: 'Say who is behind the prices, buyers or sellers.',
  },
  {
    name: 'size',
    words: [
      'how much should',
      'how much to',
      'how much of',
      'how large',
      'how big',
      'size*',
      'allocat*',
      'leverage',
      'kelly',
      'exposure',
    ],
    agents: ['position-sizer', 'value-at-risk-analyst', 'volatility-analyst'],
    instruction: 'Say how large a position may be, and which limit decides.',
  },
  {
    name: 'decision',
    words: [
      'buy',
      'buying',
      'sell',
      'selling',
      'invest',
      'investing',
      'hold',
      'enter',
      'entry',
      'exit',
      'now',
      'good time',
      'wait',
    ],
    agents: ['trend-analyst', 'value-at-risk-analyst', 'momentum-analyst', 'drawdown-analyst'],
    instruction: 'Say what speaks for and against putting money in now.',
  },
];

/** For a question that none of the words tell anything about. */
export const OVERVIEW: Topic = {
  name: 'overview',
  words: [],
  agents: ['trend-analyst', 'volatility-analyst', 'drawdown-analyst'],
  instruction: 'Say in one sentence what matters most in your field.',
};
