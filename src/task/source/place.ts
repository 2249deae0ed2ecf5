/** Where something stands in a source. */
export interface Place {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** `phases[0].retry`, for definitions in code, which have no lines. */
  readonly path?: string | undefined;
}

/** A text and where it begins. */
export interface PlacedText {
  readonly text: string;
  readonly place: Place;
}

/** The place some characters further on the same line. */
export function shift(place: Place, characters: number): Place {
  return { ...place, column: place.column + characters };
}
