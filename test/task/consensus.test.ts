import { describe, expect, test } from 'vitest';
import { defineTask } from '../../src/task/define.ts';
import { readTask } from '../../src/task/read.ts';
import { fence, places, readMd } from './read-text.ts';

/** A vote under step text at line 4; its settings begin at line 6, column 3. */
const vote = (settings: string, text = 'majority - Ship it?') =>
  `# T\n## Phase: P\n### Steps\n- consensus: ${text}\n  ${fence(settings).replaceAll('\n', '\n  ')}\n### Agents\n- a\n- b\n`;

function built(source: string) {
  const { task, diagnostics } = readMd(source);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return task?.phases[0]?.steps.at(-1);
}

describe('a vote in a file', () => {
  test('is put to the agents of the phase, for approve or reject, where it says nothing else', () => {
    expect(
      built('# T\n## Phase: P\n### Steps\n- consensus: majority - Ship it?\n### Agents\n- a\n- b\n'),
    ).toEqual({
      id: 'ship-it',
      kind: 'consensus',
      title: 'Ship it?',
      method: 'majority',
      question: 'Ship it?',
      choices: ['approve', 'reject'],
      voters: [
        { kind: 'agent', name: 'a', id: 'ship-it-a', weight: 1 },
        { kind: 'agent', name: 'b', id: 'ship-it-b', weight: 1 },
      ],
      line: 4,
    });
  });

  test('has all its settings in the model', () => {
    const settings = `id: ship
voters: [a, b, "person:alice"]
choices: [yes, no, later]
weights: {a: 2, "person:alice": 0.5}
threshold: 2/3
quorum: 50%
veto: [b]
vetoes: no
rounds: 2
deadline: 10 minutes
subject: results.a
distinct: host
instructions: Think of {{ execution.id }}.
onDeadlock: later
onDecision: {no: {rollback: start, then: continue}, later: fail}
timeout: 1 minute
retry: {maxAttempts: 2}`;
    expect(built(vote(settings, 'supermajority - Ship it?'))).toMatchObject({
      id: 'ship',
      voters: [
        { name: 'a', id: 'ship-a', weight: 2 },
        { name: 'b', id: 'ship-b', weight: 1 },
        { kind: 'person', name: 'alice', weight: 0.5 },
      ],
      choices: ['yes', 'no', 'later'],
      threshold: { numerator: 2, denominator: 3 },
      quorum: { share: { numerator: 50, denominator: 100 } },
      veto: ['b'],
      vetoes: 'no',
      rounds: 2,
      deadlineMs: 600_000,
      subject: { expression: 'results.a' },
      distinct: 'host',
      onDeadlock: { choice: 'later' },
      onDecision: { no: { rollback: { afterwards: 'continue' } }, later: 'fail' },
    });
  });

  test('may find its choices when it opens, and may be sealed, scored or a matter of agreement', () => {
    expect(built(vote('choices: results.a.options'))).toMatchObject({
      choices: { expression: 'results.a.options' },
    });
    expect(built(vote('ballots: sealed\nquorum: 2'))).toMatchObject({ sealed: true, quorum: { voters: 2 } });
    expect(built(vote('score: median\nscale: {min: 1, max: 5}', 'score - Which?'))).toMatchObject({
      score: 'median',
      scale: { min: 1, max: 5 },
    });
    const agreement = built(vote('agree: 2\nof: [sum]', 'agreement - Add it up'));
    expect(agreement).toMatchObject({ agree: 2, of: ['sum'] });
    expect(agreement).not.toHaveProperty('choices');
  });

  test('may have people decide a deadlock', () => {
    expect(built(vote('onDeadlock: approval'))).toMatchObject({ onDeadlock: { approval: {} } });
    const settings =
      'onDeadlock: {approval: [alice, "group:release"], deadline: 1 day, onDeadline: reject, remind: 1 hour}';
    expect(built(vote(settings))).toMatchObject({
      onDeadlock: {
        approval: {
          approvers: ['alice', 'group:release'],
          deadlineMs: 86_400_000,
          onDeadline: 'reject',
          remindMs: 3_600_000,
        },
      },
    });
    expect(built(vote('choices: [approval, other]\nonDeadlock: approval'))).toMatchObject({
      onDeadlock: { choice: 'approval' },
    });
  });

  test('at the end of a phase is an option of it', () => {
    const source = `# T\n## Phase: P\n${fence('consensus:\n  method: unanimous\n  question: Done?\n  id: gate')}\n### Steps\n- Work.\n### Agents\n- a\n- b\n`;
    const { task } = readMd(source);
    expect(task?.phases[0]?.steps.map(({ id, kind }) => `${kind} ${id}`)).toEqual([
      'agent work',
      'agent work-2',
      'consensus gate',
    ]);
  });

  test('reads the same from a program', () => {
    const source = defineTask({
      name: 'T',
      phases: [
        {
          name: 'P',
          agents: ['a', 'b'],
          consensus: { method: 'majority', voters: ['a'], threshold: '2/3' },
          steps: [{ consensus: 'ranked - Which?', choices: ['x', 'y'], id: 'which' }],
        },
      ],
    });
    const { diagnostics } = readTask(source, { file: 'task.ts', kind: 'code' });
    expect(diagnostics.map(({ message }) => message)).toEqual([
      "phases[0].consensus.threshold: 'threshold' means nothing to the method majority",
    ]);
  });
});

