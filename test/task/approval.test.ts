import { describe, expect, test } from 'vitest';
import { readTask } from '../../src/task/read.ts';
import { fence, places, readMd, readYml } from './read-text.ts';

const step = (yaml: string) =>
  `# T\n## Phase: P\n### Steps\n- approval: Ship {{ input.what }}?\n${fence(yaml)}`;
const inTask = (yaml: string) =>
  step(yaml).replace('# T\n', `# T\n${fence('requirements: {what: string}')}\n`);
/** The settings begin at line 10. */
const asked = (yaml: string) => readMd(inTask(yaml));
/** The same beside a phase that makes a checkpoint. */
const askedAfter = (checkpoint: string, yaml: string) =>
  readMd(
    `${inTask(yaml)}\n## Phase: Marks\ndependsOn: [P]\n${fence(`checkpoint: ${checkpoint}`)}\n### Steps\n- agent: a - x\n`,
  );

describe('an approval', () => {
  test('is a question with all that belongs to it', () => {
    const { task, diagnostics } = askedAfter(
      'start-of-day',
      [
        'id: ship-it',
        'approvers: [alice, "group:release"]',
        'subject: {files: [dist/app.tgz]}',
        'deadline: 2 days',
        'onDeadline: {escalate: [bob], within: 1 day, then: reject}',
        'remind: 12 hours',
        'escalate: {after: 1 day, to: [carol]}',
        'delegation: false',
        'onReject: {rollback: start-of-day, then: continue}',
      ].join('\n'),
    );
    expect(diagnostics).toEqual([]);
    expect(task?.phases[0]?.steps).toEqual([
      {
        id: 'ship-it',
        kind: 'approval',
        title: expect.any(String),
        line: expect.any(Number),
        ask: {
          question: 'Ship {{ input.what }}?',
          approvers: ['alice', 'group:release'],
          subject: { files: ['dist/app.tgz'] },
          deadlineMs: 172_800_000,
          onDeadline: { escalate: { to: ['bob'], withinMs: 86_400_000, afterwards: 'reject' } },
          remindMs: 43_200_000,
          escalate: { afterMs: 86_400_000, to: ['carol'] },
          delegation: false,
          onReject: { rollback: { to: 'start-of-day', afterwards: 'continue' } },
        },
      },
    ]);
  });

  test.each([
    ['fail', 'fail'],
    ['approve', 'approve'],
    ['reject', 'reject'],
    ['rollback', { rollback: {} }],
    ['{rollback: CP}', { rollback: { to: 'CP' } }],
  ])('may have the deadline %s', (written, onDeadline) => {
    const { task } = askedAfter('CP', `deadline: 1h\nonDeadline: ${written}`);
    expect(task?.phases[0]?.steps[0]).toMatchObject({ ask: { onDeadline } });
  });

  test.each([
    ['a deadline without what follows', 'deadline: 1h', ['MISSING_BRANCH']],
    ['what follows without a deadline', 'onDeadline: fail', ['BAD_VALUE']],
    ['an unknown branch', 'deadline: 1h\nonDeadline: explode', ['BAD_VALUE']],
    ['an escalation without a time', 'deadline: 1h\nonDeadline: {escalate: [bob]}', ['MISSING_BRANCH']],
    ['an escalation to nobody', 'escalate: {after: 1h}', ['BAD_VALUE']],
    ['a group without a name', 'approvers: ["group:"]', ['BAD_NAME']],
    ['nobody', 'approvers: []', ['BAD_VALUE']],
    ['a path that leads out', 'subject: {files: [../secret]}', ['BAD_VALUE']],
    ['an absolute path', 'subject: {files: [/etc/passwd]}', ['BAD_VALUE']],
    ['no file', 'subject: {files: []}', ['BAD_VALUE']],
    ['a subject that does not parse', 'subject: "input.what >"', ['BAD_EXPRESSION']],
    ['an unknown setting', 'aprovers: [a]', ['UNKNOWN_KEY']],
    ['a rejection that leads nowhere', 'onReject: maybe', ['BAD_VALUE']],
  ])('is refused with %s', (_, yaml, codes) => {
    const { task, diagnostics } = asked(yaml);
    expect(task).toBeUndefined();
    expect(diagnostics.map(({ code }) => code)).toEqual(codes);
  });

  test('has to ask something', () => {
    expect(places(readMd('# T\n## Phase: P\n### Steps\n- approval:'))).toEqual(['4:12 BAD_VALUE']);
  });

  test('with more time than its task is worth a warning', () => {
    const { diagnostics } = readYml(
      'name: t\nmaxExecutionTime: 1h\nphases:\n- name: P\n  steps:\n  - approval: Go?\n    deadline: 2 days\n    onDeadline: fail',
    );
    expect(diagnostics).toMatchObject([
      {
        code: 'NEVER_DUE',
        severity: 'warning',
        message: expect.stringMatching(/has 2d, but maxExecutionTime is 1h/),
      },
    ]);
  });
});

describe('a gate', () => {
  const phases = (approval: unknown) => ({
    name: 't',
    phases: [{ name: 'P', approval, agents: ['a'], steps: ['Work'] }],
  });
  const read = (approval: unknown) =>
    readTask(phases(approval) as never, {
      agents: ['a'],
      customKinds: [],
      aggregates: [],
      file: 't',
      kind: 'code',
    });

  test('is the question before the steps of its phase', () => {
    expect(read('May P begin?').task?.phases[0]?.steps).toMatchObject([
      { id: 'may-p-begin', kind: 'approval', ask: { question: 'May P begin?' } },
      { kind: 'agent' },
    ]);
    expect(read({ question: 'Go?', id: 'gate', approvers: 'alice' }).task?.phases[0]?.steps[0]).toMatchObject(
      {
        id: 'gate',
        ask: { approvers: ['alice'] },
      },
    );
  });

  test('says what it asks', () => {
    expect(read({ approvers: ['a'] }).diagnostics).toMatchObject([{ code: 'BAD_VALUE' }]);
    expect(read(['a']).diagnostics).toMatchObject([{ code: 'BAD_VALUE' }]);
  });

  test('keeps its id from the steps', () => {
    const { task } = readYml(
      'name: t\nphases:\n- name: P\n  steps: ["wait: go"]\n- name: Q\n  approval: {question: "Go?", id: wait-go}\n  steps: ["wait: go"]',
    );
    expect(task?.phases.flatMap(({ steps }) => steps.map(({ id }) => id))).toEqual([
      'wait-go-2',
      'wait-go',
      'wait-go-3',
    ]);
  });
});
