import type { ElkNode } from 'elkjs/lib/elk-api.js';
import type { ChartTransition, MachineChart } from '../../../../src/inspection/documents.ts';

/** All transitions from one state to another, drawn as one line. */
export interface Strand {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly transitions: readonly ChartTransition[];
  /** What stands at the line, a line of text each. */
  readonly label: readonly string[];
}

export interface ChartLayout {
  readonly width: number;
  readonly height: number;
  readonly boxes: ReadonlyMap<string, Box>;
  readonly lines: readonly DrawnStrand[];
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface DrawnStrand {
  readonly strand: Strand;
  readonly points: readonly Point[];
  readonly label: Box;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

const CHARACTER = 6.6;
const LABEL_LINE = 15;
const START = 'start·';

/** Strands between different states; what stays in a state is no line. */
export function strandsOf({ transitions }: MachineChart): readonly Strand[] {
  const strands = new Map<string, ChartTransition[]>();
  for (const transition of transitions) {
    if (transition.to === null || transition.to === transition.from) continue;
    const id = `${transition.from}→${transition.to}`;
    const own = strands.get(id);
    if (own === undefined) strands.set(id, [transition]);
    else own.push(transition);
  }
  return [...strands].map(([id, own]) => {
    const [first] = own as [ChartTransition];
    return { id, from: first.from, to: first.to as string, transitions: own, label: labelOf(own) };
  });
}

function labelOf(transitions: readonly ChartTransition[]): readonly string[] {
  const [first = '', ...others] = new Set(transitions.map(({ event }) => event));
  return others.length === 0
    ? [first]
    : [others.length === 1 ? `${first}, ${others[0]}` : `${first} +${others.length}`];
}

function boxSize(state: string): { readonly width: number; readonly height: number } {
  return { width: Math.max(96, Math.round(state.length * 7.4) + 48), height: 40 };
}

/** The machine as ELK takes it. */
export function toElk(chart: MachineChart, strands: readonly Strand[]): ElkNode {
  return {
    id: 'root',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': 'DOWN',
      'elk.edgeRouting': 'ORTHOGONAL',
      'elk.layered.spacing.nodeNodeBetweenLayers': '36',
      'elk.layered.spacing.edgeNodeBetweenLayers': '16',
      'elk.layered.spacing.edgeEdgeBetweenLayers': '10',
      'elk.spacing.nodeNode': '36',
      'elk.spacing.edgeEdge': '12',
      'elk.spacing.edgeNode': '18',
      'elk.spacing.edgeLabel': '4',
      'elk.edgeLabels.inline': 'true',
      'elk.layered.edgeLabels.sideSelection': 'ALWAYS_DOWN',
      'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
      // Lines that leave or reach a state together keep the chart narrow.
      'elk.layered.mergeEdges': 'true',
      'elk.layered.cycleBreaking.strategy': 'MODEL_ORDER',
      'elk.padding': '[top=12,left=12,bottom=12,right=12]',
    },
    children: [
      { id: START, width: 10, height: 10 },
      ...chart.states.map(({ id }) => ({ id: stateNode(id), ...boxSize(id) })),
    ],
    edges: [
      { id: START, sources: [START], targets: [stateNode(chart.initial)] },
      ...strands.map((strand) => ({
        id: strand.id,
        sources: [stateNode(strand.from)],
        targets: [stateNode(strand.to)],
        labels: [
          {
            text: strand.label.join('\n'),
            width: Math.max(...strand.label.map((line) => line.length)) * CHARACTER + 10,
            height: strand.label.length * LABEL_LINE + 4,
          },
        ],
      })),
    ],
  };
}

export function fromElk(root: ElkNode, strands: readonly Strand[]): ChartLayout {
  const boxes = new Map<string, Box>();
  for (const { id, x = 0, y = 0, width = 0, height = 0 } of root.children ?? []) {
    boxes.set(id === START ? START : id.slice('state·'.length), { x, y, width, height });
  }
  const byId = new Map(strands.map((strand) => [strand.id, strand]));
  const lines: DrawnStrand[] = [];
  for (const edge of root.edges ?? []) {
    const strand = byId.get(edge.id);
    const [section] = edge.sections ?? [];
    const [label] = edge.labels ?? [];
    if (strand === undefined || section === undefined) continue;
    lines.push({
      strand,
      points: [section.startPoint, ...(section.bendPoints ?? []), section.endPoint],
      label: { x: label?.x ?? 0, y: label?.y ?? 0, width: label?.width ?? 0, height: label?.height ?? 0 },
    });
  }
  return { width: root.width ?? 0, height: root.height ?? 0, boxes, lines };
}

/** Where the machine starts: a point, whose name no state has. */
export const START_BOX = START;

function stateNode(state: string): string {
  return `state·${state}`;
}
