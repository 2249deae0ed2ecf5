import { describe, expect, test } from 'vitest';
import { MACHINES } from '../../machines/by-name.ts';
import type { Rules } from '../../machines/world.ts';
import { taskRules } from '../../src/engine/rules.ts';
import { chartOf } from '../../src/inspection/chart.ts';
import { LANE_STATUS, type Lanes, SEGMENT_KIND } from '../../src/inspection/documents.ts';
import { lanesOf } from '../../src/inspection/lanes.ts';
import { rowAt } from '../../src/inspection/log-rows.ts';
import { momentOf } from '../../src/inspection/moment.ts';
import { Reading } from '../../src/inspection/reading.ts';
import { actorViewOf } from '../../src/inspection/statechart.ts';
import { stepDetailOf } from '../../src/inspection/step-detail.ts';
import { taskGraphOf } from '../../src/inspection/task-graph.ts';
import { goldenLogs } from './logs.ts';
import { logOfCase, type WhyCase } from './why-cases.ts';

async function readingOf(given: WhyCase, rules: Rules = taskRules): Promise<Reading> {
  const { log } = await logOfCase(given);
  const reading = new Reading(log.source, rules, 3);
  reading.append(log.records);
  return reading;
}

function rowsIn(lanes: Lanes, from: number) {
  return lanes.ids.map((id, row) => {
    const segments: string[] = [];
    for (let at = lanes.firstSegment[row] ?? 0; at < (lanes.firstSegment[row + 1] ?? 0); at += 1) {
      const kind = SEGMENT_KIND[lanes.segmentKind[at] ?? 0];
      const [start, end] = [lanes.segmentFrom[at] ?? 0, lanes.segmentTo[at] ?? 0];
      segments.push(`${kind} ${(start - from) / 1000}-${Number.isNaN(end) ? '' : (end - from) / 1000}`);
    }
    return `${id} ${LANE_STATUS[lanes.rowStatus[row] ?? 0]}: ${segments.join(', ')}`;
  });
}

const twoTries: WhyCase = {
  task: { retry: { maxAttempts: 2, backoffMs: 0 } },
  phases: [
    {
      name: 'Draft',
      steps: [{ agent: 'writer', id: 'draft', text: 'Write about {{ input }}', estimate: '10 minutes' }],
    },
    {
      name: 'Sign',
      dependsOn: ['Draft'],
      steps: [{ approval: 'Ship it?', id: 'ship', approvers: ['alice'] }],
    },
    {
      name: 'Publish',
      dependsOn: ['Sign'],
      steps: [{ agent: 'printer', id: 'print', text: 'Print', estimate: '5 minutes' }],
    },
  ],
  agents: {
    writer: [
      { when: { attempt: 1 }, fail: { message: 'no ink' }, latency: '1 minute' },
      { output: { text: 'all is well' }, latency: '2 minutes' },
    ],
    printer: [{ output: {}, latency: '1h' }],
  },
  act: async (run) => {
    await run.untilWaitingFor('approval');
    await run.advance('5 minutes');
    await run.approve();
    await run.advance('1 minute');
  },
};

describe('the timeline', () => {
  test('tells work, people and what is still to come apart, each from the record that says so', async () => {
    const reading = await readingOf(twoTries);
    const fold = reading.at(reading.count);
    const lanes = lanesOf(fold, reading.trace, reading.count);
    expect(rowsIn(lanes, lanes.from)).toEqual([
      'draft succeeded: running 0-60, running 60-180',
      'ship succeeded: person 180-480',
      'print running: running 480-',
    ]);
    const half =
      reading.indexOf(reading.recordsAbout('ship').map((index) => reading.record(index).position)[0] ?? 0) -
      1;
    expect(rowsIn(lanesOf(reading.at(half - 1), reading.trace, half - 1), lanes.from).slice(1)).toEqual([
      'ship pending: ',
      'print pending: ',
    ]);
  });

  test('has a segment of what undoes a step', async () => {
    const reading = await readingOf({
      phases: [
        { name: 'Do', steps: [{ agent: 'writer', id: 'book', text: 'Book', compensate: 'undoer' }] },
        { name: 'More', dependsOn: ['Do'], steps: [{ wait: 'go', id: 'go' }] },
      ],
      agents: { undoer: [{ output: {}, latency: '1h' }], writer: [{ output: {}, latency: '1 minute' }] },
      act: async (run) => {
        await run.untilPhase('Do');
        await run.rollBack();
      },
    });
    const lanes = lanesOf(reading.at(reading.count), reading.trace, reading.count);
    expect(rowsIn(lanes, lanes.from)).toEqual([
      'book undoing: running 0-60, compensating 60-',
      'go cancelled: ',
    ]);
  });
});

