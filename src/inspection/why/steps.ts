import type { AgentContext } from '../../../machines/agent-context.ts';
import type { ApprovalContext } from '../../../machines/approval.ts';
import type { ConsensusContext } from '../../../machines/consensus/context.ts';
import { consensusOf, turnoutOf } from '../../../machines/consensus/poll.ts';
import { attemptTimeoutOf, retryOf } from '../../../machines/policy.ts';
import type { Fold } from '../../engine/fold.ts';
import { type PendingApproval, pendingApprovalsOf } from '../../engine/pending-approvals.ts';
import { isStepOfBallot } from '../ballots.ts';
import { type LiveStep, liveStepsOf } from '../live-steps.ts';
import type { WhyOptions } from '../why.ts';
import { durationInWords } from '../words.ts';
import { alternatives, type Cause, namesInWords, RANK, reason, sentence } from './cause.ts';
import { beatOf, heardOf, hostName, hostsOf, isBusy } from './hosts.ts';
import { deadlineInWords, deadlockInWords } from './reactions.ts';

export interface StepOptions extends WhyOptions {
  /** A reason for every step, also where many wait for the same. */
  readonly each?: boolean;
}

/** Why each live step is where it is; steps that wait for the same thing share a reason. */
export function stepCauses(fold: Fold, options: StepOptions): readonly Cause[] {
  const approvals = new Map(pendingApprovalsOf(fold).map((asked) => [asked.step, asked]));
  const live = liveStepsOf(fold);
  const asking = new Set(
    live.flatMap(({ kind, state, context }) =>
      kind === 'agent' && state === 'asking' ? [context.role] : [],
    ),
  );
  const view: View = { fold, options, approvals, asking };
  const groups = new Map<string, LiveStep[]>();
  for (const step of live) {
    const key = options.each === true ? step.run : groupOf(view, step);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [step]);
    else group.push(step);
  }
  return [...groups.values()].flatMap((group) => {
    const causes = causeOf(view, group);
    // Voters are told of by their vote, unless a person should look.
    const isVoter = options.each !== true && isStepOfBallot(fold, group[0]?.context.step ?? '');
    return isVoter ? causes.filter(({ reason: { isAlarming } }) => isAlarming) : causes;
  });
}

interface View {
  readonly fold: Fold;
  readonly options: StepOptions;
  readonly approvals: ReadonlyMap<string, PendingApproval>;
  /** Roles whose agent has asked people. */
  readonly asking: ReadonlySet<string>;
}

/** Steps with the same key are told together. */
function groupOf({ fold }: View, { kind, state, context, run, actor }: LiveStep): string {
  if (fold.isHeld(actor)) return `held/${context.phase}`;
  if (
    kind === 'agent' &&
    (state === 'offered' || state === 'claimed' || state === 'backingOff' || state === 'draining')
  )
    return `${state}/${context.role}/${context.partOf ?? ''}/${isStepOfBallot(fold, context.step) ? context.phase : ''}`;
  return kind === 'evaluation' ? `evaluating/${context.phase}` : run;
}

function causeOf(view: View, group: readonly LiveStep[]): readonly Cause[] {
  const [first] = group;
  if (first === undefined) return [];
  const { fold } = view;
  if (fold.isHeld(first.actor)) return heldByLimit(group, first);
  switch (first.kind) {
    case 'approval':
      return approvalCause(view, first);
    case 'consensus':
      return consensusCause(view, first);
    case 'wait':
      return waitCause(view, first);
    case 'evaluation':
      return evaluationCause(group, first);
    default:
      return agentCause(view, group, first);
  }
}

function heldByLimit(group: readonly LiveStep[], first: LiveStep): readonly Cause[] {
  const { phase } = first.context;
  return [
    {
      rank: RANK.held,
      kind: 'waiting',
      short: `phase ${phase} is held by a limit`,
      reason: reason(
        `${subjectOf(group)} ${group.length === 1 ? 'is' : 'are'} held back: people are asked whether phase ${phase} goes on beyond its limit.`,
        {
          step: single(group),
        },
      ),
    },
  ];
}

