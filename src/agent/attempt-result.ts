import type { ArtifactRef, Json } from '../json.ts';
import type { AttemptResult, RollbackWish, StepError } from '../ports/agent-request.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';
import { type BallotPaper, readVote } from '../ports/ballot.ts';
import { boundedError, misfitsBallot, notJson, notStored } from './failures.ts';
import { storeLargeValue } from './large-values.ts';
import type { OfferedAgent } from './offered-agent.ts';
import { checkOutput } from './output-check.ts';
import { NotJson, toPlainJson } from './plain-json.ts';
import type { Attachment, RunOutcome } from './runner.ts';

interface Answered {
  readonly agent: Pick<OfferedAgent, 'scrubber' | 'outputSchema'>;
  /** Of the step; the agent's counts where it has none. */
  readonly outputSchema: OfferedAgent['outputSchema'];
  /** Where the answer is a ballot: the vote in it has to fit. */
  readonly ballot?: BallotPaper | undefined;
  readonly artifacts: ArtifactStore;
  readonly durationMs: number;
}

/** What is reported of an agent's answer: checked, scrubbed, and stored where it is large. Never rejects. */
export async function resultOf(outcome: RunOutcome, about: Answered): Promise<AttemptResult> {
  const { agent, artifacts, durationMs } = about;
  const { usage } = outcome;
  if (outcome.kind === 'asked') {
    const { approval } = outcome;
    const said = (agent.scrubber?.json(approval as unknown as Json) ?? approval) as typeof approval;
    return { kind: 'asked', approval: said, usage, durationMs };
  }
  const demand = rollbackIn(outcome, agent);
  if (outcome.kind === 'failed')
    return { ...failedResult(outcome.error, agent, durationMs), usage, ...demand };
  try {
    const output = checked(outcome.output, about);
    if (output.violation) return { ...failedResult(output.violation, agent, durationMs), usage };
    const vote = about.ballot && voteIn(output.value, outcome.vote, about.ballot, about);
    if (vote?.misfit !== undefined)
      return { ...failedResult(misfitsBallot(vote.misfit), agent, durationMs), usage };
    return {
      kind: 'succeeded',
      ...vote?.said,
      output: await storeLargeValue(output.value, artifacts),
      usage,
      artifacts: outcome.attachments && (await storeAll(outcome.attachments, about)),
      ...demand,
      durationMs,
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const failure = error instanceof NotJson ? notJson(message) : notStored(message);
    return { ...failedResult(failure, agent, durationMs), usage };
  }
}

/** What the report of a ballot says beside the output; or why the vote cannot be counted. */
function voteIn(
  output: unknown,
  given: unknown,
  ballot: BallotPaper,
  { agent: { scrubber } }: Answered,
): { said: { vote?: Json; subject?: string }; misfit?: undefined } | { misfit: string } {
  const plain = given === undefined ? undefined : toPlainJson(given).value;
  const vote = plain === undefined ? undefined : (scrubber?.json(plain) ?? plain);
  const { misfit } = readVote(toPlainJson(output).value, vote, ballot);
  if (misfit !== undefined) return { misfit };
  return {
    said: {
      ...(vote === undefined ? {} : { vote }),
      ...(ballot.subject === undefined ? {} : { subject: ballot.subject.digest }),
    },
  };
}

/** What an agent says may hold a secret wherever it stands. */
function rollbackIn(
  outcome: RunOutcome,
  { scrubber }: Pick<OfferedAgent, 'scrubber'>,
): { readonly rollback?: RollbackWish } {
  const rollback = 'rollback' in outcome ? outcome.rollback : undefined;
  if (rollback === undefined) return {};
  const reason = (scrubber?.text(rollback.reason) ?? rollback.reason).slice(0, LONGEST_REASON);
  return { rollback: { ...rollback, reason } };
}

const LONGEST_REASON = 4096;

/** Without secrets, and cut to what a record can carry. */
export function failedResult(
  error: StepError,
  { scrubber }: Pick<OfferedAgent, 'scrubber'>,
  durationMs: number,
): AttemptResult & { kind: 'failed' } {
  // Scrubbed before it is cut, so that no half of a secret is left at the cut.
  const scrubbed = scrubber && {
    ...error,
    message: scrubber.text(error.message),
    ...(error.details === undefined ? {} : { details: scrubber.json(error.details) }),
  };
  return { kind: 'failed', error: boundedError(scrubbed ?? error), durationMs };
}

/** Flattened to plain JSON only where something has to walk it; what is stored is copied anyway. */
function checked(
  output: unknown,
  { agent: { scrubber, outputSchema }, outputSchema: schema = outputSchema }: Answered,
): { value: unknown; violation?: StepError | undefined } {
  if (schema === undefined && scrubber === undefined) return { value: output };
  const { value } = toPlainJson(output);
  const violation = schema && checkOutput(value, schema);
  return { value: scrubber ? scrubber.json(value) : value, violation };
}

function storeAll(
  attachments: readonly Attachment[],
  { agent: { scrubber }, artifacts }: Answered,
): Promise<ArtifactRef[]> {
  return Promise.all(
    attachments.map(async ({ name, mediaType, content }) => {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      const about = mediaType === undefined ? { name } : { name, mediaType };
      return artifacts.put(scrubber?.bytes(bytes) ?? bytes, about);
    }),
  );
}
