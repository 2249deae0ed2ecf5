import { BaseEdge, type Edge, type EdgeProps, getBezierPath } from '@xyflow/react';
import { pathOf } from '../layout/line.ts';
import type { Point } from './arrangement.ts';

type Routed = Edge<{ readonly points: readonly Point[] | undefined }>;

/** A line between phases, as it was laid out: around what stands in between. Without a layout from side to side. */
export function RoutedEdge(props: EdgeProps<Routed>) {
  const { id, data, markerEnd } = props;
  const [straight] = getBezierPath(props);
  const path = data?.points === undefined ? straight : pathOf(data.points, 10);
  return <BaseEdge id={id} path={path} {...(markerEnd === undefined ? {} : { markerEnd })} />;
}
