import type { Json } from '../../src/json.ts';
import { aggregate } from '../../src/task/aggregate.ts';
import { runProgram } from './run-program.ts';

export const ANALYSTS = [
  'trend-analyst',
  'momentum-analyst',
  'volatility-analyst',
  'drawdown-analyst',
  'value-at-risk-analyst',
  'seasonality-analyst',
  'volume-analyst',
  'mean-reversion-analyst',
] as const;

type Values = Record<string, Json>;

/** What the phases of a meeting gave, by name; and what the programs took. */
export interface Meeting {
  readonly phases: Record<string, Values>;
  readonly milliseconds: Record<string, number[]>;
}

/**
 * The programs in the order of tasks/investment-committee-meeting.md, one after the other, without an engine: what each gets is what
 * the phases before it gave. Throws the message of the first program that fails.
 */
export async function holdMeeting(input: Values, env: Record<string, string> = {}): Promise<Meeting> {
  const phases: Record<string, Values> = {};
  const milliseconds: Record<string, number[]> = {};

  async function ask(agent: string, duty: string | undefined, results: Values = {}): Promise<Json> {
    const started = performance.now();
    const document = {
      agent,
      input: duty === undefined ? input : { ...input, duty },
      outputs: phases,
      results,
    };
    const { output, error } = await runProgram(agent, document, env);
    milliseconds[agent] = [...(milliseconds[agent] ?? []), performance.now() - started];
    if (output === undefined) throw new Error(error?.message ?? `${agent} gave no answer`);
    return output;
  }

  async function askAll(
    agents: readonly string[],
    duty: string,
    hearing: boolean,
    heard: Values = {},
  ): Promise<Values> {
    const results = { ...heard };
    for (const agent of agents) results[agent] = await ask(agent, duty, hearing ? results : heard);
    return results;
  }

  phases.Activation = { 'committee-secretary': await ask('committee-secretary', 'open') };
  phases.Analysis = await askAll(ANALYSTS, 'analyse', false);
  phases['Round Table'] = await askAll(ANALYSTS, 'present', true);
  phases.Debate = await askAll(ANALYSTS, 'defend', false, { 'red-team': await ask('red-team', 'attack') });
  const size = { 'position-sizer': await ask('position-sizer', 'size') };
  phases.Validation = { ...size, 'compliance-officer': await ask('compliance-officer', undefined, size) };
  const votes = await askAll([...ANALYSTS, 'position-sizer', 'red-team'], 'vote', false);
  const items = Object.entries(votes).map(([agent, output]) => ({ agent, step: agent, output }));
  phases.Consensus = aggregate('weighted', items) as Values;
  const chair = await ask('chair', undefined);
  const report = await ask('committee-secretary', 'report', { chair });
  phases.Verdict = { chair, report };
  return { phases, milliseconds };
}