describe('the graph', () => {
  test('has the chain that decides, and when it should be over', async () => {
    const reading = await readingOf(twoTries);
    const { at } = reading.record(reading.count);
    const graph = taskGraphOf(reading.at(reading.count), { now: at });
    expect(graph.nodes.filter(({ isCritical }) => isCritical).map(({ id }) => id)).toEqual([
      'phase:Draft',
      'step:draft',
      'phase:Sign',
      'step:ship',
      'phase:Publish',
      'step:print',
    ]);
    expect(graph.edges.filter(({ isCritical }) => isCritical)).toHaveLength(2);
    expect(graph).toMatchObject({ expectedBy: 'estimates', expectedEndAt: at + 5 * 60_000 });
    const past = taskGraphOf(reading.at(reading.count), {
      now: at,
      durations: new Map([['print', 3_600_000]]),
    });
    expect(past).toMatchObject({ expectedBy: 'history', expectedEndAt: at + 3_600_000 });
    // Nobody knows how long people take.
    expect(taskGraphOf(reading.at(1), { now: reading.record(1).at }).expectedEndAt).toBeNull();
  });

  test('a barrier stands behind all above it, and before all below', async () => {
    const reading = await readingOf({
      phases: [
        {
          name: 'All',
          steps: [
            { agent: 'a', id: 'a', text: 'A' },
            { agent: 'b', id: 'b', text: 'B' },
            { validation: '1 == 1', id: 'check' },
            { agent: 'c', id: 'c', text: 'C' },
            { agent: 'd', id: 'd', text: 'D' },
          ],
        },
      ],
    });
    const { edges } = taskGraphOf(reading.at(1), { now: 0 });
    expect(edges.map(({ from, to }) => `${from} ${to}`)).toEqual([
      'step:a step:check',
      'step:b step:check',
      'step:check step:c',
      'step:check step:d',
    ]);
  });
});

describe('a statechart', () => {
  test.each(Object.keys(MACHINES))('of %s is the machine itself', (name) => {
    const chart = chartOf(name);
    const machine = MACHINES[name];
    expect(chart.states.map(({ id }) => id)).toEqual(Object.keys(machine?.states ?? {}));
    expect(new Set(chart.transitions.map(({ id }) => id)).size).toBe(chart.transitions.length);
    for (const { from, to, guard } of chart.transitions) {
      expect(machine?.states).toHaveProperty(from);
      if (to !== null) expect(machine?.states).toHaveProperty(to);
      if (guard !== null) expect(machine?.implementations.guards).toHaveProperty(guard);
    }
  });

  test.each(goldenLogs)('the last transition led to where the actor is: $name', ({ source, records }) => {
    const reading = new Reading(source, taskRules, 7);
    reading.append(records);
    let seen = 0;
    for (let index = 1; index <= reading.count; index += 1) {
      const past = {
        trace: reading.trace,
        upTo: index,
        positionOf: (at: number) => reading.record(at).position,
      };
      const root = actorViewOf(reading.at(index), 'execution', past);
      const phases = (root?.actor.children ?? []).flatMap(({ id, children }) => [
        id,
        ...children.map((child) => child.id),
      ]);
      for (const path of ['execution', ...phases]) {
        const view = actorViewOf(reading.at(index), path, past);
        if (view?.last === null || view === undefined) continue;
        const took = view.chart.transitions.find(({ id }) => id === view.last?.transition);
        expect(took?.to ?? took?.from, `${path} at ${index}`).toBe(view.state);
        expect(view.last.position).toBeLessThanOrEqual(reading.record(index).position);
        seen += 1;
      }
    }
    expect(seen).toBeGreaterThan(0);
  });

  test('says which guard is in the way, and not of one that has to see the event', async () => {
    const reading = await readingOf(twoTries);
    const past = {
      trace: reading.trace,
      upTo: reading.count,
      positionOf: (at: number) => reading.record(at).position,
    };
    const view = actorViewOf(reading.at(reading.count), 'execution', past);
    const of = (event: string) =>
      view?.possible.filter(({ transition }) => transition.startsWith(`running:${event}:`));
    expect(of('always')?.map(({ failing }) => failing)).toEqual(['mustRollBack', 'mustFail', 'isConcluded']);
    expect(of('pause')).toEqual([{ transition: 'running:pause:1', isEnabled: true, failing: null }]);
    expect(of('timer.fired')?.[1]).toMatchObject({ isEnabled: true, failing: null });
    expect(view?.context).not.toHaveProperty('world');
  });
});

