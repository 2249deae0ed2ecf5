import type { Effect, EvaluationSubject } from '../../machines/effects.ts';
import type { Json } from '../json.ts';
import type { LogRecord } from '../ports/event-log.ts';
import type { Notifier } from '../ports/notifier.ts';
import type { WorkingFiles } from '../ports/working-files.ts';
import type { AggregateRegistry } from '../task/aggregate.ts';
import { childTraceparent } from '../trace-context.ts';
import { Announcer } from './announcer.ts';
import { type Answer, Answers } from './answers.ts';
import type { Appender } from './appender.ts';
import type { Desk } from './desk.ts';
import { evaluateSubject, type StepStrategy } from './evaluate.ts';
import { toStepError } from './evaluation-failure.ts';
import type { Fold } from './fold.ts';
import type { FreedSeat } from './freed-seat.ts';
import { type Question, questionOf } from './question.ts';
import type { Resident } from './resident.ts';
import { Sealer } from './sealer.ts';
import type { EngineSurroundings } from './surroundings.ts';
import type { Timers } from './timers.ts';
import { traceparentOf } from './tracing.ts';
import { inlineOrStored } from './values.ts';
import { agentStepOf, type Rendered, renderWork } from './work.ts';

export interface EffectsOptions extends EngineSurroundings {
  readonly strategies: ReadonlyMap<string, StepStrategy>;
  readonly aggregates: AggregateRegistry | undefined;
  readonly files?: WorkingFiles | undefined;
  readonly timers: Timers;
  readonly desk: Desk;
  readonly appender: Appender;
  readonly notifier: Notifier | undefined;
  /** What was to be written about the execution was not: it is owed again. */
  readonly onLost: (execution: string) => void;
  /** Keeps work until the open commit is durable. */
  readonly afterCommit: (work: () => void) => void;
}

type EffectOf<Kind extends Effect['kind']> = Extract<Effect, { kind: Kind }>;

/** Carries out what states owe. Each effect may come again: its id is the same, and so is what it does. */
export class Effects {
  readonly #options: EffectsOptions;
  readonly #answers: Answers | undefined;
  readonly #sealer: Sealer;
  readonly #announcer: Announcer;

  constructor(options: EffectsOptions) {
    this.#options = options;
    const { responses, artifacts, log } = options.store;
    this.#sealer = new Sealer({ log, appender: options.appender, onFailure: options.onLost });
    this.#announcer = new Announcer(options);
    if (responses !== undefined) this.#answers = new Answers({ ...options, responses, artifacts });
  }

