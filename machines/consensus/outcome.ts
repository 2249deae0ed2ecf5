import type { Json } from '../../src/json.ts';
import type { Reaction } from '../../src/task/definition.ts';
import { keepError } from '../step.ts';
import type { ConsensusContext } from './context.ts';
import { decide, type Verdict } from './decide.ts';
import { ballotsOf, consensusOf, paperOf, pollOf, rulesOf } from './poll.ts';

/** Counts the present round and writes what it came to into the ledger; tells what follows. */
export function outcomeOf(context: ConsensusContext): 'again' | 'succeeded' | 'failed' {
  const world = context.world();
  const step = consensusOf(world, context.step);
  const poll = pollOf(world, context);
  if (poll === undefined) throw new Error(`${context.run} has no poll`);
  const verdict = decide(rulesOf(world, context), ballotsOf(world, context));
  const isLast = context.round - context.firstRound + 1 - context.voids >= (step.rounds ?? 1);
  if (verdict.kind === 'deadlock' && !isLast) return 'again';
  const fallback =
    typeof step.onDeadlock === 'object' && 'choice' in step.onDeadlock ? step.onDeadlock : undefined;
  const decision = verdict.kind === 'decided' ? verdict.choice : fallback?.choice;
  poll.decision = documentOf(context, verdict, decision);
  if (decision === undefined) return failDeadlocked(context, verdict);
  const reaction = typeof decision === 'string' ? ownReaction(step.onDecision, decision) : undefined;
  if (reaction === undefined || reaction === 'continue') return 'succeeded';
  const message = `The decision is ${JSON.stringify(decision)}: ${summaryOf(verdict)}.`;
  keepError(context, { class: 'refusal', message, details: poll.decision });
  if (reaction !== 'fail') poll.rollback = { ...reaction.rollback, reason: message };
  return 'failed';
}

function failDeadlocked(context: ConsensusContext, verdict: Verdict): 'failed' {
  const world = context.world();
  const { onDeadlock } = consensusOf(world, context.step);
  const poll = pollOf(world, context);
  const message = `No decision: ${verdict.why ?? ''} ${summaryOf(verdict)}.`;
  keepError(context, { class: 'fatal', message, details: poll?.decision });
  if (poll !== undefined && typeof onDeadlock === 'object' && 'rollback' in onDeadlock)
    poll.rollback = { ...onDeadlock.rollback, reason: message };
  return 'failed';
}

/** The decision explains itself: this is the step's output. */
function documentOf(context: ConsensusContext, verdict: Verdict, decision: Json | undefined): Json {
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
