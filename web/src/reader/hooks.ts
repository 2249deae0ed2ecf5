import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { Moment } from '../../../src/inspection/documents.ts';
import { type ProblemDetails, problemOf } from '../api/problem.ts';
import type { AnswerOf, Question, Reader } from './client.ts';

/** The present moment of the reader; undefined until its first record was read. */
export function useMoment(reader: Reader): Moment | undefined {
  return useSyncExternalStore(reader.subscribe, () => reader.moment);
}

export interface AnswerState<Q extends Question> {
  /** The last that came, also while the next is asked for; undefined until the first. */
  readonly answer: AnswerOf<Q> | undefined;
  readonly failure: ProblemDetails | undefined;
  /** The answer is of an earlier moment than the present one. */
  readonly isStale: boolean;
}

/** Between two askings. */
const BETWEEN_MS = 120;

/**
 * The answer to a question at the present moment: asked again when the moment changes, at most eight times a second and not before the
 * last was answered. @param question null: nothing is asked
 */
export function useAnswer<Q extends Question>(reader: Reader, question: Q | null): AnswerState<Q> {
  const moment = useMoment(reader);
  const key = question === null ? null : JSON.stringify(question);
  const [state, setState] = useState<Kept<Q>>({ key, answer: undefined, failure: undefined, of: undefined });
  const asker = useRef<Asker<Q> | undefined>(undefined);

  useEffect(() => {
    if (key === null) return undefined;
    const own = new Asker<Q>(reader, JSON.parse(key) as Q, (kept) => setState({ key, ...kept }));
    asker.current = own;
    return () => own.stop();
  }, [reader, key]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new question asks at once, and so does a new moment.
  useEffect(() => {
    asker.current?.wish(moment);
  }, [reader, key, moment]);

  const isOwn = state.key === key;
  return {
    answer: isOwn ? state.answer : undefined,
    failure: isOwn ? state.failure : undefined,
    isStale: !isOwn || state.of !== moment,
  };
}

interface Kept<Q extends Question> {
  readonly key: string | null;
  readonly answer: AnswerOf<Q> | undefined;
  readonly failure: ProblemDetails | undefined;
  /** The moment that it was asked at. */
  readonly of: Moment | undefined;
}

/** Asks one question again and again, one at a time and not too often. */
class Asker<Q extends Question> {
  readonly #reader: Reader;
  readonly #question: Q;
  readonly #tell: (kept: Omit<Kept<Q>, 'key'>) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAsking = false;
  #isWished = false;
  #isStopped = false;
  #wishedAt: Moment | undefined;
  #answer: AnswerOf<Q> | undefined;

  constructor(reader: Reader, question: Q, tell: (kept: Omit<Kept<Q>, 'key'>) => void) {
    this.#reader = reader;
    this.#question = question;
    this.#tell = tell;
  }

  wish(moment: Moment | undefined): void {
    this.#wishedAt = moment;
    this.#isWished = true;
    if (this.#timer === undefined && !this.#isAsking) void this.#ask();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    this.#isWished = false;
    this.#isAsking = true;
    const of = this.#wishedAt;
    const began = performance.now();
    try {
      this.#answer = await this.#reader.ask(this.#question);
      if (!this.#isStopped) this.#tell({ answer: this.#answer, failure: undefined, of });
    } catch (error) {
      if (!this.#isStopped) this.#tell({ answer: this.#answer, failure: problemOf(error), of });
    }
    this.#isAsking = false;
    if (this.#isStopped) return;
    // What takes long is asked less often, so that the reader has time for the records that come.
    const tookMs = performance.now() - began;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        if (this.#isWished) void this.#ask();
      },
      Math.max(BETWEEN_MS, 4 * tookMs),
    );
  }
}
