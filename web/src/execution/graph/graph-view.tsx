import {
  Background,
  Controls,
  type Edge,
  MarkerType,
  MiniMap,
  type Node,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  type Viewport,
} from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { TaskGraph } from '../../../../src/inspection/documents.ts';
import { Empty } from '../../parts/empty.tsx';
import { useShortcuts } from '../../parts/shortcuts.ts';
import { useAnswer, useExecution, useMoment } from '../execution-context.ts';
import { Loading } from '../parts/loading.tsx';
import { usePlace } from '../place.ts';
import { type Arrangement, arrange, type Link, MOST_STEPS, type Outline, outlineOf } from './arrangement.ts';
import { type BoxData, type BoxesOptions, boxesOf } from './boxes.ts';
import { ExpectedEnd } from './expected-end.tsx';
import styles from './graph.module.css';
import { PhaseBox } from './phase-box.tsx';
import { RoutedEdge } from './routed-edge.tsx';
import { StepBox } from './step-box.tsx';

/** From so many steps on, phases are closed at first. */
const CLOSE_OVER = 200;
/** Phases that stay open also then. */
const SMALL = 12;

export default function GraphView() {
  const durations = useDurations();
  const graph = useAnswer({ ask: 'graph', most: MOST_STEPS, ...(durations === null ? {} : { durations }) });
  // What history says changes when it is expected to end, and nothing that would have to be waited for.
  const last = useRef(graph);
  if (graph !== undefined) last.current = graph;
  return <Shown graph={graph ?? last.current} />;
}

function Shown({ graph }: { readonly graph: TaskGraph | undefined }) {
  if (graph === undefined) return <Loading lines={6} />;
  if (graph.nodes.length === 0) return <Empty title="The task has no steps" />;
  return (
    <ReactFlowProvider>
      <Graph graph={graph} />
    </ReactFlowProvider>
  );
}

/** How long steps took before; null until that is known, and where nobody knows. */
function useDurations(): { readonly [step: string]: number } | null {
  const { loadDurations } = useExecution().can;
  const moment = useMoment();
  const [durations, setDurations] = useState<{ readonly [step: string]: number } | null>(null);
  const task = moment?.endedAt === null ? moment.task : undefined;
  useEffect(() => {
    if (loadDurations === null || task === undefined) return undefined;
    let isWanted = true;
    // Without them estimates tell.
    loadDurations(task).then(
      (known) => isWanted && setDurations(known),
      () => undefined,
    );
    return () => {
      isWanted = false;
    };
  }, [loadDurations, task]);
  return durations;
}

