import { REFUSED_KEYS } from './source/located.ts';

/** The most choices that a vote may have. */
const MOST_CHOICES = 100;
const LONGEST_CHOICE = 200;

/** Why these cannot be the choices of a vote; undefined when they can. */
export function problemOfChoices(choices: unknown): string | undefined {
  if (!Array.isArray(choices) || choices.length === 0) return 'the choices are a list of texts';
  if (choices.length > MOST_CHOICES) return `there are at most ${MOST_CHOICES} choices`;
  for (const [at, choice] of choices.entries()) {
    if (typeof choice !== 'string' || choice.trim() === '' || choice !== choice.trim())
      return 'a choice is a text that begins and ends with no space';
    if (choice.length > LONGEST_CHOICE) return `a choice has at most ${LONGEST_CHOICE} characters`;
    if (REFUSED_KEYS.has(choice)) return `nothing can be called '${choice}'`;
    if (choices.indexOf(choice) !== at) return `'${choice}' is there twice`;
  }
  return undefined;
}
