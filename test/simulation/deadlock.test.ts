import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/json.ts';
import { findDeadlock, type Standstill } from '../../src/simulation/deadlock.ts';
import type { TaskDefinition } from '../../src/task/definition.ts';
import { agentStep, phase, retry, task, wait } from '../fixtures/executions/definitions.ts';
import { proofOf } from '../fixtures/executions/scripted-world.ts';
import { type Circumstances, StillWorld } from './deadlock/still-world.ts';

/** Runs until nothing comes by itself; what then stands in the way. */
function standstillOf(text: string | TaskDefinition, circumstances: Circumstances): Standstill {
  const still = new StillWorld(text, circumstances).run();
  const verdict = findDeadlock(still.world.fold, still.outside);
  if (verdict.kind === 'ended' || verdict.kind === 'moving') throw new Error(`It is ${verdict.kind}`);
  return verdict;
}

function told({ blocked }: Standstill): string {
  return blocked.map(({ id, stands, because }) => `${id} ${stands}: ${because.join('; ')}`).join('\n');
}

const PUBLISH_BEHIND_WAIT = `
## Phase: Review
### Steps
- agent: writer - Write
- wait: approved - Until approved
- agent: publisher - Publish
  \`\`\`yaml
  id: publish
  \`\`\`
`;

const RING_OF_TWO = `
## Phase: Left
### Steps
- wait: from-right - Wait
  \`\`\`yaml
  id: wait-left
  \`\`\`
- agent: left - Speak
  \`\`\`yaml
  id: speak-left
  \`\`\`
## Phase: Right
### Steps
- wait: from-left - Wait
  \`\`\`yaml
  id: wait-right
  \`\`\`
- agent: right - Speak
  \`\`\`yaml
  id: speak-right
  \`\`\`
`;

const ONE_PHASE_AT_A_TIME = `
concurrency:
  phases: 1
## Phase: Holder
### Steps
- wait: ready - Until ready
## Phase: Sender
### Steps
- agent: sender - Make ready
  \`\`\`yaml
  id: make-ready
  \`\`\`
`;

const TWO_WAITS_IN_A_ROW = `
## Phase: Both
### Steps
- agent: sender - Send
- wait: go - First
  \`\`\`yaml
  id: first
  \`\`\`
- wait: go - Second
  \`\`\`yaml
  id: second
  \`\`\`
`;

const AFTER_THE_WAIT = `
## Phase: Gate
### Steps
- wait: opened - Until opened
## Phase: Middle
dependsOn: [Gate]
### Steps
- agent: walker - Walk
## Phase: Opener
dependsOn: [Middle]
### Steps
- agent: opener - Open
  \`\`\`yaml
  id: open
  \`\`\`
`;

const SENDER_MAY_BE_SKIPPED = `
requirements:
  mode: string
## Phase: Sending
\`\`\`yaml
when: input.mode == "loud"
\`\`\`
### Steps
- agent: sender - Send
## Phase: Waiting
### Steps
- wait: sent - Until sent
`;

const WITH_SCHEMA = `
## Phase: Decide
### Steps
- agent: asker - Ask
- wait: answer - For the answer
  \`\`\`yaml
  id: decision
  schema:
    type: object
    required: [verdict]
    properties:
      verdict:
        enum: [yes, no]
  \`\`\`
`;

const SENDER_MAY_FAIL = `
onFailure: continue
## Phase: Sending
### Steps
- agent: sender - Send
  \`\`\`yaml
  id: send
  \`\`\`
## Phase: Waiting
### Steps
- wait: sent - Until sent
`;

const ONE_STEP_AT_A_TIME = `
concurrency:
  steps: 1
## Phase: Work
### Steps
- agent: absent - Never taken
  \`\`\`yaml
  id: never
  \`\`\`
- agent: sender - Send
  \`\`\`yaml
  id: send
  \`\`\`
## Phase: Other
### Steps
- wait: sent - Until sent
`;

