import { MONTH_NAMES } from '../market/calendar.ts';
import { OVERVIEW, TOPICS } from './topics.ts';

/** What a question is about. */
export interface Classification {
  readonly kind: 'classification';
  readonly agent: string;
  readonly question: string;
  /** The topic asked about most. */
  readonly primary: string;
  readonly topics: readonly {
    readonly topic: string;
    readonly weight: number;
    readonly because: readonly string[];
  }[];
  /** From the question, as in `the next 6 months`; else 30 days. */
  readonly horizon: string;
  /** Calendar months that the question names, 1 to 12. */
  readonly months: readonly number[];
}

const DEFAULT_HORIZON = '30 days';

/** Topics by the words found, a phrase counting more than a word; equal ones in the order of the list of topics. */
export function classify(agent: string, question: string): Classification {
  const text = ` ${wordsOf(question)} `;
  const { horizon, rest: words } = readHorizon(text);
  const found = TOPICS.map(({ name, words: known }) => {
    const because = known.filter((word) => contains(words, word));
    return {
      topic: name,
      weight: because.reduce((total, word) => total + word.split(' ').length, 0),
      because,
    };
  })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  return {
    kind: 'classification',
    agent,
    question,
    primary: found[0]?.topic ?? OVERVIEW.name,
    topics: found.length > 0 ? found : [{ topic: OVERVIEW.name, weight: 1, because: [] }],
    horizon,
    months: MONTH_NAMES.flatMap((name, index) => (words.includes(` ${name} `) ? [index + 1] : [])),
  };
}

/**
 * In lower case, with spaces between. `may` and `march` are other words as well: they count as months when written with a capital
 * inside the sentence.
 */
function wordsOf(question: string): string {
  return question
    .replaceAll(/\b(?:may|march)\b/g, ' ')
    .replace(/^\s*(?:May|March)\b/, ' ')
    .toLowerCase()
    .replaceAll(/[^a-z0-9']+/g, ' ')
    .trim();
}

function contains(words: string, wanted: string): boolean {
  return words.includes(wanted.endsWith('*') ? ` ${wanted.slice(0, -1)}` : ` ${wanted} `);
}

/** The words that name the time are taken out: `6 months` is no question about the calendar. */
function readHorizon(words: string): { horizon: string; rest: string } {
  const counted = / (\d{1,3}) (day|week|month|year)s? /.exec(words);
  const [phrase = ''] =
    counted ??
    / (?:next|this|a|one) (?:week|month|quarter|year) /.exec(words) ??
    / (?:today|tomorrow) /.exec(words) ??
    [];
  const rest = words.replace(phrase, ' ');
  if (counted) return { horizon: `${counted[1]} ${counted[2]}${counted[1] === '1' ? '' : 's'}`, rest };
  const unit = / (week|month|quarter|year) /.exec(phrase)?.[1];
  if (unit === 'quarter') return { horizon: '3 months', rest };
  if (unit !== undefined) return { horizon: `1 ${unit}`, rest };
  return { horizon: phrase === '' ? DEFAULT_HORIZON : '1 day', rest };
}
