import type { Json } from '../../src/json.ts';
import { lastReactionOf, peopleOf } from '../../src/task/asks.ts';
import type { ApprovalAsk, ConsensusStep, Reaction, RollbackTarget } from '../../src/task/definition.ts';
import { type ApprovalVerdict, asPlainText } from '../approval.ts';
import type { Decision } from '../approval-standing.ts';
import { keepError } from '../step.ts';
import { mostAgreed } from './agreement.ts';
import type { ConsensusContext } from './context.ts';
import { decide, type Verdict } from './decide.ts';
import { ballotsOf, consensusOf, paperOf, pollOf, rulesOf } from './poll.ts';
import { quoted } from './rules.ts';

/** Counts the present round and writes what it came to into the ledger; tells what follows. */
export function outcomeOf(context: ConsensusContext): NonNullable<ConsensusContext['outcome']> {
  const { step, verdict } = countOf(context);
  const isLast = context.round - context.firstRound + 1 - context.voids >= (step.rounds ?? 1);
  if (verdict.kind === 'decided') return decideFor(context, verdict, verdict.choice);
  if (!isLast) return 'again';
  const { onDeadlock } = step;
  if (typeof onDeadlock === 'object' && 'approval' in onDeadlock) return 'asks';
  const isFallback = typeof onDeadlock === 'object' && 'choice' in onDeadlock;
  return decideFor(context, verdict, isFallback ? onDeadlock.choice : undefined);
}

/** What people are asked about the deadlock. */
export function questionOf(context: ConsensusContext): ApprovalAsk {
  const { step, verdict } = countOf(context);
  const people = peopleOf(step) ?? {};
  const { question } = paperOf(context.world(), context);
  const told = `${question} The vote came to no decision. ${verdict.why ?? ''} ${summaryOf(verdict)}.`;
  return { ...people, question: asPlainText(`${told} ${meaningOf(context, verdict)}`) };
}

/** What a yes and a no come to, in words. */
function meaningOf(context: ConsensusContext, verdict: Verdict): string {
  const { method, choices } = rulesOf(context.world(), context);
  if (method !== 'agreement')
    return `Approved it is ${quoted(choices.slice(0, 1))}, rejected ${quoted(choices.slice(-1))}.`;
  const voters = mostAgreed(verdict.votes)?.voters ?? [];
  return voters.length === 0
    ? 'Nobody gave an answer that could be taken.'
    : `Approved it is the answer of ${voters.join(', ')}; rejected there is none.`;
}

/** What people made of the deadlock. */
export function outcomeOfAnswer(
  context: ConsensusContext,
  answer: ApprovalVerdict,
  decision: Decision | undefined,
): 'succeeded' | 'failed' {
  const { step, verdict } = countOf(context);
  if (decision === undefined || (answer !== 'approved' && answer !== 'rejected')) {
    const last = lastReactionOf(peopleOf(step)?.onDeadline);
    const rollback = typeof last === 'object' ? last.rollback : undefined;
    return decideFor(context, { ...verdict, why: `${verdict.why} Nobody decided in time.` }, undefined, {
      rollback,
    });
  }
  const { by = null, comment } = decision;
  const said = { by, ...(comment === undefined ? {} : { comment }) };
  const { method, choices } = rulesOf(context.world(), context);
  const isAgreement = method === 'agreement';
  if (!decision.approved)
    return decideFor(context, verdict, isAgreement ? undefined : choices.at(-1), { said });
  const choice = isAgreement ? mostAgreed(verdict.votes)?.answer : choices[0];
  return decideFor(context, verdict, choice, { said });
}

function countOf(context: ConsensusContext): { step: ConsensusStep; verdict: Verdict } {
  const world = context.world();
  const verdict = decide(rulesOf(world, context), ballotsOf(world, context));
  return { step: consensusOf(world, context.step), verdict };
}

/** How a deadlock was answered. */
interface Answered {
  /** By people; part of the decision. */
  readonly said?: { readonly by: string | null; readonly comment?: string | undefined };
  /** What there not being any decision leads to, beside what the file says of a deadlock. */
  readonly rollback?: RollbackTarget | undefined;
}

function decideFor(
  context: ConsensusContext,
  verdict: Verdict,
  decision: Json | undefined,
  { said, rollback }: Answered = {},
): 'succeeded' | 'failed' {
  const world = context.world();
  const { onDecision } = consensusOf(world, context.step);
  const poll = pollOf(world, context);
  if (poll === undefined) throw new Error(`${context.run} has no poll`);
  poll.decision = documentOf(context, verdict, decision, said);
  if (decision === undefined) return failDeadlocked(context, verdict, rollback);
  const reaction = typeof decision === 'string' ? ownReaction(onDecision, decision) : undefined;
  if (reaction === undefined || reaction === 'continue') return 'succeeded';
  const message = `The decision is ${JSON.stringify(decision)}: ${summaryOf(verdict)}.`;
  keepError(context, { class: 'refusal', message, details: poll.decision });
  if (reaction !== 'fail') poll.rollback = { ...reaction.rollback, reason: message };
  return 'failed';
}

function failDeadlocked(
  context: ConsensusContext,
  verdict: Verdict,
  target: RollbackTarget | undefined,
): 'failed' {
  const world = context.world();
  const { onDeadlock } = consensusOf(world, context.step);
  const poll = pollOf(world, context);
  const message = `No decision: ${verdict.why ?? ''} ${summaryOf(verdict)}.`;
  keepError(context, { class: 'fatal', message, details: poll?.decision });
  const ofFile = typeof onDeadlock === 'object' && 'rollback' in onDeadlock ? onDeadlock.rollback : undefined;
  const rollback = target ?? ofFile;
  if (poll !== undefined && rollback !== undefined) poll.rollback = { ...rollback, reason: message };
  return 'failed';
}

/** The decision explains itself: this is the step's output. */
function documentOf(
  context: ConsensusContext,
  verdict: Verdict,
  decision: Json | undefined,
  said: Answered['said'],
): Json {
  const world = context.world();
  const { method } = consensusOf(world, context.step);
  const { kind: _, choice: __, why, ...counted } = verdict;
  const rounds = pollOf(world, context)?.rounds.slice(context.firstRound - 1) ?? [];
  const voided = rounds.flatMap((round, index) =>
    round.void === undefined ? [] : [{ round: index + 1, reason: round.void }],
  );
  const { question, subject } = paperOf(world, context);
  return {
    question,
    decision: decision ?? null,
    method,
    ...(why === undefined ? {} : { deadlock: why }),
    ...said,
    ...counted,
    rounds: rounds.length,
    void: voided,
    ...(subject === undefined ? {} : { subject: subject.digest }),
  } as unknown as Json;
}

function summaryOf({ tally, quorum }: Verdict): string {
  const counts = Object.entries(tally).map(
    ([choice, weight]) => `${choice} ${Math.round(weight * 100) / 100}`,
  );
  return `${counts.join(', ')} (voted: ${quorum.present} of ${quorum.of})`;
}

function ownReaction(
  reactions: { readonly [choice: string]: Reaction } | undefined,
  decision: string,
): Reaction | undefined {
  return reactions !== undefined && Object.hasOwn(reactions, decision) ? reactions[decision] : undefined;
}