const RING_OF_THREE = ['a', 'b', 'c']
  .map((name, at, all) => {
    const next = all[(at + 1) % all.length];
    return `## Phase: ${name}\n### Steps\n- wait: go-${next} - Wait\n  \`\`\`yaml\n  id: wait-${name}\n  \`\`\`\n- agent: agent-${name} - Go\n  \`\`\`yaml\n  id: go-${name}\n  \`\`\`\n`;
  })
  .join('');

const IN_ORDER = `
## Phase: Work
parallel: false
### Steps
- agent: absent - First
  \`\`\`yaml
  id: first
  \`\`\`
- agent: sender - Second
  \`\`\`yaml
  id: second
  \`\`\`
`;

const EARLY_AND_LATE = `
## Phase: Early
### Steps
- wait: go - First
  \`\`\`yaml
  id: early
  \`\`\`
- agent: worker - Work
## Phase: Late
dependsOn: [Early]
### Steps
- wait: go - Again
  \`\`\`yaml
  id: late
  \`\`\`
`;

interface Planted {
  readonly name: string;
  readonly text: string;
  readonly circumstances: Circumstances;
  readonly says: readonly RegExp[];
  readonly cycle?: readonly string[];
}

const PLANTED: readonly Planted[] = [
  {
    name: 'the step that sends it stands below the wait',
    text: PUBLISH_BEHIND_WAIT,
    circumstances: { signals: [{ name: 'approved', by: 'publisher' }] },
    says: [
      /waits for the signal approved/,
      /publisher in step publish \(phase Review\) sends it .* cannot begin/,
    ],
    cycle: ['step until-approved', 'step publish', 'step until-approved'],
  },
  {
    name: 'two phases wait for each other',
    text: RING_OF_TWO,
    circumstances: {
      signals: [
        { name: 'from-left', by: 'speak-left' },
        { name: 'from-right', by: 'speak-right' },
      ],
    },
    says: [/step speak-right \(phase Right\) sends it/, /step speak-left stands behind wait-left/],
    cycle: ['step wait-left', 'step speak-right', 'step wait-right', 'step speak-left', 'step wait-left'],
  },
  {
    name: 'the phase that waits holds the only place',
    text: ONE_PHASE_AT_A_TIME,
    circumstances: { signals: [{ name: 'ready', by: 'sender' }] },
    says: [/phase Sender waits for its turn: concurrency.phases is 1/],
    cycle: ['step until-ready', 'step make-ready', 'phase Sender', 'phase Holder', 'step until-ready'],
  },
  {
    name: 'no host offers the role, and the step waits for ever',
    text: '## Phase: Work\n### Steps\n- agent: absent - Work\n',
    circumstances: { without: ['absent'] },
    says: [/is offered to absent: no host offers absent, and the step has no claimWithin/],
    cycle: [],
  },
  {
    name: 'one signal, two waits one after the other',
    text: TWO_WAITS_IN_A_ROW,
    circumstances: { signals: [{ name: 'go', by: 'sender' }] },
    says: [
      /step second waits for the signal go: it was sent once, and ended the wait first before this one began/,
    ],
    cycle: [],
  },
  {
    name: 'the phase that sends depends on the one that waits',
    text: AFTER_THE_WAIT,
    circumstances: { signals: [{ name: 'opened', by: 'opener' }] },
    says: [/phase Opener depends on Middle/, /phase Middle depends on Gate/],
    cycle: [
      'step until-opened',
      'step open',
      'phase Opener',
      'phase Middle',
      'phase Gate',
      'step until-opened',
    ],
  },
  {
    name: 'the phase that sends was skipped',
    text: SENDER_MAY_BE_SKIPPED,
    circumstances: { signals: [{ name: 'sent', by: 'sender' }], input: { mode: 'quiet' } },
    says: [/phase Sending was skipped: when input.mode == "loud" is not true, with input.mode = "quiet"/],
    cycle: [],
  },
  {
    name: 'the payload that is sent while it waits does not fit',
    text: WITH_SCHEMA,
    circumstances: { signals: [{ name: 'answer', payload: { verdict: 'maybe' } }] },
    says: [/its payload \{"verdict":"maybe"\} does not fit the schema: .*verdict/],
    cycle: [],
  },
  {
    name: 'the step that sends has failed',
    text: SENDER_MAY_FAIL,
    circumstances: { signals: [{ name: 'sent', by: 'sender' }], failing: { sender: 1 } },
    says: [/sender in step send \(phase Sending\) was to send it, and has failed/],
    cycle: [],
  },
  {
    name: 'the name is misspelt',
    text: PUBLISH_BEHIND_WAIT,
    circumstances: { signals: [{ name: 'aproved' }] },
    says: [/the only signals that are sent are aproved; is aproved meant\?/],
    cycle: [],
  },
  {
    name: 'a step that nobody takes fills the window before the one that sends',
    text: ONE_STEP_AT_A_TIME,
    circumstances: { without: ['absent'], signals: [{ name: 'sent', by: 'sender' }] },
    says: [/step send waits for a place: concurrency.steps is 1/, /no host offers absent/],
    cycle: [],
  },
  {
    name: 'three phases wait for one another',
    text: RING_OF_THREE,
    circumstances: { signals: ['a', 'b', 'c'].map((name) => ({ name: `go-${name}`, by: `agent-${name}` })) },
    says: [
      /wait-a waits for the signal go-b/,
      /wait-b waits for the signal go-c/,
      /wait-c waits for the signal go-a/,
    ],
    cycle: [
      'step wait-a',
      'step go-b',
      'step wait-b',
      'step go-c',
      'step wait-c',
      'step go-a',
      'step wait-a',
    ],
  },
  {
    name: 'the step above, in order, is taken by nobody',
    text: IN_ORDER,
    circumstances: { without: ['absent'] },
    says: [/step first is offered to absent/],
    cycle: [],
  },
  {
    name: 'the signal that comes early is taken by the phase before',
    text: EARLY_AND_LATE,
    circumstances: { signals: [{ name: 'go' }] },
    says: [/step late waits for the signal go: it was sent once, and ended the wait early/],
    cycle: [],
  },
  {
    name: 'no step is done by the role that would send',
    text: PUBLISH_BEHIND_WAIT,
    circumstances: { signals: [{ name: 'approved', by: 'boss' }] },
    says: [/boss sends it, but no step is done by boss/],
    cycle: [],
  },
  {
    name: 'no signal is sent at all',
    text: PUBLISH_BEHIND_WAIT,
    circumstances: { signals: [] },
    says: [/no signal is ever sent/],
    cycle: [],
  },
];

