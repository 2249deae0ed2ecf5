import { recordSchemas } from '../../machines/records.ts';
import type { ArtifactRef, Json } from '../json.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { ResponseCache } from '../ports/response-cache.ts';
import type { Question } from './question.ts';
import type { EngineLogger } from './surroundings.ts';
import { inlineOrStored, referencesIn } from './values.ts';

/** How a step ended that asked the question before. */
export interface Answer {
  readonly output: Json;
  readonly artifacts?: readonly ArtifactRef[] | undefined;
}

export interface AnswersOptions {
  readonly responses: ResponseCache;
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
  readonly logger?: EngineLogger | undefined;
}

/** A cache that takes longer is no help. */
const PATIENCE_MS = 2_000;

const answerSchema = recordSchemas['step.answered'].pick({ output: true, artifacts: true });

/**
 * Answers kept for later, as the engine uses them.
 *
 * 1. Nothing depends on them: a cache that fails, is slow or holds nonsense is one that holds nothing.
 * 2. An answer is kept and given only if every artifact that it refers to is there.
 */
export class Answers {
  readonly #options: AnswersOptions;
  readonly #keeping = new Set<Promise<void>>();

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  async lookUp({ key }: Question): Promise<Answer | undefined> {
    try {
      return await this.#inTime(this.#find(key));
    } catch (error) {
      this.#options.logger?.debug(
        { key, error: String(error) },
        'the cache does not answer; asking the agent',
      );
      return undefined;
    }
  }

  /** Begins to keep an answer; see {@link Answers.settled}. */
  keep(question: Question, answer: Answer): void {
    const keeping = this.#inTime(this.#put(question, answer))
      .catch((error: unknown) => {
        const { key } = question;
        this.#options.logger?.debug({ key, error: String(error) }, 'an answer was not kept for later');
      })
      .finally(() => this.#keeping.delete(keeping));
    this.#keeping.add(keeping);
  }

  /** Resolves when nothing is being kept any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#keeping);
  }

  async #find(key: string): Promise<Answer | undefined> {
    const found = answerSchema.safeParse(await this.#options.responses.get(key)).data;
    if (found?.output === undefined) return undefined;
    const answer = found as Answer;
    return (await this.#isWhole(answer)) ? answer : undefined;
  }

  async #put({ key, ttlMs }: Question, answer: Answer): Promise<void> {
    if (!(await this.#isWhole(answer))) return;
    const { responses, artifacts } = this.#options;
    // A host may have said more inline than a record should hold.
    const output = await inlineOrStored(answer.output, artifacts);
    await responses.put(key, JSON.parse(JSON.stringify({ ...answer, output })) as Json, ttlMs);
  }

  async #isWhole(answer: Answer): Promise<boolean> {
    const { artifacts } = this.#options;
    const found = await Promise.all(referencesIn(answer).map(({ $artifact }) => artifacts.has($artifact)));
    return found.every(Boolean);
  }

  #inTime<T>(work: Promise<T>): Promise<T> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const cancel = this.#options.clock.schedule(PATIENCE_MS, () => reject(new Error('It takes too long.')));
    return Promise.race([work, late]).finally(cancel);
  }
}
