import type { Node } from '@xyflow/react';
import type { GraphNode, LANE_STATUS, TaskGraph } from '../../../../src/inspection/documents.ts';
import { type Tone, toneOf } from '../../theme/tone.ts';
import { type Arrangement, type Join, MOST_STEPS, type Outline } from './arrangement.ts';

type Status = (typeof LANE_STATUS)[number];

export interface StepData extends Record<string, unknown> {
  readonly node: GraphNode;
  readonly tone: Tone;
  readonly isSelected: boolean;
  /** Where a duration that goes on ends; null: now. */
  readonly at: number | null;
}

export interface PhaseData extends Record<string, unknown> {
  readonly node: GraphNode;
  readonly tone: Tone;
  readonly isClosed: boolean;
  readonly at: number | null;
  /** How many steps are in which status; in the order of what matters. */
  readonly counts: readonly (readonly [status: Status, count: number])[];
  readonly total: number;
  /** Steps that are not drawn, since there are too many. */
  readonly hidden: number;
  /** Gaps between its steps where those below wait for those above. */
  readonly joins: readonly (Omit<Join, 'above'> & { readonly isPast: boolean })[];
  readonly toggle: () => void;
}

export type BoxData = StepData | PhaseData;

/** What draws the eye first. */
const ORDER: readonly Status[] = [
  'failed',
  'person',
  'retrying',
  'running',
  'undoing',
  'undone',
  'waiting',
  'pending',
  'succeeded',
  'cancelled',
];

export interface BoxesOptions {
  readonly graph: TaskGraph;
  readonly arrangement: Arrangement;
  readonly outline: Outline;
  readonly closed: ReadonlySet<string>;
  readonly selected: string | null;
  readonly at: number | null;
  readonly toggle: (id: string, isClosed: boolean) => void;
  readonly before: ReadonlyMap<string, Node>;
}

/** Boxes for what the graph knows; the very object of before where nothing of it changed, so that it is not drawn again. */
export function boxesOf({
  graph,
  arrangement,
  outline,
  closed,
  selected,
  at,
  toggle,
  before,
}: BoxesOptions): Node[] {
  const shown = new Set(outline.phases.filter(({ isClosed }) => !isClosed).flatMap(({ steps }) => steps));
  const ended = new Set(graph.nodes.filter(({ endedAt }) => endedAt !== null).map(({ id }) => id));
  const boxes: Node[] = [];
  for (const node of graph.nodes) {
    const place = arrangement.places.get(node.id);
    if (place === undefined) continue;
    const { x, y, width, height } = place;
    const base = { id: node.id, position: { x, y }, width, height };
    const tone = toneOf(node.status);
    if (node.parent === null) {
      const own = node.counts ?? {};
      const total = Object.values(own).reduce((sum, count) => sum + count, 0);
      const isClosed = closed.has(node.id);
      const data: PhaseData = {
        node,
        tone,
        isClosed,
        at,
        counts: ORDER.flatMap((status) => {
          const count = own[status];
          return count === undefined ? [] : [[status, count] as const];
        }),
        total,
        hidden: isClosed ? 0 : Math.max(0, total - MOST_STEPS),
        joins: (arrangement.joins.get(node.id) ?? []).map(({ above, ...join }) => ({
          ...join,
          isPast: above.every((id) => ended.has(id)),
        })),
        toggle: () => toggle(node.id, !isClosed),
      };
      boxes.push(kept(before, { ...base, type: 'phase', data, zIndex: 0, focusable: false }));
    } else if (shown.has(node.id)) {
      const data: StepData = { node, tone, at, isSelected: node.id === `step:${selected}` };
      boxes.push(
        kept(before, { ...base, type: 'step', parentId: node.parent, data, zIndex: 3, focusable: false }),
      );
    }
  }
  return boxes;
}

function kept(before: ReadonlyMap<string, Node>, next: Node): Node {
  const last = before.get(next.id);
  return last !== undefined && textOf(last) === textOf(next) ? last : next;
}

/** Functions are left out: they do the same for the same node. */
function textOf({ position, width, height, data }: Node): string {
  return JSON.stringify([position, width, height, data]);
}