describe('a deadlock', () => {
  it.each(PLANTED)('is found: $name', ({ text, circumstances, says, cycle }) => {
    const found = standstillOf(text, circumstances);
    expect(found.kind).toBe('deadlock');
    for (const pattern of says) expect(told(found)).toMatch(pattern);
    if (cycle !== undefined) expect(found.cycle).toEqual(cycle);
  });

  it('names the record that is missing, and who should have sent it', () => {
    const found = standstillOf(RING_OF_TWO, {
      signals: [
        { name: 'from-left', by: 'speak-left' },
        { name: 'from-right', by: 'speak-right' },
      ],
    });
    expect(found.blocked.find(({ id }) => id === 'step wait-left')?.missing).toEqual({
      type: 'signal.sent',
      about: 'from-right',
      from: 'speak-right',
      byPerson: false,
    });
  });
});

const LOOK_ALIKES: readonly { name: string; text: string; circumstances: Circumstances; ends: string }[] = [
  {
    name: 'the signal came early and was kept',
    text: PUBLISH_BEHIND_WAIT,
    circumstances: { signals: [{ name: 'approved', by: 'writer' }] },
    ends: 'completed',
  },
  {
    name: 'one of two phases speaks of its own accord',
    text: RING_OF_TWO,
    circumstances: { signals: [{ name: 'from-right' }, { name: 'from-left', by: 'left' }] },
    ends: 'completed',
  },
  {
    name: 'the phase that sends has its turn first',
    text: ONE_PHASE_AT_A_TIME,
    circumstances: { signals: [{ name: 'ready' }] },
    ends: 'completed',
  },
  {
    name: 'nobody takes the step, but the offer ends',
    text: 'onFailure: continue\n## Phase: Work\n### Steps\n- agent: absent - Work\n  ```yaml\n  claimWithin: 1 minute\n  ```\n',
    circumstances: { without: ['absent'] },
    ends: 'completed',
  },
  {
    name: 'two waits, two signals',
    text: TWO_WAITS_IN_A_ROW,
    circumstances: { signals: [{ name: 'go', by: 'sender' }, { name: 'go' }] },
    ends: 'completed',
  },
  {
    name: 'two waits at once take the same signal',
    text: '## Phase: A\n### Steps\n- wait: go - One\n## Phase: B\n### Steps\n- wait: go - Two\n',
    circumstances: { signals: [{ name: 'go' }] },
    ends: 'completed',
  },
  {
    name: 'the wait gives up in time',
    text: '## Phase: A\n```yaml\nonFailure: continue\n```\n### Steps\n- wait: go - One\n  ```yaml\n  timeout: 1 hour\n  ```\n',
    circumstances: { signals: [] },
    ends: 'completed',
  },
  {
    name: 'the phase that would send is skipped, and another sends',
    text: SENDER_MAY_BE_SKIPPED,
    circumstances: { signals: [{ name: 'sent', by: 'sender' }, { name: 'sent' }], input: { mode: 'quiet' } },
    ends: 'completed',
  },
  {
    name: 'a payload that does not fit is followed by one that does',
    text: WITH_SCHEMA,
    circumstances: {
      signals: [
        { name: 'answer', payload: { verdict: 'maybe' } },
        { name: 'answer', payload: { verdict: 'yes' } },
      ],
    },
    ends: 'completed',
  },
  {
    name: 'the step that sends fails once and is tried again',
    text: SENDER_MAY_FAIL.replace('onFailure', 'retry:\n  maxAttempts: 2\n  backoffMs: 1000\nonFailure'),
    circumstances: { signals: [{ name: 'sent', by: 'sender' }], failing: { sender: 1 } },
    ends: 'completed',
  },
  {
    name: 'a phase that would wait for ever is skipped',
    text: '## Phase: A\n```yaml\nwhen: 1 == 2\n```\n### Steps\n- wait: never - Wait\n## Phase: B\n### Steps\n- agent: b - Work\n',
    circumstances: { signals: [] },
    ends: 'completed',
  },
  {
    name: 'the step that sends stands above the wait, in another phase that depends on nothing',
    text: AFTER_THE_WAIT.replace('dependsOn: [Middle]', ''),
    circumstances: { signals: [{ name: 'opened', by: 'opener' }] },
    ends: 'completed',
  },
  {
    name: 'the execution as a whole has a deadline',
    text: `maxExecutionTime: 1 hour\n${PUBLISH_BEHIND_WAIT}`,
    circumstances: { signals: [{ name: 'approved', by: 'publisher' }] },
    ends: 'timedOut',
  },
];

