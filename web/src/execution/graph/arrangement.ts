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
  /** Lines between phases: from point to point in turn a curve through the room between two columns, and straight on past one. */
  readonly routes: ReadonlyMap<string, readonly Point[]>;
  /** Per open phase, the gaps that lie between steps which wait for each other. */
  readonly joins: ReadonlyMap<string, readonly Join[]>;
}

/** A gap between the steps above it and those below, which begin when all above have ended. From the corner of its phase. */
export interface Join {
  readonly y: number;
  /** Of the steps above. */
  readonly above: readonly string[];
  /** More than one step stands above or below. */
  readonly isWide: boolean;
  readonly isCritical: boolean;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What is laid out: phases with their steps, and who waits for whom. */
export interface Outline {
  readonly phases: readonly PhaseOutline[];
  /** Between phases. */
  readonly edges: readonly Link[];
}

interface PhaseOutline {
  readonly id: string;
  readonly isClosed: boolean;
  readonly steps: readonly string[];
  /** Between steps of this phase. */
  readonly edges: readonly Link[];
}

export interface Link {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly isCritical: boolean;
}

const STEP = { width: 212, height: 46 } as const;
const HEAD = 34;
const PAD = 10;
const CLOSED = { width: STEP.width + PAD * 2, height: 84 } as const;
/** Between steps side by side; between those that wait for each other. */
const GAP = 8;
export const JOIN = 20;
/** Between phases above each other, and between columns of them. */
const BELOW = 28;
const BESIDE = 52;
/** Lines that pass a column by run above it, so far apart. */
const LANE = 12;
/** Parallel steps above each other; more stand in rows. */
const MOST_IN_LIST = 12;
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

/**
 * Phases in columns from left to right, each under those it waits for and from the top down, so that what comes later moves nothing
 * but what stands below or to the right; the steps of a phase are a list, those that wait for each other with a gap in between.
 */
export function arrange(outline: Outline): Arrangement {
  const places = new Map<string, Place>();
  const joins = new Map<string, readonly Join[]>();
  const byId = new Map(outline.phases.map((phase) => [phase.id, phase]));
  const columns = inOrder(layersOf([...byId.keys()], outline.edges), outline.edges);
  const columnOf = new Map(columns.flatMap((ids, column) => ids.map((id) => [id, column] as const)));
  /** Left and right end of each column. */
  const ends: { readonly left: number; readonly right: number }[] = [];
  let x = 0;
  for (const ids of columns) {
    let y = 0;
    let widest = 0;
    for (const id of ids) {
      const inside = insideOf(byId.get(id) as PhaseOutline);
      places.set(id, { x, y, width: inside.width, height: inside.height });
      for (const [step, place] of inside.steps) places.set(step, place);
      joins.set(id, inside.joins);
      y += inside.height + BELOW;
      widest = Math.max(widest, inside.width);
    }
    ends.push({ left: x, right: x + widest });
    x += widest + BESIDE;
  }
  return { places, joins, routes: routesOf(outline.edges, { places, columnOf, ends }) };
}

/** Phases of a column in the order of what they wait for, else of the file. */
function inOrder(
  layers: readonly (readonly string[])[],
  edges: readonly Link[],
): readonly (readonly string[])[] {
  const rank = new Map<string, number>();
  return layers.map((ids) => {
    const sorted = ids
      .map((id, index) => {
        const above = edges.flatMap(({ from, to }) => (to === id ? [rank.get(from) ?? 0] : []));
        return { id, index, at: above.length === 0 ? 0 : sumOf(above) / above.length };
      })
      .sort((a, b) => a.at - b.at || a.index - b.index)
      .map(({ id }) => id);
    for (const [index, id] of sorted.entries()) rank.set(id, index);
    return sorted;
  });
}

/** From head to head; what passes a column by runs above all of them, each in a lane of its own. */
function routesOf(
  edges: readonly Link[],
  {
    places,
    columnOf,
    ends,
  }: {
    readonly places: ReadonlyMap<string, Place>;
    readonly columnOf: ReadonlyMap<string, number>;
    readonly ends: readonly { readonly left: number; readonly right: number }[];
  },
): ReadonlyMap<string, readonly Point[]> {
  const routes = new Map<string, readonly Point[]>();
  /** Columns that each lane is taken in. */
  const lanes: Set<number>[] = [];
  for (const { id, from, to } of edges) {
    const one = places.get(from);
    const other = places.get(to);
    const first = columnOf.get(from);
    const last = columnOf.get(to);
    if (one === undefined || other === undefined || first === undefined || last === undefined) continue;
    const start = { x: one.x + one.width, y: one.y + HEAD / 2 };
    const end = { x: other.x, y: other.y + HEAD / 2 };
    const passed = Array.from({ length: Math.max(0, last - first - 1) }, (_, index) => first + 1 + index);
    const edge = { x: ends[first]?.right ?? start.x, y: start.y };
    if (passed.length === 0) {
      routes.set(id, edge.x === start.x ? [start, end] : [start, start, edge, end]);
      continue;
    }
    let lane = lanes.findIndex((taken) => passed.every((column) => !taken.has(column)));
    if (lane < 0) lane = lanes.push(new Set()) - 1;
    for (const column of passed) lanes[lane]?.add(column);
    const y = -LANE * (lane + 1);
    const leave = { x: ends[passed[0] as number]?.left ?? 0, y };
    const come = { x: ends[passed.at(-1) as number]?.right ?? 0, y };
    routes.set(id, edge.x === start.x ? [start, leave, come, end] : [start, start, edge, leave, come, end]);
  }
  return routes;
}

interface Inside {
  readonly width: number;
  readonly height: number;
  readonly steps: ReadonlyMap<string, Place>;
  readonly joins: readonly Join[];
}

function insideOf(phase: PhaseOutline): Inside {
  if (phase.isClosed) return { ...CLOSED, steps: new Map(), joins: [] };
  const layers = layersOf(phase.steps, phase.edges);
  const critical = new Set(phase.edges.flatMap(({ to, isCritical }) => (isCritical ? [to] : [])));
  const steps = new Map<string, Place>();
  const joins: Join[] = [];
  const most = Math.max(1, ...layers.map(({ length }) => columnsFor(length)));
  let y = HEAD;
  for (const [depth, layer] of layers.entries()) {
    const above = layers[depth - 1];
    if (above !== undefined) {
      joins.push({
        y: y - GAP,
        above,
        isWide: above.length > 1 || layer.length > 1,
        isCritical: layer.some((step) => critical.has(step)),
      });
      y += JOIN - GAP;
    }
    const columns = columnsFor(layer.length);
    for (const [index, step] of layer.entries()) {
      steps.set(step, {
        x: PAD + (index % columns) * (STEP.width + GAP),
        y: y + Math.floor(index / columns) * (STEP.height + GAP),
        ...STEP,
      });
    }
    y += Math.ceil(layer.length / columns) * (STEP.height + GAP);
  }
  const rest = layers.length === 0 ? STEP.height : -GAP;
  return {
    width: PAD * 2 + most * STEP.width + (most - 1) * GAP,
    height: y + rest + PAD,
    steps,
    joins,
  };
}

function columnsFor(count: number): number {
  if (count <= MOST_IN_LIST) return 1;
  return Math.max(2, Math.ceil(Math.sqrt(count / 4)));
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
