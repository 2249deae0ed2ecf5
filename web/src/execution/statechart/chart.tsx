import { useEffect, useMemo, useRef, useState } from 'react';
import type { ActorView, ChartTransition, MachineChart } from '../../../../src/inspection/documents.ts';
import { Button } from '../../parts/button.tsx';
import { toneOf, wordsOf } from '../../theme/tone.ts';
import { pathOf } from '../layout/line.ts';
import { Loading } from '../parts/loading.tsx';
import { type ChartLayout, type DrawnStrand, START_BOX } from './chart-layout.ts';
import styles from './statechart.module.css';
import { useChartLayout } from './use-chart-layout.ts';

/** A machine as boxes and lines: where the actor is, how it came there, where it can go. */
export function Chart({
  view,
  pointed,
  onPoint,
}: {
  readonly view: ActorView;
  /** A transition to bring out. */
  readonly pointed: string | null;
  readonly onPoint: (transition: string | null) => void;
}) {
  const layout = useChartLayout(view.chart);
  if (layout === undefined) return <Loading lines={5} />;
  if (layout === null)
    return <p className={styles.none}>The chart cannot be laid out here; the list below says the same.</p>;
  return <Drawing view={view} layout={layout} pointed={pointed} onPoint={onPoint} />;
}

function Drawing({
  view,
  layout,
  pointed,
  onPoint,
}: {
  readonly view: ActorView;
  readonly layout: ChartLayout;
  readonly pointed: string | null;
  readonly onPoint: (transition: string | null) => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState({ width: 0, height: 0 });
  const [zoom, setZoom] = useState<number | null>(null);
  useEffect(() => {
    if (box.current === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setRoom({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  const fit = Math.min(1.15, room.width / layout.width, Math.max(room.height / layout.height, 0));
  // Smaller than this nobody reads it: then it scrolls.
  const scale = zoom ?? Math.max(0.72, fit);
  const strands = useMemo(() => sorted(layout, view, pointed), [layout, view, pointed]);

  // The state where it is stays in sight.
  useEffect(() => {
    const at = layout.boxes.get(view.state);
    const { current } = box;
    if (at === undefined || current === null) return;
    const left = (at.x + at.width / 2) * scale - current.clientWidth / 2;
    const top = (at.y + at.height / 2) * scale - current.clientHeight / 2;
    current.scrollTo({ left, top, behavior: 'auto' });
  }, [view.state, layout, scale]);

  return (
    <div className={styles.chart}>
      <section
        ref={box}
        className={styles.paper}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
        tabIndex={0}
        aria-label={`Machine ${view.chart.machine}`}
      >
        <svg
          width={layout.width * scale}
          height={layout.height * scale}
          viewBox={`0 0 ${layout.width} ${layout.height}`}
          role="img"
          aria-label={`The machine ${view.chart.machine} is ${wordsOf(view.state)}`}
        >
          <defs>
            {MARKERS.map((kind) => (
              <marker
                key={kind}
                id={`arrow-${kind}`}
                viewBox="0 0 8 8"
                refX="7"
                refY="4"
                markerWidth="8"
                markerHeight="8"
                orient="auto-start-reverse"
                markerUnits="userSpaceOnUse"
              >
                <path d="M1 1 7.5 4 1 7z" className={styles.arrow} data-kind={kind} />
              </marker>
            ))}
          </defs>
          <Start layout={layout} chart={view.chart} />
          {strands.map(({ line, kind }) => (
            <path
              key={line.strand.id}
              d={pathOf(line.points)}
              className={styles.line}
              data-kind={kind}
              markerEnd={`url(#arrow-${kind})`}
            />
          ))}
          {view.chart.states.map((state) => {
            const at = layout.boxes.get(state.id);
            if (at === undefined) return null;
            const isActive = state.id === view.state;
            const stays = view.chart.transitions.filter(
              ({ from, to }) => from === state.id && (to === null || to === from),
            ).length;
            return (
              <g
                key={state.id}
                className={styles.state}
                data-active={isActive || undefined}
                data-tone={toneOf(state.id)}
                data-final={state.tags.includes('ended') || undefined}
              >
                <title>
                  {[state.description, stays === 0 ? '' : `${stays} events leave it where it is`]
                    .filter(Boolean)
                    .join('\n')}
                </title>
                <rect x={at.x} y={at.y} width={at.width} height={at.height} rx="7" />
                {state.tags.includes('ended') ? (
                  <rect
                    className={styles.inner}
                    x={at.x + 3}
                    y={at.y + 3}
                    width={at.width - 6}
                    height={at.height - 6}
                    rx="5"
                  />
                ) : null}
                <text x={at.x + at.width / 2} y={at.y + at.height / 2 + 4.5} textAnchor="middle">
                  {wordsOf(state.id)}
                </text>
              </g>
            );
          })}
          {strands.map(({ line, kind, transitions }) => (
            <g
              key={line.strand.id}
              className={styles.label}
              data-kind={kind}
              onPointerEnter={() => onPoint(transitions[0]?.id ?? null)}
              onPointerLeave={() => onPoint(null)}
            >
              <title>{transitions.map((transition) => sentenceOf(transition, view)).join('\n')}</title>
              <rect
                x={line.label.x}
                y={line.label.y}
                width={line.label.width}
                height={line.label.height}
                rx="3"
              />
              <text x={line.label.x + line.label.width / 2} y={line.label.y + 13.5} textAnchor="middle">
                {line.strand.label[0]}
              </text>
            </g>
          ))}
        </svg>
      </section>
      <div className={styles.zoom}>
        <Button look="bare" aria-label="Smaller" onClick={() => setZoom(scale / 1.2)}>
          −
        </Button>
        <Button look="bare" aria-label="Larger" onClick={() => setZoom(scale * 1.2)}>
          +
        </Button>
        <Button look="bare" onClick={() => setZoom(zoom === fit ? null : fit)}>
          Fit
        </Button>
      </div>
    </div>
  );
}

const MARKERS = ['other', 'disabled', 'enabled', 'last', 'pointed'] as const;
type Kind = (typeof MARKERS)[number];

interface Sorted {
  readonly line: DrawnStrand;
  readonly kind: Kind;
  readonly transitions: readonly ChartTransition[];
}

/** What matters is drawn last, above the rest. */
function sorted({ lines }: ChartLayout, view: ActorView, pointed: string | null): readonly Sorted[] {
  const possible = new Map(view.possible.map((each) => [each.transition, each]));
  return lines
    .map((line) => ({ line, kind: kindOf(line), transitions: line.strand.transitions }))
    .sort((one, other) => MARKERS.indexOf(one.kind) - MARKERS.indexOf(other.kind));

  function kindOf({ strand: { transitions } }: DrawnStrand): Kind {
    const ids = transitions.map(({ id }) => id);
    if (pointed !== null && ids.includes(pointed)) return 'pointed';
    if (view.last !== null && ids.includes(view.last.transition)) return 'last';
    if (ids.some((id) => possible.get(id)?.isEnabled)) return 'enabled';
    return ids.some((id) => possible.has(id)) ? 'disabled' : 'other';
  }
}

function sentenceOf({ id, event, guard, to }: ChartTransition, view: ActorView): string {
  const failing = view.possible.find(({ transition }) => transition === id)?.failing;
  const where = to === null ? 'stays' : `→ ${wordsOf(to)}`;
  return `${event}${guard === null ? '' : ` [${guard}]`} ${where}${failing == null ? '' : ` · not now: ${failing}`}`;
}

function Start({ layout, chart }: { readonly layout: ChartLayout; readonly chart: MachineChart }) {
  const start = layout.boxes.get(START_BOX);
  const first = layout.boxes.get(chart.initial);
  if (start === undefined || first === undefined) return null;
  const x = start.x + start.width / 2;
  const y = start.y + start.height / 2;
  const isAbove = y < first.y;
  const end = isAbove ? Math.min(Math.max(x, first.x + 10), first.x + first.width - 10) : first.x;
  return (
    <g className={styles.start}>
      <circle cx={x} cy={y} r="4.5" />
      <path
        d={`M${x} ${y}L${end} ${isAbove ? first.y : first.y + first.height / 2}`}
        className={styles.line}
        data-kind="other"
        markerEnd="url(#arrow-other)"
      />
    </g>
  );
}
