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

const STEP = { width: 212, height: 46 } as const;
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

/** How many edges lead to each at most; what goes round in circles stays in bounds. */
function levelsOf(ids: readonly string[], edges: readonly Link[]): ReadonlyMap<string, number> {
  const level = new Map(ids.map((id) => [id, 0]));
  for (let round = 0; round < ids.length; round++) {
    let isSettled = true;
    for (const { from, to } of edges) {
      const least = (level.get(from) ?? 0) + 1;
      if (least <= (level.get(to) ?? 0) || least >= ids.length) continue;
      level.set(to, least);
      isSettled = false;
    }
    if (isSettled) break;
  }
  return level;
}

function layersOf(ids: readonly string[], edges: readonly Link[]): readonly (readonly string[])[] {
  const layers: string[][] = [];
  for (const [id, depth] of levelsOf(ids, edges)) {
    layers[depth] ??= [];
    layers[depth].push(id);
  }
  return layers;
}

/** Whether more steps stand side by side than one after the other: then the order inside goes from left to right, else down. */
export function isWide({ steps, edges }: Outline['phases'][number]): boolean {
  const layers = layersOf(steps, edges);
  return Math.max(0, ...layers.map(({ length }) => length)) > Math.max(2, layers.length);
}

/** One phase after the other, and no line that passes a step by: then nothing has to be routed, and {@link arrangeSimply} does. */
export function isPlain({ phases, edges }: Outline): boolean {
  const chain = phases.slice(1).map(({ id }, index) => `${phases[index]?.id}→${id}`);
  const isChain = edges.length === chain.length && edges.every(({ id }) => chain.includes(id));
  return (
    isChain &&
    phases.every(({ steps, edges: inner }) => {
      const level = levelsOf(steps, inner);
      return inner.every(({ from, to }) => (level.get(to) ?? 0) - (level.get(from) ?? 0) === 1);
    })
  );
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
          'elk.layered.spacing.nodeNodeBetweenLayers': isWide(phase) ? '52' : '22',
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

/** Without ELK: phases in columns by the longest way to them, each column around the same middle; so are the steps inside. */
export function arrangeSimply(outline: Outline): Arrangement {
  const places = new Map<string, Place>();
  const columns = new Map<string, number>();
  const byId = new Map(outline.phases.map((phase) => [phase.id, phase]));
  const layers = layersOf([...byId.keys()], outline.edges).map((ids) =>
    ids.map((id) => ({ id, ...insideOf(byId.get(id) as Outline['phases'][number]) })),
  );
  const heights = layers.map((layer) =>
    lengthOf(
      layer.map(({ height }) => height),
      BELOW,
    ),
  );
  const tallest = Math.max(0, ...heights);
  let x = MARGIN;
  for (const [depth, layer] of layers.entries()) {
    let y = MARGIN + (tallest - (heights[depth] as number)) / 2;
    for (const { id, width, height, steps, inRows } of layer) {
      places.set(id, { x, y, width, height });
      for (const [step, place] of steps) places.set(step, place);
      if (inRows !== null) columns.set(id, inRows);
      y += height + BELOW;
    }
    x += Math.max(0, ...layer.map(({ width }) => width)) + BESIDE;
  }
  return { places, columns, routes: new Map() };
}

const MARGIN = 12;
const BELOW = 28;
const BESIDE = 72;

interface Inside {
  readonly width: number;
  readonly height: number;
  readonly steps: ReadonlyMap<string, Place>;
  /** Null: the steps have an order. */
  readonly inRows: number | null;
}

function insideOf(phase: Outline['phases'][number]): Inside {
  if (phase.isClosed) return { ...CLOSED, steps: new Map(), inRows: null };
  if (phase.edges.length === 0) {
    const count = columnsFor(phase.steps.length);
    const steps = new Map(phase.steps.map((step, index) => [step, placeInRows(index, count)]));
    return { ...sizeOfRows(phase.steps.length, count), steps, inRows: count };
  }
  const isAcross = isWide(phase);
  const layers = layersOf(phase.steps, phase.edges);
  const [along, across] = isAcross ? [STEP.width, STEP.height] : [STEP.height, STEP.width];
  const [gap, side] = isAcross ? [52, 10] : [22, 10];
  const widest = Math.max(...layers.map(({ length }) => lengthOf(Array(length).fill(across), side)));
  const steps = new Map<string, Place>();
  for (const [depth, layer] of layers.entries()) {
    const start = (widest - lengthOf(Array(layer.length).fill(across), side)) / 2;
    for (const [index, step] of layer.entries()) {
      const one = depth * (along + gap);
      const other = start + index * (across + side);
      steps.set(
        step,
        isAcross ? { x: PAD + one, y: HEAD + other, ...STEP } : { x: PAD + other, y: HEAD + one, ...STEP },
      );
    }
  }
  const long = lengthOf(Array(layers.length).fill(along), gap);
  const [width, height] = isAcross ? [long, widest] : [widest, long];
  return { width: width + PAD * 2, height: height + HEAD + PAD, steps, inRows: null };
}

function lengthOf(lengths: readonly number[], gap: number): number {
  return lengths.reduce((sum, length) => sum + length, Math.max(0, lengths.length - 1) * gap);
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
