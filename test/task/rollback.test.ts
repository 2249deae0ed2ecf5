import { describe, expect, test } from 'vitest';
import { readMd, readYml } from './read-text.ts';

/** Phases Prepare → Book → Pay, with these lines in them, from line 3 on. */
const trip = ({ task = '', prepare = '', book = '', pay = '', bookStep = '', payStep = '' } = {}) =>
  [
    'name: trip',
    ...(task === '' ? [] : [task]),
    'phases:',
    `  - {name: Prepare, steps: ["agent: planner - plan"]${prepare}}`,
    `  - {name: Book, dependsOn: [Prepare], steps: [{agent: booker, text: book${bookStep}}]${book}}`,
    `  - {name: Pay, dependsOn: [Book], steps: [{agent: payer, text: pay${payStep}}]${pay}}`,
  ].join('\n');

const COMPENSABLE = ', compensate: "booker - Cancel the booking {{ compensates.output.id }}"';

test('a compensation is a step of its own, with an id that no other has', () => {
  const { task, diagnostics } = readYml(
    trip({ task: 'onFailure: rollback\nrollback: {retry: {maxAttempts: 4}}', bookStep: COMPENSABLE }),
  );
  expect(diagnostics).toEqual([]);
  expect(task?.phases[1]?.steps[0]).toMatchObject({
    effect: 'compensable',
    compensate: {
      kind: 'agent',
      id: 'undo-book',
      agent: 'booker',
      instructions: 'Cancel the booking {{ compensates.output.id }}',
      retry: { maxAttempts: 4 },
    },
  });
  expect(task?.rollback).toEqual({});
});

test('a compensation in parts; without an agent it is that of the step, and each agent of a list has its own', () => {
  const { task, diagnostics } = readMd(
    '# T\n```yaml\nonFailure: rollback\n```\n## Phase: P\n### Steps\n- do it\n  ```yaml\n  effect: compensable\n  compensate: {instructions: undo it, timeout: 5s}\n  ```\n### Agents\n- a\n- b',
  );
  expect(diagnostics).toEqual([]);
  expect(task?.phases[0]?.steps.map((step) => step.kind === 'agent' && step.compensate)).toEqual([
    {
      id: 'undo-do-it',
      kind: 'agent',
      agent: 'a',
      title: 'undo do-it',
      instructions: 'undo it',
      timeoutMs: 5000,
    },
    {
      id: 'undo-do-it-2',
      kind: 'agent',
      agent: 'b',
      title: 'undo do-it-2',
      instructions: 'undo it',
      timeoutMs: 5000,
    },
  ]);
});

describe('steps and what they leave behind', () => {
  test.each([
    ['a compensable step without a compensation', { bookStep: ', effect: compensable' }, ['4 BAD_EFFECT']],
    [
      'an irreversible step with one',
      { bookStep: `, effect: irreversible${COMPENSABLE}` },
      ['4 UNREACHABLE_COMPENSATION', '4 BAD_EFFECT'],
    ],
    ['an unknown effect', { bookStep: ', effect: reversibel' }, ['4 BAD_VALUE']],
    ['a compensation that is a list', { bookStep: ', compensate: [a]' }, ['4 BAD_VALUE']],
    [
      'a template in it with an unknown root',
      { bookStep: ', compensate: "a - {{ nothing }}"' },
      ['4 UNREACHABLE_COMPENSATION', '4 UNKNOWN_ROOT'],
    ],
    [
      'an acceptance of what is not irreversible',
      { bookStep: ', effect: none, acceptIrreversible: fine' },
      ['4 BAD_EFFECT'],
    ],
    ['an effect with a cache', { bookStep: ', effect: reversible, cache: {ttl: 1h}' }, ['4 BAD_EFFECT']],
  ])('%s', (_, parts, expected) => {
    const { diagnostics } = readYml(trip(parts));
    expect(diagnostics.map(({ line, code }) => `${line} ${code}`)).toEqual(expected);
  });
});

