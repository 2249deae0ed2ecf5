import type { ElkNode } from 'elkjs/lib/elk-api.js';
import type { GraphNode, TaskGraph } from '../../../../src/inspection/documents.ts';

/** A rectangle; of a step, from the corner of its phase. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where everything stands. */
export interface Arrangement {
  readonly places: ReadonlyMap<string, Place>;
  /** How lines between phases run, where that is known. */
  readonly routes: ReadonlyMap<string, readonly Point[]>;
  /** Open phases whose steps stand in rows of so many. */
  readonly columns: ReadonlyMap<string, number>;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What is laid out: phases with their steps, and who waits for whom. */
export interface Outline {
  readonly phases: readonly {
    readonly id: string;
    readonly isClosed: boolean;
    readonly steps: readonly string[];
    /** Between steps of this phase. */
    readonly edges: readonly Link[];
  }[];
  /** Between phases. */
  readonly edges: readonly Link[];
}

export interface Link {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly isCritical: boolean;
}

export const STEP = { width: 212, height: 46 } as const;
const CLOSED = { width: 236, height: 84 } as const;
const GAP = 8;
const HEAD = 34;
const PAD = 10;
/** Steps of an open phase that are drawn; the rest is for the timeline. */
export const MOST_STEPS = 200;

export function outlineOf(graph: TaskGraph, closed: ReadonlySet<string>): Outline {
  const steps = new Map<string, GraphNode[]>();
  const parents = new Map<string, string>();
  for (const node of graph.nodes) {
    if (node.parent === null) {
      if (!steps.has(node.id)) steps.set(node.id, []);
      continue;
    }
    parents.set(node.id, node.parent);
    const list = steps.get(node.parent);
    if (list === undefined) steps.set(node.parent, [node]);
    else list.push(node);
  }
  const inner = new Map<string, Link[]>();
  const outer = new Map<string, Link>();
  for (const { from, to, isCritical } of graph.edges) {
    const one = parents.get(from) ?? from;
    const other = parents.get(to) ?? to;
    if (one === other) {
      if (from === one || to === one) continue;
      const list = inner.get(one) ?? [];
      list.push({ id: `${from}→${to}`, from, to, isCritical });
      inner.set(one, list);
      continue;
    }
    const id = `${one}→${other}`;
    outer.set(id, { id, from: one, to: other, isCritical: isCritical || outer.get(id)?.isCritical === true });
  }
  return {
    phases: [...steps].map(([id, own]) => {
      const shown = new Set(own.slice(0, MOST_STEPS).map((step) => step.id));
      return {
        id,
        isClosed: closed.has(id),
        steps: [...shown],
        edges: (inner.get(id) ?? []).filter(({ from, to }) => shown.has(from) && shown.has(to)),
      };
    }),
    edges: [...outer.values()],
  };
}

/** What makes two outlines have the same arrangement, but for steps that were added. */
export function shapeOf(outline: Outline): string {
  const phases = outline.phases.map(({ id, isClosed, edges }) => [
    id,
    isClosed,
    edges.map((edge) => edge.id),
  ]);
  return JSON.stringify([phases, outline.edges.map(({ id }) => id)]);
}

/** Whether more steps stand side by side than one after the other: then the order inside goes from left to right, else down. */
export function isWide({ steps, edges }: Outline['phases'][number]): boolean {
  const level = new Map(steps.map((step) => [step, 0]));
  for (let round = 0; round < steps.length; round++) {
    let isSettled = true;
    for (const { from, to } of edges) {
      const least = (level.get(from) ?? 0) + 1;
      if (least <= (level.get(to) ?? 0) || least > steps.length) continue;
      level.set(to, least);
      isSettled = false;
    }
    if (isSettled) break;
  }
  const sizes = new Map<number, number>();
  for (const depth of level.values()) sizes.set(depth, (sizes.get(depth) ?? 0) + 1);
  return Math.max(0, ...sizes.values()) > Math.max(2, sizes.size);
}

/** The outline as ELK takes it. Phases without an order inside come with their size: their steps stand in rows. */
export function toElk({ phases, edges }: Outline): ElkNode {
  return {
    id: 'root',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': 'RIGHT',
      'elk.layered.spacing.nodeNodeBetweenLayers': '72',
      'elk.spacing.nodeNode': '28',
      'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
      'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
      'elk.layered.nodePlacement.favorStraightEdges': 'true',
      'elk.separateConnectedComponents': 'false',
      'elk.edgeRouting': 'ORTHOGONAL',
      'elk.layered.mergeEdges': 'true',
    },
    children: phases.map((phase) => {
      if (phase.isClosed) return { id: phase.id, ...CLOSED };
      if (phase.edges.length === 0)
        return { id: phase.id, ...sizeOfRows(phase.steps.length, columnsFor(phase.steps.length)) };
      return {
        id: phase.id,
        layoutOptions: {
          'elk.algorithm': 'layered',
          'elk.direction': isWide(phase) ? 'RIGHT' : 'DOWN',
          'elk.padding': `[top=${HEAD},left=${PAD},bottom=${PAD},right=${PAD}]`,
          'elk.layered.spacing.nodeNodeBetweenLayers': isWide(phase) ? '32' : '22',
          'elk.spacing.nodeNode': '10',
          'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
        },
        children: phase.steps.map((id) => ({ id, ...STEP })),
        edges: phase.edges.map(({ id, from, to }) => ({ id, sources: [from], targets: [to] })),
      };
    }),
    edges: edges.map(({ id, from, to }) => ({ id, sources: [from], targets: [to] })),
  };
}

