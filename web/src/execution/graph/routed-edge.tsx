import { BaseEdge, type Edge, type EdgeProps } from '@xyflow/react';
import type { Point } from './arrangement.ts';

type Routed = Edge<{ readonly points: readonly Point[] }>;

/** A line between phases: curves through the room between columns, straight on past one. */
export function RoutedEdge({ id, data, markerEnd }: EdgeProps<Routed>) {
  const path = curveThrough(data?.points ?? []);
  return <BaseEdge id={id} path={path} {...(markerEnd === undefined ? {} : { markerEnd })} />;
}

function curveThrough(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  let path = `M${first.x} ${first.y}`;
  let last = first;
  for (const [index, point] of rest.entries()) {
    const middle = (last.x + point.x) / 2;
    const isStraight = index % 2 === 1 || last.y === point.y;
    path += isStraight
      ? `L${point.x} ${point.y}`
      : `C${middle} ${last.y} ${middle} ${point.y} ${point.x} ${point.y}`;
    last = point;
  }
  return path;
}