describe('an irreversible step', () => {
  const code = (parts: Parameters<typeof trip>[0]) =>
    readYml(trip(parts)).diagnostics.map(({ code: each, line, hint }) => ({ each, line, hint }));
  const refused = [
    {
      each: 'IRREVERSIBLE',
      line: 4,
      hint: "go back to a checkpoint after it, or say at the step 'acceptIrreversible: REASON'",
    },
  ];
  const bookStep = ', effect: irreversible';

  test.each([
    ['is refused where the task undoes everything', { task: 'onFailure: rollback', bookStep }],
    ['is refused where a later phase does', { pay: ', onFailure: rollback', bookStep }],
    ['is refused where its own phase does', { book: ', onFailure: rollback', bookStep }],
    ['is refused where an agent of a later phase may ask for it', { task: 'mayRollback: [payer]', bookStep }],
    [
      'is refused before a checkpoint that is gone back to',
      { prepare: ', checkpoint: true', pay: ', onFailure: {rollback: Prepare}', bookStep },
    ],
  ])('%s', (_, parts) => {
    const line = 'task' in parts ? 5 : 4;
    expect(code(parts)).toEqual(refused.map((each) => ({ ...each, line })));
  });

  test.each([
    ['is fine without a rollback', { bookStep }],
    ['is fine after the phase that is undone', { prepare: ', onFailure: rollback', bookStep }],
    [
      'is fine before the checkpoint that is gone back to',
      { book: ', checkpoint: booked', pay: ', onFailure: {rollback: booked}', bookStep },
    ],
    [
      'is fine when the file says so',
      { task: 'onFailure: rollback', bookStep: `${bookStep}, acceptIrreversible: small` },
    ],
  ])('%s', (_, parts) => {
    expect(code(parts)).toEqual([]);
  });
});

test.each([
  [
    'a checkpoint that nobody makes',
    trip({ prepare: ', checkpoint: Prepared', pay: ', onFailure: {rollback: Prepard}' }),
    'UNKNOWN_CHECKPOINT',
    "did you mean 'Prepared'?",
  ],
  [
    'a task that makes none',
    trip({ pay: ', onFailure: {rollback: x}' }),
    'UNKNOWN_CHECKPOINT',
    "no phase makes one; write 'checkpoint: NAME' in a phase",
  ],
  [
    'a role that no step has',
    trip({ task: 'mayRollback: [payr]' }),
    'UNKNOWN_AGENT',
    "did you mean 'payer'?",
  ],
  [
    'a word for a compensation that fails',
    trip({ task: 'rollback: {onFailure: shrug}' }),
    'BAD_VALUE',
    undefined,
  ],
  [
    'a deadline of people that undoes once more',
    trip({ task: 'rollback: {onFailure: {approval: [al], deadline: 1 day, onDeadline: rollback}}' }),
    'BAD_VALUE',
    undefined,
  ],
  [
    'a path outside',
    trip({ task: 'checkpointArtifacts: [a/../../b]' }),
    'BAD_VALUE',
    "write it from the working directory on, without '..'",
  ],
  [
    'an absolute path',
    trip({ task: 'checkpointArtifacts: [/etc]' }),
    'BAD_VALUE',
    "write it from the working directory on, without '..'",
  ],
  [
    'artifacts without a checkpoint',
    trip({ book: ', artifacts: [a.txt]' }),
    'NOT_APPLIED',
    "write 'checkpoint: true' beside them",
  ],
])('%s', (_, text, code, hint) => {
  expect(readYml(text).diagnostics.map((each) => [each.code, each.hint])).toEqual([[code, hint]]);
});

test('everything, to the start and to a checkpoint', () => {
  const { task } = readYml(
    trip({
      task: 'onFailure: {rollback: start}\nrollback: {then: continue, maxRollbacks: 1, onFailure: skip}\ncheckpointArtifacts: [out]',
      book: ', checkpoint: true, artifacts: [b.txt], onFailure: {rollback: Book, then: continue}',
    }),
  );
  expect(task).toMatchObject({
    onFailure: { rollback: {} },
    rollback: { afterwards: 'continue', maxRollbacks: 1, onFailure: 'skip' },
    checkpointArtifacts: ['out'],
  });
  expect(task?.phases[1]).toMatchObject({
    artifacts: ['b.txt'],
    onFailure: { rollback: { to: 'Book', afterwards: 'continue' } },
  });
});

test('people who are asked when a compensation fails', () => {
  const onFailure = (value: string) =>
    readYml(trip({ task: `rollback: {onFailure: ${value}}` })).task?.rollback?.onFailure;
  expect(onFailure('approval')).toEqual({ approval: {} });
  expect(onFailure('{approval: [al, "group:ops"], deadline: 2 hours, onDeadline: approve}')).toEqual({
    approval: { approvers: ['al', 'group:ops'], deadlineMs: 7_200_000, onDeadline: 'approve' },
  });
});

test('a compensation for which nothing in the task asks is noted', () => {
  expect(readYml(trip({ bookStep: COMPENSABLE })).diagnostics).toMatchObject([
    { code: 'UNREACHABLE_COMPENSATION', severity: 'note' },
  ]);
});