describe('no deadlock', () => {
  it.each(LOOK_ALIKES)('is seen, at any moment, when $name', ({ text, circumstances, ends }) => {
    const still = new StillWorld(text, circumstances);
    for (let acts = still.acts(); acts.length > 0; acts = still.acts()) {
      expect(findDeadlock(still.world.fold, still.outside).kind).toBe('moving');
      acts[0]?.();
    }
    expect(still.world.fold.status).toBe(ends);
    expect(findDeadlock(still.world.fold, still.outside).kind).toBe('ended');
  });

  it('but a person is waited for, when signals are not declared', () => {
    const found = standstillOf(PUBLISH_BEHIND_WAIT, {});
    expect(found.kind).toBe('waiting');
    expect(found.blocked[0]).toMatchObject({
      missing: { type: 'signal.sent', about: 'approved', from: 'a person', byPerson: true },
    });
  });

  it('but a person is waited for, when the execution is paused', () => {
    const still = new StillWorld('## Phase: A\n### Steps\n- agent: a - Work\n', { signals: [] });
    still.world.control('pause');
    const verdict = findDeadlock(still.world.fold, still.outside);
    expect(verdict).toMatchObject({ kind: 'waiting', cycle: [] });
    expect(told(verdict as Standstill)).toMatch(/execution is paused: nobody has resumed it/);
  });
});

