import { lastPrice, type Series, withNextClose } from '../market/series.ts';
import { clamp, round } from '../market/statistics.ts';
import { signedPercent } from '../market/words.ts';
import type { Mandate } from './mandate.ts';
import type { Method } from './method.ts';
import { type Analysis, choiceOf, type Presentation, sideOf, type TurningPoint } from './opinions.ts';

/** The most that hearing the others moves a confidence, up or down. */
const PERSUASION = 0.1;
/** Next closes that are tried: up to 12 % away, in steps of 1 %. */
const STEPS = 12;

/**
 * An analyst at the round table: takes position on those heard before, and names the prices that would turn its own view. Being
 * alone costs confidence, company adds a little; how far either goes is bounded, for the others may be wrong together.
 */
export function present({
  method,
  analysis,
  series,
  mandate,
  heard,
}: {
  method: Method;
  analysis: Analysis;
  series: Series;
  mandate: Mandate;
  heard: readonly Presentation[];
}): Presentation {
  const side = sideOf(analysis.stance);
  const others = heard.filter((other) => sideOf(other.stance) !== 0 && other.confidence > 0);
  const agreesWith = others.filter((other) => sideOf(other.stance) === side);
  const disagreesWith = others.filter((other) => sideOf(other.stance) === -side);
  const balance =
    side === 0 || others.length === 0 ? 0 : (agreesWith.length - disagreesWith.length) / others.length;
  const turnsAt =
    method.obstacle(series, mandate) === undefined ? turningPoints(method, analysis, series, mandate) : [];
  return {
    kind: 'presentation',
    agent: analysis.agent,
    stance: analysis.stance,
    score: analysis.score,
    confidence: round(clamp(analysis.confidence * (1 + PERSUASION * balance), 0, 0.95)),
    statement: [analysis.headline, ...turnsAt.map(inWords)].join(' '),
    agreesWith: side === 0 ? [] : agreesWith.map(({ agent }) => agent),
    disagreesWith: side === 0 ? [] : disagreesWith.map(({ agent }) => agent),
    turnsAt,
  };
}

/** The nearest next close below and above at which the analyst would change sides. */
function turningPoints(
  method: Method,
  { stance }: Analysis,
  series: Series,
  mandate: Mandate,
): TurningPoint[] {
  const price = lastPrice(series);
  return [-1, 1].flatMap((direction) => {
    for (let step = 1; step <= STEPS; step += 1) {
      const change = (direction * step) / 100;
      const then = choiceOf(method.score(withNextClose(series, price * (1 + change)), mandate));
      if (sideOf(then) !== sideOf(stance))
        return [{ price: round(price * (1 + change), 2), change: round(change), stance: then }];
    }
    return [];
  });
}

function inWords({ price, change, stance }: TurningPoint): string {
  return `A next close at ${price.toFixed(2)} (${signedPercent(change, 0)}) would turn the view to ${stance}.`;
}
