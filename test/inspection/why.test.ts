import { describe, expect, test } from 'vitest';
import type { Surroundings } from '../../src/inspection/documents.ts';
import { whyOf, whyStep } from '../../src/inspection/why.ts';
import { cases, standing, type WhyCase } from './why-cases.ts';

async function whyIn(name: string) {
  const given = cases[name] as WhyCase;
  const { fold, now } = await standing(given);
  const isKnown = given.hosts !== undefined || given.isDriven !== undefined;
  const surroundings: Surroundings | null = isKnown
    ? { isDriven: given.isDriven ?? true, hosts: given.hosts?.(fold, now) ?? null }
    : null;
  // The ids of hosts differ from run to run.
  const plain = (text: string): string =>
    fold
      .claims()
      .reduce(
        (rest, { host }) => rest.replaceAll(host, 'HOST').replaceAll(`${host.slice(0, 8)}…`, 'HOST'),
        text,
      );
  const why = whyOf(fold, { now, surroundings });
  const told = why.reasons.map(({ text, who, until, otherwise, isAlarming, step }) =>
    [
      `${isAlarming ? '! ' : ''}${text}`,
      ...(who.length === 0 ? [] : [`who: ${who.join('; ')}`]),
      ...(until === null ? [] : [`in ${Math.round((until - now) / 1000)} s`]),
      ...(otherwise === null ? [] : [otherwise]),
      ...(step === null ? [] : [`[${step}]`]),
    ].join(' | '),
  );
  const next = why.next.map(({ at, what }) => `${Math.round((at - now) / 1000)} s: ${what}`);
  return {
    fold,
    now,
    surroundings,
    kind: why.kind,
    headline: plain(why.headline),
    told: told.map(plain),
    next: next.map(plain),
  };
}

const LEASE = 'If the host falls silent for 1 h, the step is offered again';

