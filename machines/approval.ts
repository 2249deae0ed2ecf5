import { type AnyActorRef, assign, sendParent, setup } from 'xstate';
import type { Json } from '../src/json.ts';
import type { StepError } from '../src/ports/agent-request.ts';
import { lastReactionOf } from '../src/task/asks.ts';
import type { ApprovalAsk, DeadlineReaction, Reaction } from '../src/task/definition.ts';
import { type ApprovalStanding, approversOf, isEntitled, type SubjectSeen } from './approval-standing.ts';
import { flat } from './flat.ts';
import type { StepResult } from './ledger.ts';
import { MAX_MICROSTEPS } from './policy.ts';
import {
  attemptOf,
  endStep,
  keepError,
  lastError,
  type StepIdentity,
  type StepInput,
  stepDefinition,
} from './step.ts';
import type { ApprovalNote } from './world.ts';

/**
 * A question to people: one who may answers it, once, and bound to what was asked about.
 *
 * 1. The first decision in the log counts; one by somebody who may not decide, or about another state of the subject, never.
 * 2. A grant about a subject counts when the owner has read the subject again after it and found the digest unchanged;
 *    otherwise it is void, and the question stands again, about what is there now.
 * 3. Its deadlines go on while the execution is paused: people do not stand still with it.
 */

export interface ApprovalContext extends StepIdentity {
  /** Another step asks: its actor is the parent, gets `approval.ended` and finds the decision in the ledger. */
  readonly isPart: boolean;
  readonly offeredAt: number;
  readonly dueAt: number | undefined;
  readonly remindAt: number | undefined;
  readonly escalateAt: number | undefined;
  /** The deadline has passed once, and more people were given more time. */
  readonly isExtended: boolean;
  /** How often the subject was read; names the evaluation that is owed. */
  readonly looks: number;
}

export interface ApprovalInput extends StepInput {
  /** What is asked; absent: what the step's definition asks. With it the approval is a part of another step. */
  readonly ask?: ApprovalAsk | undefined;
}

/** What a person's record says. */
export interface Said {
  readonly by: string;
  readonly comment?: string | undefined;
  /** Digest of what the person saw. */
  readonly subject?: string | undefined;
}

/** What the owner found when it looked. */
export interface Looked {
  readonly question?: string | undefined;
  readonly subject?: SubjectSeen | undefined;
}

export type ApprovalEvent =
  | ({ type: 'granted' } & Said)
  | ({ type: 'rejected' } & Said)
  | { type: 'delegated'; by: string; to: string; comment?: string | undefined }
  | { type: 'evaluated'; output: Looked }
  | { type: 'unevaluable'; error: StepError }
  | { type: 'timer.fired'; timerId: string }
  | { type: 'cancel' };

/** To the parent of an approval that is a part of its step. */
export interface ApprovalEnded {
  readonly type: 'approval.ended';
  readonly run: string;
  readonly slot: number;
  readonly verdict: ApprovalVerdict;
}

export type ApprovalVerdict = 'approved' | 'rejected' | 'expired' | 'failed' | 'cancelled';

export type ApprovalTimer = 'remind' | 'escalate' | 'deadline';

/** Of an approval that is a part of a step. No id in a file holds a point, so this is nobody else's. */
export function approvalRunOf(run: string): string {
  return `${run}.approval`;
}

