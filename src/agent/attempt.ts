import type { ArtifactRef, Json } from '../json.ts';
import type { AttemptPresence } from '../ports/agent-directory.ts';
import type { AgentRequest, AttemptReport, AttemptResult, StepError } from '../ports/agent-request.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';
import type { ClaimAnswer, ClaimRequest } from '../ports/claim-desk.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import { parseTraceparent } from '../trace-context.ts';
import { failureOf } from './agent-error.ts';
import { AttemptLog } from './attempt-log.ts';
import { failedResult, resultOf } from './attempt-result.ts';
import type { BeatWatch, Watched } from './beat-watch.ts';
import { Beats, type ProcessProbe, type Silence } from './beats.ts';
import { inputNotRead, inputTooLarge, timedOut, wentSilent } from './failures.ts';
import { LOADED_LIMIT_BYTES, loadValues, TooMuchToLoad } from './large-values.ts';
import type { Held } from './lease-keeper.ts';
import type { AgentLogger } from './logger.ts';
import type { OfferedAgent } from './offered-agent.ts';
import type { RunningAttempt, RunOutcome } from './runner.ts';
import { SealedVote } from './sealed-vote.ts';
import { type StopCause, stopError } from './stop-cause.ts';
import type { AttemptTracing, TracedAttempt } from './tracing.ts';

/** The orchestrator decides about its deadline; the host only bounds work whose orchestrator is away. */
const DEADLINE_SLACK_MS = 1000;

export interface AgentProgress {
  readonly execution: string;
  readonly step: string;
  readonly attempt: number;
  readonly agent: string;
  readonly progress: Json;
}

/** What attempts need from their host. */
export interface AttemptSurroundings {
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: AgentLogger;
  readonly dataId: string;
  readonly watch: BeatWatch;
  readonly onProgress: ((progress: AgentProgress) => void) | undefined;
  /** Id of the host. */
  readonly host: string;
  readonly tracing: AttemptTracing | undefined;
}

export type Grant = Extract<ClaimAnswer, { kind: 'granted' }>;

/** `abandoned`: the runner did not end in time. `unbegun`: stopped before the agent was asked. */
type Ended = RunOutcome | { readonly kind: 'abandoned' | 'unbegun' };

/** One claimed attempt, from the grant to the report. It ends in exactly one report, whatever the agent does. */
export class Attempt implements RunningAttempt, Held, Watched {
  readonly execution: string;
  readonly step: string;
  readonly attempt: number;
  readonly fence: number;
  readonly leaseMs: number;
  leaseFrom: number;
  readonly deadlineAt: number;

  readonly #agent: OfferedAgent;
  readonly #grant: Grant;
  readonly #surroundings: AttemptSurroundings;
  readonly #startedAt: number;
  readonly #beats: Beats;
  #controller: AbortController | undefined;
  #log: AttemptLog | undefined;
  #stopped: StopCause | undefined;
  #silence: Silence | undefined;
  #vote: SealedVote | undefined;
  #traced: TracedAttempt | undefined;
  #settle: ((outcome: Ended) => void) | undefined;
  #cancelAbandoning: (() => void) | undefined;

  constructor({
    claim,
    grant,
    claimedAt,
    agent,
    surroundings,
  }: {
    claim: ClaimRequest;
    grant: Grant;
    /** On the monotonic clock, when the claim was sent. */
    claimedAt: number;
    agent: OfferedAgent;
    surroundings: AttemptSurroundings;
  }) {
    this.execution = claim.execution;
    this.step = claim.step;
    this.attempt = claim.attempt;
    this.fence = grant.fence;
    this.leaseMs = grant.leaseMs;
    this.leaseFrom = claimedAt;
    this.#agent = agent;
    this.#grant = grant;
    this.#surroundings = surroundings;
    this.#startedAt = surroundings.clock.monotonic();
    this.deadlineAt = this.#computeDeadline();
    this.#beats = new Beats(agent.liveness, this.#startedAt);
  }

