/** The part of shown time that is on the canvas, in ms of shown time. */
export interface ViewWindow {
  readonly from: number;
  readonly to: number;
}

/** Closest look: a fiftieth of a second across. */
const CLOSEST_MS = 20;

/** Zooms by a factor (below 1: closer) around a fixed point, and stays inside of `0`..`length`. Null: all of it. */
export function zoomed(view: ViewWindow, around: number, factor: number, length: number): ViewWindow | null {
  const span = Math.max(CLOSEST_MS, (view.to - view.from) * factor);
  if (span >= length) return null;
  const part = (around - view.from) / (view.to - view.from);
  return inside({ from: around - part * span, to: around + (1 - part) * span }, length);
}

export function moved(view: ViewWindow, by: number, length: number): ViewWindow {
  return inside({ from: view.from + by, to: view.to + by }, length);
}

/** From one point to another, in any order. */
export function ranged(one: number, other: number, length: number): ViewWindow | null {
  const middle = (one + other) / 2;
  const half = Math.max(CLOSEST_MS, Math.abs(one - other)) / 2;
  if (half * 2 >= length) return null;
  return inside({ from: middle - half, to: middle + half }, length);
}

function inside({ from, to }: ViewWindow, length: number): ViewWindow {
  const shift = from < 0 ? -from : to > length ? length - to : 0;
  return { from: from + shift, to: to + shift };
}