describe('a vote that is written wrong', () => {
  test.each<[string, string, string[], string?]>([
    ['an unknown method', '', ['4:14 BAD_VALUE'], 'most - Ship it?'],
    ['no threshold', '', ['5:3 BAD_VALUE'], 'threshold - Ship it?'],
    ['a threshold above all', 'threshold: 120%', ['6:14 BAD_VALUE'], 'supermajority - Ship it?'],
    ['a threshold that is none', 'threshold: most', ['6:14 BAD_VALUE'], 'weighted - Ship it?'],
    ['more than there are for a quorum', 'quorum: 3', ['6:11 BAD_VALUE']],
    ['more to agree than there are', 'agree: 3', ['6:10 BAD_VALUE'], 'agreement - Add'],
    ['no rounds', 'rounds: 0', ['6:11 BAD_VALUE']],
    ['sealed ballots with a debate', 'ballots: sealed\nrounds: 2', ['7:3 BAD_VALUE']],
    ['a weight for nobody', 'weights: {c: 2}', ['6:13 BAD_VALUE']],
    ['a weight below nothing', 'weights: {a: -1}', ['6:16 BAD_VALUE']],
    ['nobody with a weight', 'weights: {a: 0, b: 0}', ['6:3 BAD_VALUE']],
    ['a veto of nobody', 'veto: [c]', ['6:10 BAD_VALUE']],
    ['a veto for no choice', 'veto: [a]\nvetoes: never', ['7:11 BAD_VALUE']],
    ['vetoes without a veto', 'vetoes: reject', ['6:11 BAD_VALUE']],
    ['a reaction to no choice', 'onDecision: {maybe: fail}', ['6:16 BAD_VALUE']],
    ['a reaction that is none', 'onDecision: {reject: cry}', ['6:24 BAD_VALUE']],
    ['a deadlock that leads nowhere', 'onDeadlock: maybe', ['6:15 BAD_VALUE']],
    ['people who may not be', 'onDeadlock: {approval: []}', ['6:16 BAD_VALUE']],
    [
      'a deadline of people without its branch',
      'onDeadlock: {approval: [al], deadline: 1 day}',
      ['6:32 MISSING_BRANCH'],
    ],
    [
      'a deadline of people that goes on',
      'onDeadlock: {approval: true, deadline: 1 day, onDeadline: continue}',
      ['6:49 BAD_VALUE'],
    ],
    ['a choice twice', 'choices: [x, x]', ['6:12 BAD_VALUE']],
    ['no choices', 'choices: []', ['6:12 BAD_VALUE']],
    ['choices that no expression is', 'choices: "1 +"', ['6:12 BAD_EXPRESSION']],
    ['a voter twice', 'voters: [a, a]', ['6:15 DUPLICATE_KEY']],
    ['a person without a name', 'voters: ["person:"]', ['6:12 BAD_NAME']],
    ['no voters', 'voters: []', ['6:3 MISSING_AGENTS']],
    ['a scale upside down', 'scale: {min: 5, max: 1}', ['6:10 BAD_VALUE'], 'score - Which?'],
    ['ballots of another kind', 'ballots: secret', ['6:12 BAD_VALUE']],
    ['a subject that is a list', 'subject: [x]', ['6:12 BAD_VALUE']],
    ['a setting that it does not have', 'treshold: 2/3', ['6:3 UNKNOWN_KEY']],
    ['choices of an agreement', 'choices: [x, y]', ['6:3 BAD_VALUE'], 'agreement - Add'],
  ])('%s is told with its place', (_, settings, expected, text) => {
    const { diagnostics } = readMd(vote(settings, text));
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    expect(places({ task: undefined, diagnostics: errors })).toEqual(expected);
  });

  test('a gate that does not say how it is counted', () => {
    const source = `# T\n## Phase: P\n${fence('consensus:\n  question: Done?')}\n### Agents\n- a\n`;
    expect(readMd(source).diagnostics.map(({ message }) => message)).toContain(
      'the consensus of the phase does not say how it is counted',
    );
  });
});