function approvalCause({ approvals, fold }: View, { run, state, context }: LiveStep): readonly Cause[] {
  const { dueAt, isExtended } = context as ApprovalContext;
  if (state !== 'pending') {
    const doing =
      state === 'verifying' ? 'looked at again, whether it still is what was approved' : 'looked up';
    return [
      {
        rank: RANK.evaluating,
        kind: 'moving',
        short: `looks at what ${run} is about`,
        reason: reason(`What ${run} is about is being ${doing}.`, { step: run, since: context.offeredAt }),
      },
    ];
  }
  const asked = approvals.get(run);
  const ask = fold.world.ledger.approvals.get(run)?.ask;
  if (asked === undefined || ask === undefined) return [];
  const who = alternatives(asked.approvers);
  const nobody = asked.people !== undefined && asked.people.length === 0;
  const otherwise = dueAt === undefined ? null : `If nobody decides, ${deadlineInWords(ask, isExtended)}.`;
  const isDead = nobody && dueAt === undefined && context.escalateAt === undefined;
  const repeats =
    asked.voids === 0
      ? ''
      : ` What was approved had changed since, ${asked.voids === 1 ? 'once' : `${asked.voids} times`}.`;
  return [
    {
      rank: RANK.person,
      kind: isDead ? 'dead' : 'person',
      short: isDead ? `nobody may approve ${run}` : `waits for approval by ${who}: ${asked.question}`,
      reason: reason(
        nobody
          ? `${run} asks ${who}, and nobody is in it: ${asked.question}`
          : `${run} waits for approval by ${who}: ${asked.question}${repeats}`,
        {
          who: [...(asked.people ?? []), `troupe approve ${asked.execution} ${run}`],
          since: asked.since,
          until: dueAt ?? null,
          otherwise,
          isAlarming: nobody,
          step: run,
        },
      ),
    },
  ];
}

function consensusCause({ fold, options }: View, { run, state, context }: LiveStep): readonly Cause[] {
  const place = context as ConsensusContext;
  const { world } = fold;
  const step = consensusOf(world, place.step);
  switch (state) {
    case 'voting': {
      const { voted, missing } = turnoutOf(world, place);
      const people = missing
        .filter((name) => name.startsWith('person:'))
        .map((name) => name.slice('person:'.length));
      const hosts = new Map(fold.claims().map((claim) => [claim.role, claim.host]));
      const names = new Map([...hosts].map(([role, host]) => [role, hostName(host, options)]));
      const beats = missing.flatMap((name) => {
        const host = hosts.get(name);
        const beat = host === undefined ? undefined : beatOf(host, options);
        return beat?.isSilent === true ? [`${name}'s host ${beat.text}`] : [];
      });
      const whole = voted.length + missing.length;
      const last = place.round - place.firstRound + 1 >= (step.rounds ?? 1);
      const round = (step.rounds ?? 1) > 1 ? ` in round ${place.round - place.firstRound + 1}` : '';
      return [
        {
          rank: people.length > 0 ? RANK.vote : RANK.claimed,
          kind: people.length > 0 ? 'person' : 'moving',
          short: `waits for ${missing.length === 1 ? '1 vote' : `${missing.length} votes`} (${namesInWords(missing.map(plainName))})`,
          reason: reason(
            [`${run} waits for ${missing.length} of ${whole} ballots${round}.`, ...beats].join(' '),
            {
              who: missing.map((name) => voterInWords(name, names, world.execution, run)),
              since:
                world.ledger.phases.get(place.phase)?.polls?.[run]?.rounds[place.round - 1]?.openedAt ?? null,
              until: place.dueAt ?? null,
              otherwise:
                place.dueAt === undefined
                  ? null
                  : `If nothing comes, the ballots that are there are counted${last ? `; without a decision ${deadlockInWords(step)}` : '; without a decision another round asks again'}.`,
              isAlarming: beats.length > 0,
              step: run,
            },
          ),
        },
      ];
    }
    case 'asking':
      return [];
    case 'revealing':
      return [
        {
          rank: RANK.claimed,
          kind: 'moving',
          short: `waits for sealed votes of ${run} to be opened`,
          reason: reason(`${run} is closed: its ${place.live} sealed ballots are being opened.`, {
            until: place.dueAt ?? null,
            otherwise: 'A ballot that is not opened counts as an abstention.',
            step: run,
          }),
        },
      ];
    case 'draining':
    case 'cancelling':
      return [
        {
          rank: RANK.claimed,
          kind: 'moving',
          short: `waits for voters of ${run} to stop`,
          reason: reason(
            `${run} is closed: ${place.live} voters that are still at work come to their end first.`,
            { step: run },
          ),
        },
      ];
    default:
      return [
        {
          rank: RANK.evaluating,
          kind: 'moving',
          short: `looks at what ${run} is about`,
          reason: reason(`What ${run} is about is being looked up.`, {
            step: run,
            since: place.offeredAt,
          }),
        },
      ];
  }
}

function plainName(name: string): string {
  return name.startsWith('person:') ? name.slice('person:'.length) : name;
}

function voterInWords(
  name: string,
  hosts: ReadonlyMap<string, string>,
  execution: string,
  run: string,
): string {
  if (name.startsWith('person:'))
    return `${plainName(name)}: troupe vote ${execution} ${run} --as ${plainName(name)}`;
  const host = hosts.get(name);
  return host === undefined ? `${name} (agent)` : `${name} (agent, ${host})`;
}