function Graph({ graph }: { readonly graph: TaskGraph }) {
  const { place, go } = usePlace();
  const moment = useMoment();
  const [toggles, setToggles] = useState<ReadonlyMap<string, boolean>>(new Map());
  const closed = useMemo(() => closedPhases(graph, toggles), [graph, toggles]);
  const outline = useStable(useMemo(() => outlineOf(graph, closed), [graph, closed]));
  const arrangement = useMemo(() => arrange(outline), [outline]);
  const isLive = moment?.isLive === true && moment.endedAt === null;
  const toggle = useCallback(
    (id: string, isClosed: boolean) => setToggles((before) => new Map(before).set(id, isClosed)),
    [],
  );
  const at = isLive ? null : (moment?.at ?? null);
  const boxes = useBoxes({ graph, arrangement, outline, closed, selected: place.step, at, toggle });
  const order = useMemo(() => boxes.filter(({ type }) => type === 'step').map(({ id }) => id), [boxes]);
  const edges = useMemo(() => edgesOf(outline, arrangement, graph), [outline, arrangement, graph]);
  const flow = useReactFlow();
  const pane = useRef<HTMLDivElement>(null);

  const reveal = (id: string) => {
    const box = flow.getInternalNode(id);
    if (box === undefined) return;
    const { x, y } = box.internals.positionAbsolute;
    const { x: left, y: top, zoom } = flow.getViewport();
    const width = box.measured.width ?? 0;
    const height = box.measured.height ?? 0;
    const room = pane.current?.getBoundingClientRect();
    if (room === undefined) return;
    const isInside =
      x * zoom + left > 0 &&
      y * zoom + top > 0 &&
      (x + width) * zoom + left < room.width &&
      (y + height) * zoom + top < room.height;
    if (!isInside) void flow.setCenter(x + width / 2, y + height / 2, { zoom, duration: calm(250) });
  };
  const move = (by: number) => {
    const at = order.indexOf(`step:${place.step}`);
    const next = order[Math.min(order.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
    if (next === undefined) return;
    go({ step: next.slice('step:'.length), actor: null });
    reveal(next);
  };
  useShortcuts([
    { keys: 'j', title: 'Next step', section: 'Execution', run: () => move(1) },
    { keys: 'k', title: 'Step before', section: 'Execution', run: () => move(-1) },
    { keys: '+', title: 'Closer', section: 'Graph', run: () => void flow.zoomIn({ duration: calm(150) }) },
    { keys: '-', title: 'Wider', section: 'Graph', run: () => void flow.zoomOut({ duration: calm(150) }) },
    {
      keys: '0',
      title: 'The whole graph',
      section: 'Graph',
      run: () => void flow.fitView({ ...FIT, duration: calm(200) }),
    },
  ]);

  // Where everything stands first, once: all of it where it can be read, else what is at work.
  const [start, setStart] = useState<Viewport>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: once; what comes later moves nothing
  useLayoutEffect(() => {
    const room = pane.current?.getBoundingClientRect();
    if (room !== undefined) setStart(firstView(arrangement, room, firstBox(graph, place.step)));
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: brought into sight when it is selected, not when it is drawn again
  useEffect(() => {
    if (place.step !== null && start !== undefined) reveal(`step:${place.step}`);
  }, [place.step]);

  return (
    <div ref={pane} className={styles.flow}>
      {start === undefined ? null : (
        <ReactFlow
          nodes={boxes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          defaultViewport={start}
          onNodeClick={(_, node) => {
            if (node.type === 'step') go({ step: node.id.slice('step:'.length), actor: null });
          }}
          onPaneClick={() => go({ step: null, actor: null })}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          zoomOnDoubleClick={false}
          onlyRenderVisibleElements={boxes.length > 120}
          minZoom={0.08}
          maxZoom={1.6}
          deleteKeyCode={null}
          selectionKeyCode={null}
          multiSelectionKeyCode={null}
          disableKeyboardA11y
          proOptions={{ hideAttribution: true }}
          colorMode="system"
        >
          <Background gap={24} size={1} color="var(--line)" />
          <Controls
            showInteractive={false}
            position="bottom-left"
            className={styles.controls}
            fitViewOptions={FIT}
          />
          {boxes.length > 30 ? (
            <MiniMap
              className={styles.map}
              pannable
              zoomable
              ariaLabel="Overview"
              nodeColor={(node) => `var(--tone-${(node.data as BoxData).tone}-fill)`}
              maskColor="color-mix(in srgb, var(--ground) 72%, transparent)"
              bgColor="var(--surface)"
            />
          ) : null}
        </ReactFlow>
      )}
      <ExpectedEnd graph={graph} />
    </div>
  );
}

/** As large as all of it can be read at once, from the top left; where it cannot, from the first box on. */
function firstView(
  { places }: Arrangement,
  room: { readonly width: number; readonly height: number },
  first: { readonly step: string; readonly phase: string } | undefined,
): Viewport {
  const phases = [...places].filter(([id]) => id.startsWith('phase:'));
  const width = Math.max(1, ...phases.map(([, place]) => place.x + place.width));
  const height = Math.max(1, ...phases.map(([, place]) => place.y + place.height));
  const across = room.width - MARGIN * 2;
  const down = room.height - MARGIN * 2;
  const zoom = Math.max(READABLE, Math.min(1, across / width, down / height));
  const step = first === undefined ? undefined : places.get(first.step);
  const phase = first === undefined ? undefined : places.get(first.phase);
  // No further than to what stands last, so that the room is used.
  const left = Math.min(phase?.x ?? 0, Math.max(0, width - across / zoom));
  const at = (phase?.y ?? 0) + (step?.y ?? 0);
  const isBelow = step !== undefined && (at + step.height) * zoom > down;
  const top = isBelow ? Math.min(at - down / zoom / 2, height - down / zoom) : 0;
  return { x: MARGIN - left * zoom, y: MARGIN - top * zoom, zoom };
}

const MARGIN = 28;
/** Smaller than this nothing is read. */
const READABLE = 0.8;

const ARROW = {
  type: MarkerType.ArrowClosed,
  width: 11,
  height: 11,
  markerUnits: 'userSpaceOnUse',
  color: 'var(--text-muted)',
} as const;
const EDGE_TYPES = { routed: RoutedEdge };
const NODE_TYPES = { phase: PhaseBox, step: StepBox };

function closedPhases({ nodes }: TaskGraph, chosen: ReadonlyMap<string, boolean>): ReadonlySet<string> {
  const phases = nodes.filter(({ parent }) => parent === null);
  const steps = new Map(
    phases.map(({ id, counts = {} }) => [id, Object.values(counts).reduce((sum, count) => sum + count, 0)]),
  );
  const isLarge = [...steps.values()].reduce((sum, count) => sum + count, 0) > CLOSE_OVER;
  const ids = phases.map(({ id }) => id);
  return new Set(ids.filter((id) => chosen.get(id) ?? (isLarge && (steps.get(id) ?? 0) > SMALL)));
}

/** Boxes, each the same object as long as nothing of it changes. */
function useBoxes(options: Omit<BoxesOptions, 'before'>): Node[] {
  const before = useRef<ReadonlyMap<string, Node>>(new Map());
  const { graph, arrangement, outline, closed, selected, at, toggle } = options;
  return useMemo(() => {
    const boxes = boxesOf({
      graph,
      arrangement,
      outline,
      closed,
      selected,
      at,
      toggle,
      before: before.current,
    });
    before.current = new Map(boxes.map((box) => [box.id, box]));
    return boxes;
  }, [graph, arrangement, outline, closed, selected, at, toggle]);
}

const FIT = { padding: 0.06, minZoom: 0.08, maxZoom: 1 } as const;

function calm(duration: number): number {
  return matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : duration;
}

/** The same object as long as it says the same, so that nothing is laid out anew while only states change. */
function useStable(outline: Outline): Outline {
  const kept = useRef<{ readonly text: string; readonly outline: Outline }>(undefined);
  const text = JSON.stringify(outline);
  if (kept.current?.text !== text) kept.current = { text, outline };
  return kept.current.outline;
}

/** The selected step, else one that works or needs somebody. */
function firstBox(
  { nodes }: TaskGraph,
  selected: string | null,
): { readonly step: string; readonly phase: string } | undefined {
  const steps = nodes.filter(({ parent }) => parent !== null);
  const node =
    steps.find(({ id }) => id === `step:${selected}`) ??
    steps.find(({ status }) => status === 'running' || status === 'person' || status === 'retrying') ??
    steps.find(({ status }) => status === 'failed');
  return node?.parent == null ? undefined : { step: node.id, phase: node.parent };
}

function edgesOf(outline: Outline, arrangement: Arrangement, graph: TaskGraph): Edge[] {
  const done = new Set(graph.nodes.filter(({ endedAt }) => endedAt !== null).map(({ id }) => id));
  const classOf = ({ from, isCritical }: Link) =>
    [styles.edge, isCritical ? styles.critical : '', done.has(from) ? styles.past : ''].join(' ');
  return outline.edges.map((edge) => ({
    id: edge.id,
    source: edge.from,
    target: edge.to,
    sourceHandle: 'right',
    targetHandle: 'left',
    type: 'routed',
    data: { points: arrangement.routes.get(edge.id) ?? [] },
    markerEnd: ARROW,
    focusable: false,
    zIndex: 0,
    className: classOf(edge),
  }));
}
