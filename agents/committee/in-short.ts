import { count, percent } from '../market/words.ts';
import type { Analysis, Defence, Presentation, Vote } from './opinions.ts';

/** What an analyst says, in one line for those who watch the meeting. */
export function inShort(statement: Analysis | Presentation | Defence | Vote): string {
  switch (statement.kind) {
    case 'analysis':
      return `${statement.stance}: ${statement.headline}`;
    case 'presentation': {
      const { stance, agreesWith, disagreesWith, confidence } = statement;
      return `${stance}, ${percent(confidence, 0)} sure; agrees with ${agreesWith.length} heard before, disagrees with ${disagreesWith.length}`;
    }
    case 'defence': {
      const conceded = statement.replies.filter(({ response }) => response === 'concede').length;
      const contested = statement.replies.length - conceded;
      return `${count(statement.replies.length, 'challenge')}: contests ${contested}, concedes ${conceded}; ${percent(statement.confidence, 0)} sure`;
    }
    case 'vote':
      return `votes ${statement.choice} with weight ${statement.weight.toFixed(2)}`;
  }
}