function waitCause({ fold, options }: View, { run, context }: LiveStep): readonly Cause[] {
  const { signal, dueAt, offeredAt } = context;
  const misfits = fold.refused['signal-misfit'] ?? 0;
  const refused =
    misfits === 0 ? '' : ` ${misfits === 1 ? 'One signal' : `${misfits} signals`} did not fit so far.`;
  return [
    {
      rank: RANK.signal,
      kind: 'waiting',
      short: `waits for the signal ${signal}`,
      reason: reason(`${run} waits for the signal ${signal}.${refused}`, {
        who: [`troupe signal ${fold.world.execution} ${signal}`],
        since: offeredAt,
        until: dueAt ?? null,
        otherwise: dueAt === undefined ? null : 'If it does not come, the step fails.',
        isAlarming: dueAt !== undefined && dueAt < options.now,
        step: run,
      }),
    },
  ];
}

function evaluationCause(group: readonly LiveStep[], { context }: LiveStep): readonly Cause[] {
  const dueAt = earliest(group.map((step) => step.context.dueAt));
  return [
    {
      rank: RANK.evaluating,
      kind: 'moving',
      short: `works out ${namesInWords(group.map(({ run }) => run))}`,
      reason: reason(
        `${subjectOf(group)} ${group.length === 1 ? 'is' : 'are'} being worked out by the process that drives the execution.`,
        {
          since: context.offeredAt,
          until: dueAt,
          otherwise: dueAt === null ? null : 'If it takes longer, the step fails.',
          step: single(group),
        },
      ),
    },
  ];
}

function agentCause(view: View, group: readonly LiveStep[], first: LiveStep): readonly Cause[] {
  switch (first.state) {
    case 'offered':
      return offeredCause(view, group, first);
    case 'claimed':
      return claimedCause(view, group, first);
    case 'backingOff':
      return backoffCause(view, group, first);
    case 'draining':
      return drainingCause(view, group);
    case 'sealed':
    case 'revealing':
    case 'asking':
      // Told by the vote, and by the question.
      return view.options.each === true ? [partOfAnother(first)] : [];
    default:
      return [];
  }
}

function partOfAnother({ run, state, context }: LiveStep): Cause {
  const text =
    state === 'asking'
      ? `${context.role} has asked people, and waits for their answer.`
      : `${context.role} has sealed its vote; it is opened when the poll is closed.`;
  return { rank: RANK.held, kind: 'waiting', short: text, reason: reason(text, { step: run }) };
}

function offeredCause(
  { options, asking }: View,
  group: readonly LiveStep[],
  { context }: LiveStep,
): readonly Cause[] {
  const { role } = context as AgentContext;
  const waits = group.length === 1 ? 'waits' : 'wait';
  const since = earliest(group.map((step) => step.context.offeredAt));
  const until = earliest(group.map((step) => step.context.dueAt));
  const otherwise = until === null ? null : 'If no host claims it in time, the step fails.';
  const rest = { who: [`a host that offers ${role}`], since, until, otherwise, step: single(group) };
  if (asking.has(role)) {
    return [
      {
        rank: RANK.held,
        kind: 'waiting',
        short: `${role} has asked people`,
        reason: reason(
          `${subjectOf(group)} ${waits}: ${role} has asked people, and is to do nothing else until they answer.`,
          rest,
        ),
      },
    ];
  }
  const hosts = hostsOf(role, options);
  if (hosts !== null && hosts.length === 0) {
    return [
      {
        rank: RANK.noHost,
        kind: 'waiting',
        short: `waits for a host that offers ${role}`,
        reason: reason(`${subjectOf(group)} ${waits} for a host that offers ${role}: there is none.`, {
          ...rest,
          who: [`troupe agent --role ${role}`],
          isAlarming: true,
        }),
      },
    ];
  }
  const busy =
    hosts !== null && isBusy(role, hosts)
      ? hosts.length === 1
        ? ' Its one host is busy.'
        : ` All ${hosts.length} of them are busy.`
      : '';
  const who = hosts === null ? rest.who : hosts.map(({ host }) => hostName(host, options));
  return [
    {
      rank: RANK.offered,
      kind: 'moving',
      short: `waits for a host that offers ${role}`,
      reason: reason(`${subjectOf(group)} ${waits} to be claimed by a host that offers ${role}.${busy}`, {
        ...rest,
        who,
      }),
    },
  ];
}