describe('despite deadlines', () => {
  const text = `maxExecutionTime: 1 hour\n${PUBLISH_BEHIND_WAIT}`;

  it('a standstill that only a deadline ends is told, with its end', () => {
    const still = new StillWorld(text, { signals: [{ name: 'approved', by: 'publisher' }] });
    while (
      still.acts().length > 0 &&
      findDeadlock(still.world.fold, still.outside, { despiteDeadlines: true }).kind === 'moving'
    )
      still.acts()[0]?.();
    const [timer] = still.world.owedOf('timer');
    expect(findDeadlock(still.world.fold, still.outside, { despiteDeadlines: true })).toMatchObject({
      kind: 'deadlock',
      untilMs: timer?.dueAt,
      cycle: ['step until-approved', 'step publish', 'step until-approved'],
    });
  });

  it('a backoff is no deadline: it goes on with something', () => {
    const definition = task([phase('p', [agentStep('a', { retry: retry(2, 1000) })])]);
    const still = new StillWorld(definition, { failing: { worker: 1 } });
    still.world.fail(still.world.claim());
    expect(findDeadlock(still.world.fold, still.outside, { despiteDeadlines: true }).kind).toBe('moving');
  });
});

describe('on random small tasks', () => {
  it('it is a standstill if and only if no record that could come moves the execution', () => {
    let standstills = 0;
    fc.assert(
      fc.property(
        smallTasks,
        fc.array(fc.nat(7), { maxLength: 40 }),
        ([definition, circumstances], choices) => {
          const still = new StillWorld(definition, circumstances);
          for (const choice of [...choices, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) {
            const verdict = findDeadlock(still.world.fold, still.outside);
            const isStill = verdict.kind === 'deadlock' || verdict.kind === 'waiting';
            if (isStill) standstills += 1;
            const hasEnded = verdict.kind === 'ended';
            if (!hasEnded) expect(canMove(still)).toBe(!isStill);
            const acts = still.acts();
            if (acts.length === 0) return;
            acts[choice % acts.length]?.();
          }
        },
      ),
      { numRuns: 100 },
    );
    expect(standstills).toBeGreaterThan(20);
  });
});

/** Brute force: every record of every type that anybody but a person could send now, each tried on a fold of its own. */
function canMove(still: StillWorld): boolean {
  const { world } = still;
  const before = progressOf(world.foldAgain());
  const engine = (type: string, data: Json) => ({ source: 'engine' as const, type, data });
  const candidates = [
    ...world.fold.claims().map((claim) => ({
      source: `agent.${claim.role}` as const,
      type: 'step.succeeded',
      data: { ...proofOf(claim), output: 1 },
    })),
    ...world.owedOf('timer').map(({ id }) => engine('timer.fired', { timerId: id })),
    ...world
      .owedOf('evaluate')
      .map(({ id }) =>
        engine('evaluation.failed', { evaluationId: id, error: { class: 'fatal', message: 'no' } }),
      ),
    ...(still.outside.signals ?? [])
      .filter(({ isSent, by }) => !isSent && (by === undefined || hasSucceeded(still, by)))
      .map(({ name, payload }) => ({
        source: 'control' as const,
        type: 'signal.sent',
        data: { name, payload },
      })),
    ...world.pinned.definition.phases.flatMap(({ steps }) =>
      steps.flatMap((step) =>
        [1, 2].flatMap((attempt) =>
          ROLES.filter((role) => still.outside.hasHost(role)).map((role) => {
            const { type, data } = world.claimRecord({ step: step.id, attempt, role });
            return engine(type, data);
          }),
        ),
      ),
    ),
  ];
  return candidates.some((candidate) => {
    const fold = world.foldAgain();
    const last = world.log.at(-1)?.position ?? 0;
    fold.apply({ ...candidate, id: 'tried', execution: world.execution, position: last + 5, at: 1e15 });
    return progressOf(fold) !== before;
  });
}

function hasSucceeded({ world }: StillWorld, by: string): boolean {
  return [...world.fold.world.ledger.phases.values()].some(({ results }) =>
    [...results.values()].some(
      ({ status, agent, step }) => status === 'succeeded' && (agent === by || step === by),
    ),
  );
}

/** The state without signals that are only kept. */
function progressOf(fold: StillWorld['world']['fold']): string {
  const { tree, ledger } = fold.snapshot();
  return JSON.stringify([tree, ledger.phases, ledger.outputs]);
}

const ROLES = ['a', 'b', 'c'];
const SIGNALS = ['x', 'y'];

const smallTasks: fc.Arbitrary<[TaskDefinition, Circumstances]> = fc
  .record({
    phases: fc.array(
      fc.record({
        steps: fc.array(
          fc.oneof(
            { weight: 3, arbitrary: fc.record({ role: fc.constantFrom(...ROLES), within: fc.boolean() }) },
            {
              weight: 3,
              arbitrary: fc.record({
                signal: fc.constantFrom(...SIGNALS),
                strict: fc.boolean(),
                ends: fc.boolean(),
              }),
            },
          ),
          { minLength: 1, maxLength: 3 },
        ),
        parallel: fc.boolean(),
        after: fc.boolean(),
        goesOn: fc.boolean(),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    onePhase: fc.boolean(),
    oneStep: fc.boolean(),
    without: fc.subarray(ROLES, { maxLength: 1 }),
    failing: fc.subarray(ROLES, { maxLength: 1 }),
    signals: fc.option(
      fc.array(
        fc.record({
          name: fc.constantFrom(...SIGNALS),
          payload: fc.constantFrom<Json>(1, 'text'),
          by: fc.option(fc.constantFrom(...ROLES), { nil: undefined }),
        }),
        { maxLength: 3 },
      ),
      { nil: undefined },
    ),
  })
  .map(({ phases, onePhase, oneStep, without, failing, signals }) => {
    const definition = task(
      phases.map(({ steps, parallel, after, goesOn }, at) =>
        phase(
          `p${at}`,
          steps.map((step, index) => {
            const id = `s${at}-${index}`;
            if ('role' in step)
              return agentStep(id, { agent: step.role, ...(step.within ? { claimWithinMs: 1000 } : {}) });
            const schema = step.strict ? { schema: { type: 'number' } } : {};
            return wait(id, step.signal, { ...schema, ...(step.ends ? { timeoutMs: 500 } : {}) });
          }),
          {
            parallel,
            dependsOn: after && at > 0 ? [`p${at - 1}`] : [],
            onFailure: goesOn ? 'continue' : 'fail',
          },
        ),
      ),
      { concurrency: { ...(onePhase ? { phases: 1 } : {}), ...(oneStep ? { steps: 1 } : {}) } },
    );
    const circumstances: Circumstances = {
      without,
      ...(signals === undefined
        ? {}
        : { signals: signals.map(({ by, ...rest }) => ({ ...rest, ...(by === undefined ? {} : { by }) })) }),
      failing: Object.fromEntries(failing.map((role) => [role, 1])),
    };
    return [definition, circumstances];
  });
