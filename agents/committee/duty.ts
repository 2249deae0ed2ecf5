import { fatal } from '../program/agent-failure.ts';
import type { Request } from '../program/request.ts';

/**
 * What a member is asked to do, from the step's `input: {duty: …}`; the first of those it knows when the step says nothing.
 * @throws AgentFailure `fatal` for a duty it does not have
 */
export function readDuty<Duty extends string>({ input }: Request, known: readonly [Duty, ...Duty[]]): Duty {
  const wanted = input.duty ?? known[0];
  const duty = known.find((candidate) => candidate === wanted);
  if (duty === undefined) throw fatal(`duty must be ${known.join(', ')}, not ${JSON.stringify(wanted)}`);
  return duty;
}
