import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TOPICS } from '../../agents/desk/topics.ts';
import type { TaskDefinition } from '../../src/task/definition.ts';
import { readTaskFile } from '../../src/task/read.ts';
import { checkInput } from '../../src/task/requirements.ts';
import { rolesOf } from '../../src/task/roles.ts';
import { ANALYSTS } from './meeting.ts';
import { AGENTS } from './run-program.ts';

const TASKS = join(import.meta.dirname, '../../tasks');
const SHIPPED = readdirSync(AGENTS).flatMap((file) => (file.endsWith('.md') ? [file.slice(0, -3)] : []));

async function read(name: string): Promise<TaskDefinition> {
  const { task, diagnostics } = await readTaskFile(join(TASKS, `${name}.md`), { agents: SHIPPED });
  expect(diagnostics).toEqual([]);
  if (task === undefined) throw new Error(`${name} cannot be read`);
  return task;
}

const agentsOf = ({ phases }: TaskDefinition, name: string): string[] =>
  phases.filter((phase) => phase.name === name).flatMap(({ steps }) => steps.flatMap(rolesOf));

describe('tasks/investment-committee-meeting.md', () => {
  it('has the seven phases, one after the other', async () => {
    const { phases } = await read('investment-committee-meeting');
    const names = ['Activation', 'Analysis', 'Round Table', 'Debate', 'Validation', 'Consensus', 'Verdict'];
    expect(phases.map(({ name }) => name)).toEqual(names);
    expect(phases.map(({ dependsOn }) => dependsOn)).toEqual([
      [],
      ...names.slice(0, -1).map((name) => [name]),
    ]);
    expect(phases.map(({ parallel }) => parallel)).toEqual([true, true, false, true, false, true, false]);
  });

  it('asks everyone whose programs the tests of the meeting ask', async () => {
    const task = await read('investment-committee-meeting');
    expect(agentsOf(task, 'Analysis')).toEqual(ANALYSTS);
    expect(agentsOf(task, 'Round Table')).toEqual(ANALYSTS);
    expect(agentsOf(task, 'Debate')).toEqual(['red-team', ...ANALYSTS]);
    expect(agentsOf(task, 'Validation')).toEqual(['position-sizer', 'compliance-officer']);
    expect(agentsOf(task, 'Consensus')).toEqual([...ANALYSTS, 'position-sizer', 'red-team']);
    expect(agentsOf(task, 'Verdict')).toEqual(['chair', 'committee-secretary']);
  });

  it('takes an input as the command line gives it', async () => {
    const task = await read('investment-committee-meeting');
    const given = { ticker: 'SPX', amount: '10000', timeHorizon: '30 days', riskTolerance: 'medium' };
    expect(checkInput(task, given)).toEqual({
      input: { ...given, amount: 10_000, asOf: '', dataFile: '' },
      problems: [],
    });
    expect(
      checkInput(task, { ...given, riskTolerance: 'reckless' }).problems.map(({ field }) => field),
    ).toEqual(['riskTolerance']);
    expect(checkInput(task, {}).problems.map(({ field }) => field)).toEqual([
      'ticker',
      'amount',
      'timeHorizon',
      'riskTolerance',
    ]);
  });

  it('may take five minutes', async () => {
    expect((await read('investment-committee-meeting')).maxExecutionTimeMs).toBe(300_000);
  });
});

describe('tasks/daily-market-analysis.md', () => {
  it('has the four phases, and half a minute', async () => {
    const { phases, maxExecutionTimeMs } = await read('daily-market-analysis');
    expect(phases.map(({ name }) => name)).toEqual([
      'Question Classification',
      'Contextual Agent Selection',
      'Rapid Analysis',
      'Answer Synthesis',
    ]);
    expect(maxExecutionTimeMs).toBe(30_000);
  });

  it('asks agents that only the question decides about, all of them shipped', async () => {
    const task = await read('daily-market-analysis');
    expect(agentsOf(task, 'Rapid Analysis')).toEqual(['{{ item.agent }}']);
    for (const agent of TOPICS.flatMap(({ agents }) => agents)) expect(SHIPPED).toContain(agent);
  });
});
