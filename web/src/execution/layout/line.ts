interface Point {
  readonly x: number;
  readonly y: number;
}

/** A line with round corners, as an SVG path. */
export function pathOf(points: readonly Point[], radius = 6): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  let path = `M${first.x} ${first.y}`;
  for (const [index, point] of rest.entries()) {
    const next = rest[index + 1];
    if (next === undefined) {
      path += `L${point.x} ${point.y}`;
      continue;
    }
    const before = toward(point, index === 0 ? first : (rest[index - 1] as Point), radius);
    const after = toward(point, next, radius);
    path += `L${before.x} ${before.y}Q${point.x} ${point.y} ${after.x} ${after.y}`;
  }
  return path;
}

/** From a point some way towards another, at most half of it. */
function toward(from: Point, to: Point, length: number): Point {
  const distance = Math.hypot(to.x - from.x, to.y - from.y);
  if (distance === 0) return from;
  const part = Math.min(length, distance / 2) / distance;
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}