export function fromElk(outline: Outline, root: ElkNode): Arrangement {
  const places = new Map<string, Place>();
  const columns = new Map<string, number>();
  const take = ({ id, x = 0, y = 0, width = 0, height = 0 }: ElkNode) =>
    places.set(id, { x, y, width, height });
  for (const node of root.children ?? []) {
    take(node);
    for (const child of node.children ?? []) take(child);
  }
  for (const phase of outline.phases) {
    if (phase.isClosed || phase.edges.length > 0) continue;
    const count = columnsFor(phase.steps.length);
    columns.set(phase.id, count);
    for (const [index, step] of phase.steps.entries()) places.set(step, placeInRows(index, count));
  }
  const routes = new Map<string, readonly Point[]>();
  for (const { id, sections: [section] = [] } of root.edges ?? []) {
    if (section !== undefined)
      routes.set(id, [section.startPoint, ...(section.bendPoints ?? []), section.endPoint]);
  }
  return { places, columns, routes };
}

/** Without ELK: phases in columns by the longest way to them. */
export function arrangeSimply(outline: Outline): Arrangement {
  const level = new Map(outline.phases.map(({ id }) => [id, 0]));
  for (let round = 0; round < outline.phases.length; round++) {
    for (const { from, to } of outline.edges) {
      level.set(
        to,
        Math.max(level.get(to) ?? 0, Math.min(outline.phases.length, (level.get(from) ?? 0) + 1)),
      );
    }
  }
  const places = new Map<string, Place>();
  const columns = new Map<string, number>();
  let x = 12;
  for (const depth of [...new Set(level.values())].sort((a, b) => a - b)) {
    let y = 12;
    let widest = 0;
    for (const phase of outline.phases.filter(({ id }) => level.get(id) === depth)) {
      const count = phase.edges.length > 0 ? 1 : columnsFor(phase.steps.length);
      const size = phase.isClosed ? CLOSED : sizeOfRows(phase.steps.length, count);
      places.set(phase.id, { x, y, ...size });
      if (!phase.isClosed) {
        columns.set(phase.id, count);
        for (const [index, step] of phase.steps.entries()) places.set(step, placeInRows(index, count));
      }
      y += size.height + 28;
      widest = Math.max(widest, size.width);
    }
    x += widest + 72;
  }
  return { places, columns, routes: new Map() };
}

/**
 * The same arrangement with steps that came later: at the end of their phases. What stands below a phase that grew moves down by as
 * much; nothing else moves. The arrangement itself when nothing came.
 */
export function withNewSteps(arrangement: Arrangement, outline: Outline): Arrangement {
  const grown = outline.phases.filter(
    ({ isClosed, steps }) => !isClosed && steps.some((step) => !arrangement.places.has(step)),
  );
  if (grown.length === 0) return arrangement;
  const places = new Map(arrangement.places);
  // Lines of what moved run straight: where they ran, something else may stand now.
  const moved = new Set<string>();
  for (const phase of grown) {
    const before = places.get(phase.id);
    if (before === undefined) continue;
    const count = arrangement.columns.get(phase.id) ?? 1;
    let bottom = before.height;
    for (const [index, step] of phase.steps.entries()) {
      if (places.has(step)) continue;
      const place = placeInRows(index, count);
      places.set(step, place);
      bottom = Math.max(bottom, place.y + place.height + PAD);
    }
    places.set(phase.id, { ...before, height: bottom });
    const by = bottom - before.height;
    for (const { id } of outline.phases) {
      const other = places.get(id);
      if (other === undefined || id === phase.id || other.y < before.y + before.height) continue;
      if (other.x >= before.x + before.width || other.x + other.width <= before.x) continue;
      places.set(id, { ...other, y: other.y + by });
      moved.add(id);
    }
  }
  const routes = new Map(arrangement.routes);
  for (const { id, from, to } of outline.edges) if (moved.has(from) || moved.has(to)) routes.delete(id);
  return { ...arrangement, places, routes };
}

function columnsFor(count: number): number {
  if (count <= 6) return 1;
  if (count <= 18) return 2;
  if (count <= 36) return 3;
  return Math.ceil(Math.sqrt(count / 3));
}

function sizeOfRows(count: number, columns: number): { width: number; height: number } {
  const rows = Math.max(1, Math.ceil(count / columns));
  return {
    width: PAD * 2 + columns * STEP.width + (columns - 1) * GAP,
    height: HEAD + PAD + rows * STEP.height + (rows - 1) * GAP,
  };
}

function placeInRows(index: number, columns: number): Place {
  return {
    x: PAD + (index % columns) * (STEP.width + GAP),
    y: HEAD + Math.floor(index / columns) * (STEP.height + GAP),
    ...STEP,
  };
}