/** Said of people and agents, so not for a template to be read in. */
export function asPlainText(question: string): string {
  return question.replaceAll(/\{(?=[{%])/g, '{ ');
}

export function approvalTimerId(context: ApprovalContext, timer: ApprovalTimer, dueAt: number): string {
  return `step/${context.run}/${context.firstAttempt}/${timer}/${dueAt}`;
}

/** Whether a timer only reminds people, and so moves nothing on. */
export function isReminder(timerId: string): boolean {
  return /^step\/[^/]+\/\d+\/remind\//.test(timerId);
}

const machine = setup({
  types: { context: {} as ApprovalContext, events: {} as ApprovalEvent, input: {} as ApprovalInput },
  guards: {
    needsNoLook: ({ context }) => !needsLook(standingOf(context).ask),
    mayGrant: ({ context, event }) => event.type === 'granted' && objectionTo(context, event) === undefined,
    mayGrantUnseen: ({ context, event }) =>
      event.type === 'granted' && !hasSubject(context) && objectionTo(context, event) === undefined,
    mayReject: ({ context, event }) => event.type === 'rejected' && objectionTo(context, event) === undefined,
    mayDelegate: ({ context, event }) =>
      event.type === 'delegated' &&
      standingOf(context).ask.delegation !== false &&
      objectionTo(context, event) === undefined,
    isUnchanged: ({ context, event }) =>
      event.type === 'evaluated' && event.output.subject?.digest === standingOf(context).subject?.digest,
    isReminder: ({ context, event }) => isDue(context, 'remind', context.remindAt, event),
    isEscalation: ({ context, event }) => isDue(context, 'escalate', context.escalateAt, event),
    isExtension: ({ context, event }) =>
      isDue(context, 'deadline', context.dueAt, event) && extensionOf(context) !== undefined,
    isDueToApprove: ({ context, event }) =>
      isDue(context, 'deadline', context.dueAt, event) && lastReactionOf(reactionOf(context)) === 'approve',
    isDueToApproveUnseen: ({ context, event }) =>
      isDue(context, 'deadline', context.dueAt, event) &&
      lastReactionOf(reactionOf(context)) === 'approve' &&
      !hasSubject(context),
    isDueToReject: ({ context, event }) =>
      isDue(context, 'deadline', context.dueAt, event) && lastReactionOf(reactionOf(context)) === 'reject',
    isOverdue: ({ context, event }) => isDue(context, 'deadline', context.dueAt, event),
  },
  actions: {
    markDirty: ({ context, self }) => {
      context.world().dirty.push(self);
    },
    register: ({ context, self }) => {
      context.world().steps.set(context.run, self as AnyActorRef);
    },
    keepSubject: assign(({ context, event }) => {
      if (event.type !== 'evaluated') return {};
      const { question, subject } = event.output;
      change(context, {
        ...(question === undefined ? {} : { question }),
        ...(subject === undefined ? {} : { subject }),
      });
      return { looks: context.looks + 1 };
    }),
    countLook: assign(({ context }) => ({ looks: context.looks + 1 })),
    tellRequest: ({ context }) => tell(context, 'requested'),
    keepDecision: ({ context, event }) => keepDecision(context, event),
    tellDecision: ({ context }) =>
      tell(context, standingOf(context).decision?.approved === true ? 'granted' : 'rejected'),
    voidGrant: assign(({ context, event }) => voidGrant(context, event)),
    delegate: assign(({ context, event }) => delegate(context, event)),
    remind: assign(({ context }) => {
      change(context, { reminders: (standingOf(context).reminders ?? 0) + 1 });
      tell(context, 'reminder');
      return { remindAt: nextReminder(context) };
    }),
    escalate: assign(({ context }) => {
      addApprovers(context, standingOf(context).ask.escalate?.to ?? []);
      return { escalateAt: undefined };
    }),
    extend: assign(({ context }) => {
      const extension = extensionOf(context);
      if (extension === undefined) return {};
      addApprovers(context, extension.to);
      return { isExtended: true, dueAt: context.world().now + extension.withinMs };
    }),
    keepError: ({ context, event }) => {
      if (event.type === 'unevaluable') keepError(context, event.error);
    },
    recordApproval: ({ context }) => endAs(context, { status: 'succeeded', output: outputOf(context) }),
    recordRejection: ({ context }) => {
      const { ask, question, decision } = standingOf(context);
      const { by, comment } = decision ?? {};
      const who = by === undefined ? 'Nobody decided in time, so it counts as rejected' : `${by} rejected it`;
      const message = `${who}: ${question}${comment === undefined ? '' : ` (${comment})`}`;
      endAgainst(context, ask.onReject ?? 'fail', { class: 'refusal', message });
    },
    recordExpiry: ({ context }) => {
      const { question } = standingOf(context);
      const reaction = lastReactionOf(reactionOf(context)) ?? 'fail';
      tell(context, 'expired');
      endAgainst(context, reaction === 'approve' || reaction === 'reject' ? 'fail' : reaction, {
        class: 'timeout',
        message: `Nobody decided in time: ${question}`,
      });
    },
    recordFailure: ({ context }) => endAs(context, { status: 'failed', error: lastError(context) }),
    recordCancel: ({ context }) => endAs(context, { status: 'cancelled' }),
    tellParent: sendParent(
      ({ context }: { context: ApprovalContext }, { verdict }: { verdict: ApprovalVerdict }) =>
        context.isPart
          ? ({
              type: 'approval.ended',
              run: context.run,
              slot: context.slot,
              verdict,
            } satisfies ApprovalEnded)
          : { type: 'step.ended', slot: context.slot, run: context.run },
    ),
  },
});

const tellParent = (verdict: ApprovalVerdict) => ({ type: 'tellParent', params: { verdict } }) as const;

const chart = machine.createMachine({
  id: 'approval',
  options: { maxIterations: MAX_MICROSTEPS },
  context: ({ input }) => begin(input),
  initial: 'opening',
  entry: 'register',
  states: {
    /** The owner reads what is asked about. */
    opening: {
      entry: 'markDirty',
      always: { guard: 'needsNoLook', target: 'pending', actions: 'tellRequest' },
      on: {
        evaluated: { target: 'pending', actions: ['keepSubject', 'tellRequest'] },
        unevaluable: { target: 'failed', actions: 'keepError' },
        cancel: 'cancelled',
      },
    },
    pending: {
      entry: 'markDirty',
      on: {
        granted: [
          { guard: 'mayGrantUnseen', target: 'approved', actions: ['keepDecision', 'tellDecision'] },
          { guard: 'mayGrant', target: 'verifying', actions: 'keepDecision' },
        ],
        rejected: { guard: 'mayReject', target: 'rejected', actions: ['keepDecision', 'tellDecision'] },
        delegated: { guard: 'mayDelegate', actions: 'delegate' },
        'timer.fired': [
          { guard: 'isReminder', actions: ['remind', 'markDirty'] },
          { guard: 'isEscalation', actions: ['escalate', 'markDirty'] },
          { guard: 'isExtension', actions: ['extend', 'markDirty'] },
          { guard: 'isDueToApproveUnseen', target: 'approved', actions: ['keepDecision', 'tellDecision'] },
          { guard: 'isDueToApprove', target: 'verifying', actions: 'keepDecision' },
          { guard: 'isDueToReject', target: 'rejected', actions: ['keepDecision', 'tellDecision'] },
          { guard: 'isOverdue', target: 'expired' },
        ],
        cancel: 'cancelled',
      },
    },
    /** Granted: the owner reads the subject again, and the grant counts if it still is what was approved. */
    verifying: {
      entry: 'markDirty',
      on: {
        evaluated: [
          { guard: 'isUnchanged', target: 'approved', actions: ['countLook', 'tellDecision'] },
          { target: 'pending', actions: 'voidGrant' },
        ],
        unevaluable: { target: 'failed', actions: 'keepError' },
        cancel: 'cancelled',
      },
    },
    approved: { tags: 'ended', entry: ['recordApproval', tellParent('approved')] },
    rejected: { tags: 'ended', entry: ['recordRejection', tellParent('rejected')] },
    expired: { tags: 'ended', entry: ['recordExpiry', tellParent('expired')] },
    /** What is approved could not be read. */
    failed: { tags: 'ended', entry: ['recordFailure', tellParent('failed')] },
    cancelled: { tags: 'ended', entry: ['recordCancel', tellParent('cancelled')] },
  },
});

export const approvalMachine = flat(chart);

/** Why a person's word does not count as things stand; undefined: it does. */
export function objectionTo(
  context: ApprovalContext,
  { by, subject }: { readonly by: string; readonly subject?: string | undefined },
): 'not-entitled' | 'drifted' | undefined {
  const standing = standingOf(context);
  if (!isEntitled(standing, by, context.world().groups)) return 'not-entitled';
  return subject !== undefined && subject !== standing.subject?.digest ? 'drifted' : undefined;
}

export function standingOf(context: Pick<ApprovalContext, 'world' | 'run'>): ApprovalStanding {
  const standing = context.world().ledger.approvals.get(context.run);
  if (standing === undefined) throw new Error(`Nothing is known of the approval ${context.run}`);
  return standing;
}

/** A subject has to be read, and a template to be rendered. */
function needsLook({ subject, question }: ApprovalAsk): boolean {
  return subject !== undefined || /\{\{|\{%/.test(question);
}

function begin({ ask: asked, ...identity }: ApprovalInput): ApprovalContext {
  const { ledger, now } = identity.world();
  const ask = asked ?? askOf(identity);
  ledger.approvals.set(identity.run, { ask, question: ask.question, since: now });
  const after = (ms: number | undefined) => (ms === undefined ? undefined : now + ms);
  return {
    ...identity,
    isPart: asked !== undefined,
    offeredAt: now,
    dueAt: after(ask.deadlineMs),
    remindAt: after(ask.remindMs),
    escalateAt: after(ask.escalate?.afterMs),
    isExtended: false,
    looks: 0,
  };
}

function askOf(context: StepIdentity): ApprovalAsk {
  const step = stepDefinition(context);
  if (step.kind !== 'approval')
    throw new Error(`Step ${context.step} is a ${step.kind} step, not an approval`);
  return step.ask;
}

function hasSubject(context: ApprovalContext): boolean {
  return standingOf(context).ask.subject !== undefined;
}

function change(context: ApprovalContext, changed: Partial<ApprovalStanding>): void {
  context.world().ledger.approvals.set(context.run, { ...standingOf(context), ...changed });
}

function isDue(
  context: ApprovalContext,
  timer: ApprovalTimer,
  dueAt: number | undefined,
  event: ApprovalEvent,
): boolean {
  return (
    event.type === 'timer.fired' &&
    dueAt !== undefined &&
    context.world().now >= dueAt &&
    event.timerId === approvalTimerId(context, timer, dueAt)
  );
}

/** Where nobody drove the execution for a while, the reminders of that time are one. */
function nextReminder(context: ApprovalContext): number | undefined {
  const { remindMs } = standingOf(context).ask;
  const { remindAt } = context;
  if (remindMs === undefined || remindAt === undefined) return undefined;
  const missed = Math.max(0, Math.floor((context.world().now - remindAt) / remindMs));
  return remindAt + (missed + 1) * remindMs;
}

function extensionOf(context: ApprovalContext) {
  const reaction = reactionOf(context);
  return context.isExtended || typeof reaction === 'string' || !('escalate' in reaction)
    ? undefined
    : reaction.escalate;
}

function reactionOf(context: ApprovalContext): DeadlineReaction {
  return standingOf(context).ask.onDeadline ?? 'fail';
}

function addApprovers(context: ApprovalContext, to: readonly string[]): void {
  const { added = [] } = standingOf(context);
  change(context, { added: [...new Set([...added, ...to])], escalated: true });
  tell(context, 'escalated');
}

function keepDecision(context: ApprovalContext, event: ApprovalEvent): void {
  const at = context.world().now;
  if (event.type === 'granted' || event.type === 'rejected') {
    const { by, comment } = event;
    const said = comment === undefined ? {} : { comment };
    change(context, { decision: { approved: event.type === 'granted', by, ...said, at } });
  } else {
    change(context, { decision: { approved: lastReactionOf(reactionOf(context)) === 'approve', at } });
  }
}

function voidGrant(context: ApprovalContext, event: ApprovalEvent): Partial<ApprovalContext> {
  if (event.type !== 'evaluated') return {};
  const { decision: voided, ...standing } = standingOf(context);
  const { subject } = event.output;
  const by = voided?.by === undefined ? {} : { by: voided.by };
  const was = standing.subject?.digest ?? '';
  const { world, run } = context;
  const voids = [
    ...(standing.voids ?? []),
    { ...by, at: voided?.at ?? world().now, was, is: subject?.digest ?? '' },
  ];
  world().ledger.approvals.set(run, {
    ...standing,
    ...(subject === undefined ? {} : { subject }),
    voids,
  });
  tell(context, 'voided', by);
  return { looks: context.looks + 1 };
}

function delegate(context: ApprovalContext, event: ApprovalEvent): Partial<ApprovalContext> {
  if (event.type !== 'delegated') return {};
  const { by, to, comment } = event;
  const { added = [], delegations = [] } = standingOf(context);
  const said = comment === undefined ? {} : { comment };
  change(context, {
    added: [...new Set([...added, to])],
    delegations: [...delegations, { by, to, ...said, at: context.world().now }],
  });
  tell(context, 'delegated', { by, to });
  return {};
}

function tell(
  context: ApprovalContext,
  what: ApprovalNote['what'],
  who: Pick<ApprovalNote, 'by' | 'to'> = {},
): void {
  const { phase, run, dueAt } = context;
  const standing = standingOf(context);
  const by = standing.decision?.by;
  const about = TOLD_ABOUT.get(what);
  if (about !== undefined) {
    const who = approversOf(standing)?.join(', ') ?? 'anyone';
    const message = `${standing.question} (${who} may answer)`;
    context.world().notices.push({ kind: 'approval', step: run, phase, message, about });
  }
  context
    .world()
    .notes.push({ what, phase, run, standing, dueAt, ...(by === undefined ? {} : { by }), ...who });
}

/** What people want to hear of while they do not look. */
const TOLD_ABOUT: ReadonlyMap<ApprovalNote['what'], 'asked' | 'reminder' | 'escalated'> = new Map([
  ['requested', 'asked'],
  ['reminder', 'reminder'],
  ['escalated', 'escalated'],
  ['voided', 'asked'],
]);

/** What the step gives to those after it. */
function outputOf(context: ApprovalContext): Json {
  const { decision, subject, voids = [], escalated, delegations = [], ask } = standingOf(context);
  const { by, comment } = decision ?? {};
  const named = ask.approvers ?? [];
  const delegation =
    by === undefined || named.includes(by) ? undefined : delegations.findLast(({ to }) => to === by);
  return {
    approved: decision?.approved ?? false,
    ...(by === undefined ? {} : { by }),
    ...(comment === undefined ? {} : { comment }),
    at: decision?.at ?? context.world().now,
    ...(subject === undefined
      ? {}
      : {
          subject: {
            digest: subject.digest,
            ...(subject.files === undefined ? {} : { files: subject.files as unknown as Json }),
          },
        }),
    voids: voids.length,
    ...(escalated === undefined ? {} : { escalated }),
    ...(delegation === undefined ? {} : { delegatedBy: delegation.by }),
  };
}

/** Rejected, or not decided in time. */
function endAgainst(context: ApprovalContext, reaction: Reaction, error: StepError): void {
  if (reaction === 'continue') {
    endAs(context, { status: 'succeeded', output: outputOf(context) });
    return;
  }
  const by = standingOf(context).decision?.by;
  const rollback =
    reaction === 'fail'
      ? {}
      : { rollback: { ...reaction.rollback, reason: error.message, ...(by === undefined ? {} : { by }) } };
  endAs(context, { status: 'failed', error: { ...error, details: outputOf(context) }, ...rollback });
}

/** A part leaves its standing to its parent, which says what becomes of the step. */
function endAs(
  context: ApprovalContext,
  result: Pick<StepResult, 'status' | 'output' | 'error' | 'rollback'>,
): void {
  const { ledger, steps } = context.world();
  if (context.isPart) {
    steps.delete(context.run);
    return;
  }
  ledger.approvals.delete(context.run);
  endStep(context, { ...attemptOf(context), ...result });
}
