import type { LocatedMap } from './source/located.ts';
import type { Place, PlacedText } from './source/place.ts';

/**
 * A task as its author wrote it, the same for every form: texts with their places, nothing checked yet.
 * Readers make drafts; `build/` makes the model of them.
 */
export interface TaskDraft {
  /** What hints are worded for. */
  readonly form: TaskForm;
  readonly place: Place;
  /** The document's heading: the name where the settings have none. */
  readonly title?: PlacedText | undefined;
  readonly settings: LocatedMap;
  readonly phases: readonly PhaseDraft[];
}

/** `data`: YAML or a program, where steps and phases are maps. */
export type TaskForm = 'markdown' | 'data';

export interface PhaseDraft {
  readonly name: PlacedText;
  /** `dependsOn` and `parallel` included, wherever they stood. */
  readonly settings: LocatedMap;
  readonly bullets: readonly BulletDraft[];
  /** Undefined without an Agents section. */
  readonly agents: readonly PlacedText[] | undefined;
  readonly outputs: readonly OutputDraft[];
}

/** One entry of Steps. */
export interface BulletDraft {
  readonly place: Place;
  /** The word before the colon; undefined for a plain bullet. */
  readonly kind: PlacedText | undefined;
  /** What follows the kind, or the whole text. */
  readonly text: PlacedText;
  readonly settings: LocatedMap;
}

/** `name`, `name: EXPR` or `name - description`, as one text or in parts. */
export interface OutputDraft {
  readonly text: PlacedText;
  readonly expression?: PlacedText | undefined;
  readonly description?: string | undefined;
}