function claimedCause(
  { fold, options }: View,
  group: readonly LiveStep[],
  first: LiveStep,
): readonly Cause[] {
  const { world } = fold;
  const contexts = group.map(({ context }) => context as AgentContext);
  const { role } = contexts[0] as AgentContext;
  const hosts = [
    ...new Set(contexts.flatMap(({ claim }) => (claim === undefined ? [] : [claim.host]))),
  ].sort();
  const silent = hosts.map((host) => beatOf(host, options)).filter(({ isSilent }) => isSilent);
  const until = earliest(contexts.map(({ dueAt }) => dueAt));
  const leaseMs = Math.min(...contexts.map(({ claim }) => claim?.leaseMs ?? Number.POSITIVE_INFINITY));
  const retry = retryOf(world, world.stepsById.get(first.context.step) as never);
  const isOne = group.length === 1;
  const attempt =
    isOne && first.context.attempt > 1
      ? `, attempt ${first.context.attempt}${retry.maxAttempts > 1 ? ` of ${retry.maxAttempts}` : ''}`
      : '';
  const names = hosts.map((host) => hostName(host, options));
  const [only] = hosts;
  const where =
    hosts.length === 1 && only !== undefined ? heardOf(only, options) : `hosts ${namesInWords(names)}`;
  const what = isOne ? first.run : `${group.length} steps`;
  const timeoutMs = isOne
    ? attemptTimeoutOf(world, world.stepsById.get(first.context.step) as never, role)
    : undefined;
  const silence = `If ${isOne ? 'the' : 'a'} host falls silent for ${durationInWords(leaseMs)}, the step is offered again`;
  const late =
    until === null
      ? ''
      : `; ${timeoutMs === undefined ? 'an attempt' : 'the attempt'} that takes too long is stopped`;
  return [
    {
      rank: silent.length > 0 ? RANK.noHost : RANK.claimed,
      kind: 'moving',
      short: `${role} works on ${what}`,
      reason: reason(
        [
          `${role} works on ${what}${attempt} (${where}).`,
          ...(hosts.length === 1 ? [] : silent.map(({ text }) => text)),
        ].join(' '),
        {
          since: earliest(contexts.map(({ claim }) => claim?.at)),
          until,
          otherwise: Number.isFinite(leaseMs) ? `${silence}${late}.` : null,
          isAlarming: silent.length > 0,
          step: single(group),
        },
      ),
    },
  ];
}

function backoffCause({ fold }: View, group: readonly LiveStep[], first: LiveStep): readonly Cause[] {
  const { role, attempt, run } = first.context as AgentContext;
  const error = fold.world.ledger.lastErrors.get(run);
  const why =
    group.length === 1 && error !== undefined ? ` The last attempt failed: ${sentence(error.message)}` : '';
  const which = group.length === 1 ? `, attempt ${attempt}` : '';
  return [
    {
      rank: RANK.backingOff,
      kind: 'moving',
      short: `tries ${group.length === 1 ? run : `${group.length} steps of ${role}`} again soon`,
      reason: reason(
        `${subjectOf(group)} ${group.length === 1 ? 'waits' : 'wait'} before the next try${which}.${why}`,
        {
          until: earliest(group.map(({ context }) => context.dueAt)),
          otherwise: `Then ${group.length === 1 ? 'it is' : 'they are'} offered to ${role} again.`,
          step: single(group),
        },
      ),
    },
  ];
}

const THEREAFTER: { readonly [thereafter: string]: string } = {
  retry: 'it is tried again',
  fail: 'it fails',
  cancel: 'it is cancelled',
  complete: 'what a person gave in its place counts',
};

function drainingCause({ options }: View, group: readonly LiveStep[]): readonly Cause[] {
  const contexts = group.map(({ context }) => context as AgentContext);
  const { role, thereafter = 'cancel' } = contexts[0] as AgentContext;
  const hosts = [
    ...new Set(contexts.flatMap(({ claim }) => (claim === undefined ? [] : [claim.host]))),
  ].sort();
  const silent = hosts.map((host) => beatOf(host, options)).filter(({ isSilent }) => isSilent);
  return [
    {
      rank: RANK.claimed,
      kind: 'moving',
      short: `waits for ${role} to stop`,
      reason: reason(
        [
          `${subjectOf(group)} ${group.length === 1 ? 'was' : 'were'} told to stop; ${namesInWords(hosts.map((host) => hostName(host, options)))} has to say that the work is gone.`,
          ...silent.map(({ text }) => text),
        ].join(' '),
        {
          since: earliest(contexts.map(({ claim }) => claim?.at)),
          otherwise: `Then, or when the lease runs out, ${THEREAFTER[thereafter] ?? 'it goes on'}.`,
          isAlarming: silent.length > 0,
          step: single(group),
        },
      ),
    },
  ];
}

function subjectOf(group: readonly LiveStep[]): string {
  return group.length === 1 ? (group[0]?.run ?? '') : `${group.length} steps`;
}

function single(group: readonly LiveStep[]): string | null {
  return group.length === 1 ? (group[0]?.run ?? null) : null;
}

function earliest(times: readonly (number | undefined)[]): number | null {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? null : Math.min(...known);
}