  /** @param seat of a host, for one of the steps that would be offered */
  carryOut(resident: Resident, fold: Fold, effects: readonly Effect[], seat?: FreedSeat): void {
    const { timers, afterCommit } = this.#options;
    for (const effect of effects) {
      switch (effect.kind) {
        case 'offer':
          // At once: a claim that it leads to joins the commit that is open, and work starts after it.
          this.#offer(resident, fold, effect, seat);
          break;
        case 'timer':
          timers.arm(resident.execution, effect.id, effect.dueAt);
          break;
        case 'cancel':
          afterCommit(() => this.#cancel(resident, effect));
          break;
        case 'evaluate':
          afterCommit(() => void this.#evaluate(resident, effect));
          break;
        case 'notify':
          this.#announcer.announce(resident, fold, effect);
          break;
        case 'seal':
          this.#sealer.seal(resident, effect);
          break;
      }
    }
  }

  /** Ends what is worked out for nobody: its step took too long, or its phase was cancelled. */
  dropEvaluations({ evaluating }: Resident, fold: Fold): void {
    for (const [id, evaluation] of evaluating) if (!fold.awaits(id)) evaluation.abort();
  }

  /** Hears an accepted record: an answer that was waited for is kept for later, once it is durable. */
  hear(resident: Resident, fold: Fold, { type, data }: LogRecord): void {
    const { step } = data as { readonly step?: unknown };
    if (typeof step !== 'string' || fold.world.steps.has(step)) return;
    const question = resident.questions.get(step);
    if (question === undefined) return;
    resident.questions.delete(step);
    const result = fold.world.ledger.phases.get(question.phase)?.results.get(step);
    if (type !== 'step.succeeded' || result?.status !== 'succeeded') return;
    const { output = null, artifacts } = result;
    this.#options.afterCommit(() => this.#answers?.keep(question, { output, artifacts }));
  }

  /** Resolves when everybody has been told what is owed to people, but no later than after so long. */
  async announced(withinMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.schedule(withinMs, resolve);
    await Promise.race([this.#announcer.settled(), promise]);
    cancel();
  }

  /** Resolves when nothing is under way that should not be cut off. */
  async settled(): Promise<void> {
    await this.#answers?.settled();
  }

  /** Takes back what nobody has received yet. */
  withdrawOffers(resident: Resident): void {
    for (const offerId of resident.offered.keys()) this.#options.queue.withdraw(offerId);
    resident.offered.clear();
  }

  #offer(resident: Resident, fold: Fold, effect: EffectOf<'offer'>, seat: FreedSeat | undefined): void {
    if (!fold.pinned.agentsByRole.has(effect.role)) {
      const known = [...fold.pinned.agentsByRole.keys()].join(', ');
      this.#unofferable(
        resident,
        effect,
        `No agent is named "${effect.role}". The execution knows: ${known}.`,
      );
      return;
    }
    try {
      const rendered = renderWork(fold, effect.step, this.#options.store.artifacts);
      if (!(rendered instanceof Promise)) {
        this.#handOut(resident, fold, effect, rendered, seat);
        return;
      }
      rendered.then(
        (work) => this.#handOut(resident, fold, effect, work),
        (error: unknown) => this.#unofferable(resident, effect, error),
      );
    } catch (error) {
      this.#unofferable(resident, effect, error);
    }
  }

  /** An offer that is out stays out: the cache is asked before, and once. */
  #handOut(
    resident: Resident,
    fold: Fold,
    effect: EffectOf<'offer'>,
    rendered: Rendered,
    seat?: FreedSeat,
  ): void {
    const answers = rendered.cache === undefined ? undefined : this.#answers;
    if (answers === undefined || resident.offered.has(effect.id)) {
      this.#enqueue(resident, fold, effect, rendered, seat);
    } else if (isOffered(fold, effect) && !resident.lookedUp.has(effect.id)) {
      void this.#lookUp(resident, fold, effect, rendered, answers);
    }
  }

  /**
   * The answer becomes a record. Without one, or when it cannot be written, the step is offered. Meanwhile the state may have gone
   * on, or been read again.
   */
  async #lookUp(
    resident: Resident,
    before: Fold,
    effect: EffectOf<'offer'>,
    rendered: Rendered,
    answers: Answers,
  ): Promise<void> {
    const { id, step } = effect;
    const question = questionOf(before, step, rendered);
    if (question === undefined) return;
    const isWanted = (): boolean =>
      resident.lookedUp.has(id) && resident.fold !== undefined && isOffered(resident.fold, effect);
    resident.lookedUp.add(id);
    const answer = await answers.lookUp(question);
    const isAnswered =
      answer !== undefined && isWanted() && (await this.#answer(resident, effect, question, answer));
    const { fold } = resident;
    if (!isAnswered && fold !== undefined && isWanted()) {
      const { phase } = agentStepOf(fold, step).context;
      resident.questions.set(step, { ...question, phase });
      this.#enqueue(resident, fold, effect, rendered);
    }
    resident.lookedUp.delete(id);
  }

  /** Whether the answer is in the log. */
  async #answer(
    { execution }: Resident,
    { step, attempt }: EffectOf<'offer'>,
    { key }: Question,
    answer: Answer,
  ): Promise<boolean> {
    const { store, appender, logger } = this.#options;
    const data = { step, attempt, key, ...answer } as unknown as Json;
    try {
      await store.log.append(appender.create(execution, 'engine', 'step.answered', data));
      return true;
    } catch (error) {
      logger?.warn(
        { execution, step, error: String(error) },
        'an answer could not be written; asking the agent',
      );
      return false;
    }
  }

  /** What is claimed for a seat needs no offer, unless that fails: then it is found among what is out and not in the queue. */
  #enqueue(
    resident: Resident,
    fold: Fold,
    effect: EffectOf<'offer'>,
    rendered: Rendered,
    seat?: FreedSeat,
  ): void {
    const { id, step, attempt, role, priority } = effect;
    const { execution } = resident;
    const traceparent = childTraceparent(traceparentOf(fold, this.#options.tracing), id);
    const traced = traceparent === undefined ? {} : { traceparent };
    const offer = { id, execution, step, attempt, role, priority, pinned: fold.pinned.digest, ...traced };
    const { clock, desk, queue } = this.#options;
    const isOut = resident.offered.has(id);
    resident.offered.set(id, { offer, rendered, at: clock.monotonic() });
    if (isOut || seat === undefined || !desk.claimAhead(seat, offer)) queue.offer(offer);
  }

  #unofferable({ execution }: Resident, { step, attempt }: EffectOf<'offer'>, cause: unknown): void {
    const error = { ...toStepError(cause) };
    this.#options.appender.append(execution, 'offer.failed', { step, attempt, error });
  }

  #cancel({ execution }: Resident, { step, attempt, fence, host, reason }: EffectOf<'cancel'>): void {
    this.#options.desk.cancel(host, { execution, step, attempt, fence }, reason);
  }

