import { createContext, type ReactNode, useContext } from 'react';
import type { Moment } from '../../../src/inspection/documents.ts';
import type { Json } from '../../../src/json.ts';
import { ApiProblem } from '../api/problem.ts';
import type { AnswerOf, Question, Reader } from '../reader/client.ts';
import { useAnswer as useAnswerOf, useMoment as useMomentOf } from '../reader/hooks.ts';

/** What the page may do besides reading: whatever needs a server. Null where there is none, as in a file or a simulated run. */
export interface Capabilities {
  /** A value that was too large for the log. */
  readonly loadValue: ((digest: string) => Promise<Json>) | null;
  /** The text of an artifact, its end where it is long; rejects with a problem. */
  readonly readArtifact: ((digest: string) => Promise<ArtifactText>) | null;
  readonly downloadArtifact: ((digest: string, name: string) => Promise<void>) | null;
  readonly downloadProvenance: ((format: 'prov' | 'mermaid') => Promise<void>) | null;
  /** How long steps of the task took before: the median in ms, by step; null: there were none. */
  readonly loadDurations: ((task: string) => Promise<{ readonly [step: string]: number } | null>) | null;
  /** The bar of actions; it knows the moment by itself. */
  readonly actions: ((of: { readonly moment: Moment; readonly step: string | null }) => ReactNode) | null;
  /** Where another execution is shown. */
  readonly linkTo: ((execution: string) => string) | null;
}

export interface ArtifactText {
  /** Null: it is no text. */
  readonly text: string | null;
  readonly bytes: number;
  readonly isCut: boolean;
}

/** Without a server. */
export const NOTHING_BUT_READING: Capabilities = {
  loadValue: null,
  readArtifact: null,
  downloadArtifact: null,
  downloadProvenance: null,
  loadDurations: null,
  actions: null,
  linkTo: null,
};

export interface Shown {
  readonly reader: Reader;
  readonly can: Capabilities;
}

const ExecutionContext = createContext<Shown | undefined>(undefined);
export const ExecutionProvider = ExecutionContext.Provider;

export function useExecution(): Shown {
  const shown = useContext(ExecutionContext);
  if (shown === undefined) throw new Error('There is no ExecutionProvider above.');
  return shown;
}

/** Undefined until the first record is folded. */
export function useMoment(): Moment | undefined {
  return useMomentOf(useExecution().reader);
}

/**
 * The answer at the present position, or the last one while the next is on its way; undefined until the first. What cannot be answered is
 * thrown, for the boundary around the view to tell.
 */
export function useAnswer<Q extends Question>(question: Q | null): AnswerOf<Q> | undefined {
  const { answer, failure } = useAnswerOf(useExecution().reader, question);
  if (answer === undefined && failure !== undefined) throw new ApiProblem(failure);
  return answer;
}