  /** Runs the agent. Never rejects; `stop` makes it resolve soon. */
  async work(): Promise<AttemptReport> {
    const { watch } = this.#surroundings;
    if (this.#beats.areWatched) watch.add(this);
    const outcome = await this.#run();
    watch.remove(this);
    this.#settle = undefined;
    this.#cancelAbandoning?.();
    const result = await this.#resultOf(outcome);
    this.#traced?.end(result);
    return this.#report(result, this.#log && (await this.#storeLog(this.#log)));
  }

  /** The poll is closed: the sealed vote is to be told. */
  reveal(): void {
    this.#vote?.reveal();
  }

  /** After a report that seals a vote: resolves with the report that opens it, or gives the claim back. */
  async openedVote(): Promise<AttemptReport> {
    const vote = this.#vote;
    const isWanted = vote !== undefined && (await vote.ended) === 'reveal';
    return this.#report(isWanted ? vote.opened : { kind: 'released' }, undefined);
  }

  /** The report of an attempt that is given back before any work. */
  release(): AttemptReport {
    return this.#report({ kind: 'released' }, undefined);
  }

  /** Ends the work. An order of the orchestrator outranks what the host found by itself. */
  stop(cause: StopCause): void {
    const isFirst = this.#stopped === undefined;
    if (isFirst || cause === 'cancelled') this.#stopped = cause;
    if (
      this.#vote !== undefined &&
      (cause === 'cancelled' || cause === 'lease-lost' || cause === 'host-stopping')
    )
      this.#vote.drop(cause);
    if (!isFirst || this.#settle === undefined) return;
    this.#controller?.abort(stopError(cause));
    this.#cancelAbandoning = this.#surroundings.clock.schedule(this.#agent.runner.abandonAfterMs, () =>
      this.#settle?.({ kind: 'abandoned' }),
    );
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#stopped !== undefined) this.#controller.abort(stopError(this.#stopped));
    }
    return this.#controller.signal;
  }

  get marker(): string {
    return `${this.#surroundings.dataId}/${this.execution}/${this.step}/${this.attempt}/${this.fence}`;
  }