  async #evaluate(resident: Resident, { id, subject }: EffectOf<'evaluate'>): Promise<void> {
    const { fold, execution } = resident;
    if (fold === undefined || resident.evaluating.has(id)) return;
    const { store, strategies, aggregates, files, appender } = this.#options;
    const { signal } = wanted(resident, id);
    const fail = (error: unknown): void => {
      appender.append(execution, 'evaluation.failed', { evaluationId: id, error: { ...toStepError(error) } });
    };
    try {
      const tools = { artifacts: store.artifacts, strategies, aggregates, signal, files };
      const value = await evaluateSubject(fold, subject, tools);
      const output = await this.#stored(value, subject);
      appender.append(execution, 'evaluation.completed', { evaluationId: id, output }, fail);
    } catch (error) {
      if (!signal.aborted) fail(error);
    } finally {
      resident.evaluating.delete(id);
    }
  }

  /** Digests are compared by the fold, so they stay in the record. */
  #stored(value: Json, subject: EvaluationSubject): Json | Promise<Json> {
    // What people approve has its one large part stored already.
    if (subject.kind === 'artifacts' || subject.kind === 'approval' || subject.kind === 'approved-files')
      return value;
    const { artifacts } = this.#options.store;
    if (subject.kind === 'items') return storedItems(value as unknown as Expansion, artifacts);
    return subject.kind === 'step' ? inlineOrStored(value, artifacts) : this.#storeEach(value);
  }

  /** Named values are stored one by one, so that a small one beside a large one stays inline. */
  async #storeEach(values: Json): Promise<Json> {
    const { artifacts } = this.#options.store;
    const entries = Object.entries(values as { readonly [name: string]: Json | undefined }).map(
      async ([name, value]) => [name, await storedPart(value, artifacts)] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  }
}

/** Whether the state still has the offer, and may give it out. */
function isOffered(fold: Fold, { step, attempt }: EffectOf<'offer'>): boolean {
  const snapshot = fold.world.steps.get(step)?.getSnapshot();
  const isAtWork = fold.status === 'running' || fold.status === 'rollingBack';
  return isAtWork && snapshot?.value === 'offered' && snapshot.context.attempt === attempt;
}

function wanted(resident: Resident, evaluationId: string): AbortController {
  const evaluation = new AbortController();
  resident.evaluating.set(evaluationId, evaluation);
  return evaluation;
}

interface Expansion {
  readonly items: readonly Json[];
  readonly roles: Json;
}

/** Items of a `forEach` stay a list, and the roles that go with them stay whole: the fold counts the ones and reads the others. */
async function storedItems(
  { items, roles }: Expansion,
  artifacts: EngineSurroundings['store']['artifacts'],
): Promise<Json> {
  return { items: await Promise.all(items.map((item) => inlineOrStored(item, artifacts))), roles };
}

/** Lists stay lists, with large parts of them stored. */
async function storedPart(
  value: Json | undefined,
  artifacts: EngineSurroundings['store']['artifacts'],
): Promise<Json | undefined> {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) return inlineOrStored(value, artifacts);
  return Promise.all(value.map((item: Json) => inlineOrStored(item, artifacts)));
}