describe('a moment', () => {
  const momentAt = (reading: Reading, index: number, isLive = false) =>
    momentOf(reading.at(index), {
      index,
      count: reading.count,
      end: reading.end,
      at: reading.record(index).at,
      row: rowAt(reading, index),
      isLive,
      now: reading.record(index).at,
      surroundings: null,
    });

  test('counts steps as they stand, and offers only what makes sense', async () => {
    const reading = await readingOf(twoTries);
    expect(momentAt(reading, 1)).toMatchObject({
      steps: { total: 3, waiting: 1, running: 0, succeeded: 0, failed: 0, retrying: 0 },
      possible: [],
    });
    expect(momentAt(reading, reading.count, true)).toMatchObject({
      steps: { total: 3, running: 1, succeeded: 2 },
      phases: [{ status: 'completed' }, { status: 'completed' }, { status: 'running' }],
      possible: ['pause', 'abort', 'rollback', 'checkpoint', 'signal', 'complete'],
    });
    const asked = reading.recordsAbout('ship')[0] ?? 1;
    expect(momentAt(reading, asked, true).possible).toContain('approve');
  });

  test('of a step: attempts as they were then, what it was given, its records', async () => {
    const reading = await readingOf(twoTries);
    const failed =
      reading.recordsAbout('draft').find((index) => reading.record(index).type === 'step.failed') ?? 0;
    const detail = (index: number) =>
      stepDetailOf(
        reading.at(index),
        'draft',
        { attempts: reading.attempts.of('draft', reading.record(index).position), positions: [] },
        { now: reading.record(index).at, surroundings: null },
      );
    expect(detail(failed - 1)?.attempts).toMatchObject([{ attempt: 1, outcome: null, endedAt: null }]);
    expect(detail(failed)?.attempts).toMatchObject([{ attempt: 1, outcome: 'failed' }]);
    expect(detail(reading.count)).toMatchObject({
      status: 'succeeded',
      attempts: [{ outcome: 'failed' }, { outcome: 'succeeded' }],
      input: { agent: 'writer', instructions: 'Write about {}', outputs: {}, results: {} },
      why: [],
      actor: null,
    });
    expect(detail(1)?.actor).toBe('execution/phase-0/slot-0');
  });
});

test('a record that cannot be folded suspends what is read, and what comes after it is told as well', async () => {
  const { log } = await logOfCase({
    phases: [{ name: 'Wait', steps: [{ wait: 'go', id: 'go', schema: { type: 'string' } }] }],
    act: (run) => run.signal('go', 'now'),
  });
  const broken: Rules = {
    ...taskRules,
    misfits: () => {
      throw new Error('the rule is broken');
    },
  };
  const reading = new Reading(log.source, broken, 1);
  reading.append(log.records);
  const at = log.records.findIndex(({ type }) => type === 'signal.sent') + 1;
  expect(reading.at(reading.count).status).toBe('suspended');
  expect(rowAt(reading, at)).toMatchObject({ type: 'signal.sent', refusal: 'cannot be folded' });
  expect(reading.at(at - 1).status).toBe('running');
  expect(reading.at(at).status).toBe('suspended');
  expect(reading.trace.lastOf('execution', at)?.transitions).toEqual(['running:unfoldable:1']);
});