  progress(value: Json): void {
    this.heard();
    const { onProgress } = this.#surroundings;
    if (onProgress === undefined || this.#settle === undefined) return;
    const { execution, step, attempt } = this;
    const progress = this.#agent.scrubber?.json(value) ?? value;
    onProgress({ execution, step, attempt, agent: this.#agent.name, progress });
  }

  heard(): void {
    this.#beats.progressed(this.#surroundings.clock.monotonic());
  }

  watch(probe: ProcessProbe): () => void {
    const { clock, watch } = this.#surroundings;
    if (this.#settle !== undefined) watch.add(this);
    return this.#beats.watch(probe, clock.monotonic());
  }

  look(lateMs: number): void {
    const { clock } = this.#surroundings;
    this.#beats.excuse(lateMs);
    this.#beats.look(() => clock.monotonic());
    const silence = this.#beats.silence(clock.monotonic());
    if (silence === undefined || this.#stopped !== undefined) return;
    this.#silence = silence;
    this.stop('silent');
  }

  /** As whoever asks what runs is told. */
  presence(): AttemptPresence {
    const { clock } = this.#surroundings;
    const now = clock.monotonic();
    const wallTime = (at: number) => Math.round(clock.now() - (now - at));
    const { execution, step, attempt } = this;
    return {
      execution,
      step,
      attempt,
      role: this.#agent.name,
      startedAt: wallTime(this.#startedAt),
      processSeenAt: wallTime(this.#beats.processSeenAt(now)),
      progressAt: wallTime(this.#beats.progressAt),
    };
  }

  log(chunk: string | Uint8Array): void {
    this.heard();
    this.#log ??= new AttemptLog(this.#agent.scrubber);
    this.#log.write(chunk);
  }

  lastLines(count: number): string {
    return this.#log?.lastLines(count) ?? '';
  }

  #computeDeadline(): number {
    const { deadline } = this.#grant.request;
    if (deadline !== undefined) {
      return this.#startedAt + deadline - this.#surroundings.clock.now() + DEADLINE_SLACK_MS;
    }
    return this.#startedAt + (this.#agent.timeoutMs ?? Number.POSITIVE_INFINITY);
  }

  #run(): Promise<Ended> {
    return new Promise((settle) => {
      this.#settle = settle;
      this.#runAgent().then(settle, (thrown: unknown) =>
        settle({ kind: 'failed', error: failureOf(thrown) }),
      );
    });
  }

  async #runAgent(): Promise<Ended> {
    let request: AgentRequest;
    try {
      request = withSoundTrace(await loadValues(this.#grant.request, this.#surroundings.artifacts));
    } catch (error) {
      return { kind: 'failed', error: loadFailure(error) };
    }
    if (this.#stopped !== undefined) return { kind: 'unbegun' };
    const { tracing, host } = this.#surroundings;
    const traced = tracing?.begin(request, host);
    if (traced === undefined) return this.#agent.runner.run(request, this);
    this.#traced = traced;
    const { traceparent } = traced;
    return traced.run(() => this.#agent.runner.run({ ...request, traceparent }, this));
  }

  async #resultOf(outcome: Ended): Promise<AttemptResult> {
    const { clock, artifacts } = this.#surroundings;
    const agent = this.#agent;
    const durationMs = clock.monotonic() - this.#startedAt;
    if (outcome.kind === 'abandoned') this.#warnOfAbandoned();
    if (this.#stopped === 'timeout') return failedResult(timedOut(durationMs), agent, durationMs);
    if (this.#stopped === 'silent' && this.#silence)
      return failedResult(wentSilent(this.#silence), agent, durationMs);
    if (this.#stopped !== undefined || !('output' in outcome || 'error' in outcome || 'approval' in outcome))
      return { kind: 'released' };
    const { outputSchema, ballot } = this.#grant.request;
    const result = await resultOf(outcome, { agent, outputSchema, ballot, artifacts, durationMs });
    return ballot?.sealed === true && result.kind === 'succeeded' ? this.#sealed(result) : result;
  }

  /** What stopped the attempt meanwhile outranks its vote. */
  #sealed(result: Extract<AttemptResult, { kind: 'succeeded' }>): AttemptResult {
    if (this.#stopped !== undefined) return { kind: 'released' };
    this.#vote = new SealedVote(this.#grant.request, result, this.#surroundings.random);
    return this.#vote.seal;
  }

  async #storeLog(log: AttemptLog): Promise<ArtifactRef | undefined> {
    try {
      return await this.#surroundings.artifacts.put(log.bytes(), { mediaType: 'text/plain' });
    } catch (error) {
      // An outcome is worth more than the log beside it.
      this.#surroundings.logger.warn(
        { ...this.#names(), error: messageOf(error) },
        'the log of an attempt was not kept',
      );
      return undefined;
    }
  }

  #report(result: AttemptResult, logs: ArtifactRef | undefined): AttemptReport {
    const { execution, step, attempt, fence } = this;
    return {
      reportId: this.#surroundings.random.id(),
      execution,
      step,
      attempt,
      role: this.#agent.name,
      fence,
      token: this.#grant.token,
      result,
      logs,
    };
  }

  #warnOfAbandoned(): void {
    const { logger } = this.#surroundings;
    logger.warn(
      this.#names(),
      'the agent ignores its abort signal: it goes on unwatched and its result is dropped',
    );
  }

  #names(): { execution: string; step: string; attempt: number; agent: string } {
    const { execution, step, attempt } = this;
    return { execution, step, attempt, agent: this.#agent.name };
  }
}

function loadFailure(error: unknown): StepError {
  if (error instanceof TooMuchToLoad) return inputTooLarge(error.bytes, LOADED_LIMIT_BYTES);
  return inputNotRead(messageOf(error));
}

/** Without a trace context that no tool would take. */
function withSoundTrace(request: AgentRequest): AgentRequest {
  if (request.traceparent === undefined || parseTraceparent(request.traceparent) !== undefined)
    return request;
  const { traceparent: _, ...rest } = request;
  return rest;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
