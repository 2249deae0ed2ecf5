import { ID_PATTERN } from '../definition.ts';
import { REFUSED_KEYS } from '../source/located.ts';
import type { PlacedText } from '../source/place.ts';
import { suggest } from '../suggest.ts';
import type { BuildContext } from './context.ts';

/** Whether a role can be called that; what is wrong is reported. */
export function checkAgentName(role: PlacedText, { report, known }: BuildContext): boolean {
  if (/^agent-id(-\d+)?$/.test(role.text)) {
    report.add(
      role.place,
      'PLACEHOLDER',
      `'${role.text}' stands in the template for an agent`,
      'name one of your agents',
    );
    return false;
  }
  if (!ID_PATTERN.test(role.text) || REFUSED_KEYS.has(role.text)) {
    const shown = role.text.slice(0, 80);
    const message =
      shown === '' ? 'the name of the agent is missing' : `'${shown}' cannot be the name of an agent`;
    report.add(role.place, 'BAD_NAME', message, 'use letters, digits, _ and -, at most 64');
    return false;
  }
  if (known.agents === undefined || known.agents.has(role.text)) return true;
  const { agents } = known;
  const hint = () => suggest(role.text, agents, 'known are');
  report.add(role.place, 'UNKNOWN_AGENT', `no agent is called '${role.text}'`, hint);
  return false;
}
