import type { AgentStep } from '../definition.ts';
import type { TaskForm } from '../draft.ts';
import type { Place, PlacedText } from '../source/place.ts';
import type { Report } from '../source/report.ts';

/** What a reader is told about the program around the task. */
export interface KnownNames {
  /** Agents that exist; undefined: unknown, so names are not checked. */
  readonly agents: ReadonlySet<string> | undefined;
  /** Step kinds registered beside the language's own. */
  readonly customKinds: ReadonlySet<string>;
  /** Aggregates registered beside those that ship. */
  readonly aggregates: ReadonlySet<string>;
}

/** Where an expression or template stands decides what it may name. */
export interface Position {
  /** Undefined for the task's own outputs. */
  readonly phase: string | undefined;
  /** Roots that exist there, besides the requirements. */
  readonly roots: readonly string[];
}

/** An expression or template, to be checked once all phases are known. */
export interface Use {
  readonly source: PlacedText;
  readonly kind: 'expression' | 'template';
  readonly position: Position;
}

/** Shared by the builders of one task. */
export interface BuildContext {
  readonly form: TaskForm;
  readonly report: Report;
  readonly known: KnownNames;
  /** Names of the requirements. */
  readonly requirements: ReadonlySet<string>;
  readonly uses: Use[];
  readonly effects: EffectUse[];
}

/** A step that says what it leaves behind, to be checked once all phases are known. */
export interface EffectUse {
  readonly step: AgentStep;
  readonly phase: string;
  readonly place: Place;
}