const told: { readonly [name: string]: { kind: string; headline: string; told: string[]; next?: string[] } } =
  {
    'offered, hosts not known': {
      kind: 'moving',
      headline: 'waits for a host that offers writer',
      told: [
        'draft waits to be claimed by a host that offers writer. | who: a host that offers writer | [draft]',
      ],
    },
    'offered, no host': {
      kind: 'waiting',
      headline: 'waits for a host that offers writer',
      told: [
        '! draft waits for a host that offers writer: there is none. | who: troupe agent --role writer | [draft]',
      ],
    },
    'offered, hosts busy': {
      kind: 'moving',
      headline: 'waits for a host that offers writer',
      told: [
        'draft waits to be claimed by a host that offers writer. Its one host is busy. | who: host-a | [draft]',
      ],
    },
    'offered with a limit of time': {
      kind: 'moving',
      headline: 'waits for a host that offers writer',
      told: [
        'draft waits to be claimed by a host that offers writer. | who: a host that offers writer | in 300 s | If no host claims it in time, the step fails. | [draft]',
      ],
      next: ['300 s: draft fails if no host has claimed it'],
    },
    claimed: {
      kind: 'moving',
      headline: 'writer works on draft',
      told: [
        `writer works on draft (host HOST, heard 2 s ago). | in 6600 s | ${LEASE}; the attempt that takes too long is stopped. | [draft]`,
      ],
      next: ['6600 s: attempt 1 of draft times out'],
    },
    'claimed, silent host': {
      kind: 'moving',
      headline: 'writer works on draft',
      told: [`! writer works on draft (host HOST, last heard 41 s ago). | ${LEASE}. | [draft]`],
    },
    'many claimed': {
      kind: 'moving',
      headline: 'writer works on 5 steps',
      told: [
        'writer works on 5 steps (host HOST). | If a host falls silent for 1 h, the step is offered again.',
      ],
    },
    'backing off': {
      kind: 'moving',
      headline: 'tries draft again soon',
      told: [
        'draft waits before the next try, attempt 2. The last attempt failed: no ink. | in 63 s | Then it is offered to writer again. | [draft]',
      ],
      next: ['63 s: draft is tried again (attempt 2)'],
    },
    'a phase backing off': {
      kind: 'moving',
      headline: 'tries phase Draft again soon',
      told: [
        'Phase Draft has failed and waits before its next try. Phase Draft needs 1 of 1 agent steps to succeed, and 1 failed (draft: no ink). | in 56 s | Then the steps that did not succeed are tried again.',
      ],
      next: ['56 s: phase Draft is tried again'],
    },
    'a signal': {
      kind: 'waiting',
      headline: 'waits for the signal prices',
      told: [
        'prices waits for the signal prices. | who: troupe signal simulation prices | in 86400 s | If it does not come, the step fails. | [prices]',
      ],
      next: ['86400 s: prices fails if the signal prices has not come'],
    },
    'a vote of agents and people': {
      kind: 'person',
      headline: 'waits for 2 votes (legal and alice)',
      told: [
        'vote waits for 2 of 3 ballots. | who: legal (agent, HOST); alice: troupe vote simulation vote --as alice | in 3600 s | If nothing comes, the ballots that are there are counted; without a decision people are asked (onDeadlock → approval). | [vote]',
      ],
      next: ['3600 s: the vote vote closes with the ballots that are there'],
    },
    'an approval': {
      kind: 'person',
      headline: 'waits for approval by alice or bob: Ship it?',
      told: [
        'ship waits for approval by alice or bob: Ship it? | who: alice; bob; troupe approve simulation ship | in 86400 s | If nobody decides, it counts as approved. | [ship]',
      ],
      next: ['86400 s: ship is not decided: it counts as approved'],
    },
    'an approval by nobody': {
      kind: 'dead',
      headline: 'nobody may approve ship',
      told: [
        '! ship asks the group release, and nobody is in it: Ship it? | who: troupe approve simulation ship | [ship]',
      ],
    },
    paused: {
      kind: 'held',
      headline: 'paused: lunch',
      told: [
        'It is paused: lunch. Nothing new begins until somebody resumes it. | who: troupe resume simulation',
      ],
    },
    pausing: {
      kind: 'moving',
      headline: 'pausing: waits for writer to finish',
      told: [
        'One claim is outstanding. | who: draft (writer, HOST) | A host that falls silent loses its claim, and the execution is paused without it.',
        'It is being paused: lunch. Nothing new begins; what is claimed comes to its end first. | who: troupe resume simulation',
      ],
    },
    suspended: {
      kind: 'held',
      headline: 'suspended: Record 2 (execution.started) cannot be folded: the rule is broken',
      told: [
        '! Record 2 (execution.started) cannot be folded: the rule is broken. Nothing is done until a person aborts it, or a release that can fold the record reads the log. | who: troupe abort simulation; a release that can fold the record',
      ],
    },
    'a rollback that drains': {
      kind: 'moving',
      headline: 'rolls back: waits for reader to stop; and 1 more',
      told: [
        'It goes back to the start: a mistake. Nothing is undone until the claim that stands has come to an end. | who: read (reader, HOST)',
        'read was told to stop; HOST has to say that the work is gone. | Then, or when the lease runs out, it is cancelled. | [read]',
      ],
    },
    'a rollback that compensates': {
      kind: 'moving',
      headline: 'rolls back: one step is still to be undone; and 1 more',
      told: [
        'It goes back to the start: a mistake. 1 of 1 step is still to be undone.',
        `undoer works on undo-book (host HOST). | ${LEASE}. | [undo-book]`,
      ],
    },
    'held by a limit': {
      kind: 'person',
      headline:
        'waits for approval by alice: Phase Draft went beyond its limit budget: its agents spent 2 USD, and may spend 1. Go on?',
      told: [
        'draft.budget.approval waits for approval by alice: Phase Draft went beyond its limit budget: its agents spent 2 USD, and may spend 1. Go on? | who: alice; troupe approve simulation draft.budget.approval | [draft.budget.approval]',
        'two is held back: people are asked whether phase Draft goes on beyond its limit. | [two]',
      ],
    },
    'a window that is full': {
      kind: 'moving',
      headline: 'writer works on 2 steps',
      told: [
        'writer works on 2 steps (host HOST). | If a host falls silent for 1 h, the step is offered again.',
        '3 steps of phase Draft wait for a place: at most 2 run at once.',
      ],
    },
    'phases that wait for their turn': {
      kind: 'moving',
      headline: 'writer works on draft',
      told: [
        `writer works on draft (host HOST). | ${LEASE}. | [draft]`,
        'Phase Second waits for a place: one phase runs at a time.',
        'Phase Third waits for phase Second to end.',
      ],
    },
    'a validation': {
      kind: 'moving',
      headline: 'works out check',
      told: ['check is being worked out by the process that drives the execution. | [check]'],
    },
    'items that are worked out': {
      kind: 'moving',
      headline: 'phase Each is expanding',
      told: ['The items of phase Each are being worked out.'],
    },
    'artifacts that are measured': {
      kind: 'moving',
      headline: 'measures the artifacts of a checkpoint',
      told: ['The artifacts of a checkpoint are being measured; no phase begins meanwhile.'],
    },
    'an agent that asks people': {
      kind: 'person',
      headline: 'waits for approval by alice: May I?',
      told: [
        'one.approval waits for approval by alice: May I? | who: alice; troupe approve simulation one.approval | [one.approval]',
        'three waits: writer has asked people, and is to do nothing else until they answer. | who: a host that offers writer | [three]',
      ],
    },
    'nobody drives it': {
      kind: 'held',
      headline: 'no living process drives it; and 1 more',
      told: [
        '! No living process drives it: nothing happens until one goes on with it. | who: troupe resume simulation',
        `writer works on draft (host HOST). | ${LEASE}. | [draft]`,
      ],
    },
    completed: { kind: 'nobody', headline: 'completed', told: [] },
    failed: {
      kind: 'nobody',
      headline: 'failed: Phase Draft needs 1 of 1 agent steps to succeed, and 1 failed (draft: no ink).',
      told: [],
    },
  };

describe('why it does not go on, in words', () => {
  test('of every case there is', () => {
    expect(Object.keys(told)).toEqual(Object.keys(cases));
  });

  test.each(Object.entries(told))('%s', async (name, expected) => {
    const { kind, headline, told: reasons, next } = await whyIn(name);
    expect({ kind, headline, told: reasons, next }).toEqual({ next: [], ...expected });
  });
});

test('of one step only what is about it', async () => {
  const { fold, now } = await whyIn('many claimed');
  const reasons = whyStep(fold, 'draft3', { now, surroundings: null });
  expect(reasons.map(({ text }) => text)).toEqual([expect.stringMatching(/^writer works on draft3 \(host /)]);
  expect(whyStep(fold, 'no-such-step', { now, surroundings: null })).toEqual([]);
});
