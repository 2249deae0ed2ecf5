import type { ComplianceReport } from '../../agents/committee/compliance.ts';
import { type Consensus, readConsensus } from '../../agents/committee/consensus.ts';
import type { Decision } from '../../agents/committee/decision.ts';
import { analyst } from '../../agents/committee/members/analyst.ts';
import { chair } from '../../agents/committee/members/chair.ts';
import { complianceOfficer } from '../../agents/committee/members/compliance-officer.ts';
import { positionSizer } from '../../agents/committee/members/position-sizer.ts';
import { redTeam } from '../../agents/committee/members/red-team.ts';
import { secretary } from '../../agents/committee/members/secretary.ts';
import { METHODS } from '../../agents/committee/methods/all.ts';
import type { Opening } from '../../agents/committee/opening.ts';
import type { Attack, Defence } from '../../agents/committee/opinions.ts';
import { parseRequest } from '../../agents/program/request.ts';
import type { Answer } from '../../agents/program/run-agent.ts';
import { decide } from '../../machines/consensus/decide.ts';
import type { Json } from '../../src/json.ts';
import { readVote } from '../../src/ports/ballot.ts';
import { runProgram } from './run-program.ts';

export type Values = { readonly [key: string]: Json };

interface Question {
  readonly input: Values;
  readonly outputs: Values;
  readonly results: Values;
}

/** Asks one agent; throws its message when it fails. */
export type Ask = (agent: string, question: Question) => Json | Promise<Json>;

export const ANALYSTS: readonly string[] = METHODS.map((method) => method.agent);

const MEMBERS: Readonly<Record<string, Answer>> = {
  ...Object.fromEntries(METHODS.map((method) => [method.agent, analyst(method)])),
  'committee-secretary': secretary,
  'red-team': redTeam,
  'position-sizer': positionSizer,
  'compliance-officer': complianceOfficer,
  chair,
};

/** The member's function in this process; through JSON, as between processes. */
export const askMember: Ask = (agent, question) => {
  const answer = MEMBERS[agent];
  if (answer === undefined) throw new Error(`${agent} is no member of the committee`);
  return JSON.parse(JSON.stringify(answer(parseRequest(JSON.stringify(question)), () => undefined)));
};

/** The member's program, as a host runs it. */
export const askProgram: Ask = async (agent, question) => {
  const { output, error } = await runProgram(agent, { agent, ...question });
  if (output === undefined) throw new Error(error?.message ?? `${agent} gave no answer`);
  return output;
};

/** What the phases of a meeting gave, by the names of tasks/investment-committee-meeting.md. */
export interface Meeting {
  readonly phases: Values;
  readonly opening: Opening;
  readonly attack: Attack;
  readonly defences: readonly Defence[];
  readonly compliance: ComplianceReport;
  readonly consensus: Consensus;
  readonly decision: Decision;
  readonly report: string;
}

/** A whole meeting in the order of the task, without an engine: what each member gets is what the phases before gave. */
export async function holdMeeting(input: Values, ask: Ask = askMember): Promise<Meeting> {
  const phases: Record<string, Values> = {};
  const one = async (agent: string, duty?: string, results: Values = {}): Promise<Json> =>
    ask(agent, { input: duty === undefined ? input : { ...input, duty }, outputs: phases, results });
  const together = async (agents: readonly string[], duty: string, results: Values = {}): Promise<Values> =>
    Object.fromEntries(
      await Promise.all(agents.map(async (agent) => [agent, await one(agent, duty, results)])),
    );

  phases.Activation = { 'committee-secretary': await one('committee-secretary', 'open') };
  phases.Analysis = await together(ANALYSTS, 'analyse');
  let heard: Values = {};
  for (const agent of ANALYSTS) heard = { ...heard, [agent]: await one(agent, 'present', heard) };
  phases['Round Table'] = heard;
  const attack = { 'red-team': await one('red-team', 'attack') };
  phases.Debate = { ...attack, ...(await together(ANALYSTS, 'defend', attack)) };
  const size = { 'position-sizer': await one('position-sizer', 'size') };
  phases.Validation = { ...size, 'compliance-officer': await one('compliance-officer', undefined, size) };
  const votes = await together([...ANALYSTS, 'position-sizer', 'red-team'], 'vote');
  phases.Consensus = decisionOn(votes);
  const decided = { chair: await one('chair') };
  phases.Verdict = { ...decided, 'committee-secretary': await one('committee-secretary', 'report', decided) };

  const spoken = JSON.parse(JSON.stringify(phases));
  return {
    phases,
    opening: spoken.Activation['committee-secretary'],
    attack: spoken.Debate['red-team'],
    defences: ANALYSTS.map((agent) => spoken.Debate[agent]),
    compliance: spoken.Validation['compliance-officer'],
    consensus: readConsensus(spoken.Consensus) as Consensus,
    decision: spoken.Verdict.chair,
    report: spoken.Verdict['committee-secretary'].report,
  };
}

const CHOICES = ['buy', 'buy-partial', 'hold', 'avoid', 'reduce'];

/** As the consensus step of the task counts the votes. */
function decisionOn(votes: Values): Values {
  const paper = { question: '', choices: CHOICES, method: 'weighted', round: 1 } as const;
  const ballots = Object.entries(votes).map(([voter, output]) => {
    const { vote, misfit } = readVote(output, undefined, paper);
    if (vote === undefined) throw new Error(`${voter}: ${misfit}`);
    return { voter, kind: 'cast', vote } as const;
  });
  const voters = Object.keys(votes).map((name) => ({ name, weight: 1 }));
  const rules = { method: 'weighted', choices: CHOICES, voters, quorum: { voters: 5 } } as const;
  const { choice, ...counted } = decide(rules, ballots);
  return JSON.parse(JSON.stringify({ ...counted, decision: choice ?? 'hold' }));
}
