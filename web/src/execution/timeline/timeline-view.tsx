import { useEffect, useMemo, useRef, useState } from 'react';
import { LANE_STATUS, type Lanes } from '../../../../src/inspection/documents.ts';
import { Button } from '../../parts/button.tsx';
import { Empty } from '../../parts/empty.tsx';
import { useShortcuts } from '../../parts/shortcuts.ts';
import { formatDuration } from '../../parts/times.ts';
import { wordsOf } from '../../theme/tone.ts';
import { useAnswer, useExecution, useMoment } from '../execution-context.ts';
import { Loading } from '../parts/loading.tsx';
import { usePlace } from '../place.ts';
import { useSeekTime, useStrip } from '../slider/use-strip.ts';
import { Legend } from './legend.tsx';
import { useCanvasPalette } from './palette.ts';
import { PointedCard } from './pointed-card.tsx';
import { entryOf, listRows, phaseAt, type Rows } from './rows.ts';
import styles from './timeline.module.css';
import { type Pointed, TimelineCanvas } from './timeline-canvas.ts';
import { useShadow } from './use-shadow.ts';

/** Every step's life as a bar, in the plan's order. */
export default function TimelineView() {
  const lanes = useAnswer({ ask: 'lanes' });
  if (lanes === undefined) return <Loading lines={8} />;
  if (lanes.ids.length === 0) return <Empty title="No step is known yet" />;
  return <Timeline lanes={lanes} />;
}

function Timeline({ lanes }: { readonly lanes: Lanes }) {
  const { reader } = useExecution();
  const moment = useMoment();
  const { place, go } = usePlace();
  const palette = useCanvasPalette();
  const seekTime = useSeekTime();
  const { shadow, rowOf, basis } = useShadow(lanes);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [isFolded, setFolded] = useState(false);
  const [isAll, setAll] = useState(true);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const [sight, setSight] = useState({ first: 0, end: 40 });
  const rows = useMemo(() => listRows(basis, closed), [basis, closed]);
  const rowByStep = useMemo(() => new Map(basis.ids.map((id, row) => [id, row])), [basis]);
  const [headed, setHeaded] = useState<string | null>(null);
  const selected = selectedEntry(rows, rowByStep, place.step, headed);
  const canvas = useRef<HTMLCanvasElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const drawn = useRef<TimelineCanvas>(undefined);

  const pick = (entry: number) => {
    const row = rows.entries[entry];
    if (row === undefined) return;
    if (row < 0) {
      const name = rows.phases[-1 - row]?.name ?? '';
      setHeaded(name);
      setClosed((before) => toggled(before, name));
      return;
    }
    setHeaded(null);
    go({ step: basis.ids[row] ?? null, actor: null });
  };
  const move = (by: number) => {
    const next = Math.min(rows.entries.length - 1, Math.max(0, selected < 0 ? 0 : selected + by));
    const row = rows.entries[next];
    if (row === undefined) return;
    if (row < 0) setHeaded(rows.phases[-1 - row]?.name ?? null);
    else {
      setHeaded(null);
      go({ step: basis.ids[row] ?? null, actor: null });
    }
    drawn.current?.reveal(next);
  };
  const actions = useRef({ pick, seekTime });
  actions.current = { pick, seekTime };

  useEffect(() => {
    if (canvas.current === null || scroller.current === null) return;
    const timeline = new TimelineCanvas(canvas.current, scroller.current, {
      onPick: (entry) => actions.current.pick(entry),
      onSeek: (at) => actions.current.seekTime(at),
      onPoint: setPointed,
      onSight: (first, end) => setSight({ first, end }),
      onZoom: setAll,
    });
    drawn.current = timeline;
    // Read by measurements of frame times.
    Object.assign(canvas.current, { frameTimes: timeline.frameTimes });
    return () => timeline.stop();
  }, []);

  const strip = useStrip();
  const end = strip?.times.at(-1) ?? lanes.to;
  const isGrowing = moment?.isLive === true && moment.endedAt === null && reader.connection === 'live';
  useEffect(() => {
    drawn.current?.show({
      lanes,
      shadow,
      rows,
      rowOf,
      palette,
      selected,
      isFolded,
      isGrowing,
      isLive: moment?.isLive ?? true,
      at: moment?.at ?? lanes.to,
      end,
    });
  }, [lanes, shadow, rows, rowOf, palette, selected, isFolded, isGrowing, moment?.isLive, moment?.at, end]);

  // What was selected elsewhere is brought into sight, once.
  // biome-ignore lint/correctness/useExhaustiveDependencies: not each time that rows change
  useEffect(() => {
    if (selected >= 0) drawn.current?.reveal(selected);
  }, [place.step]);

  useShortcuts([
    { keys: 'j', title: 'Next step', section: 'Execution', run: () => move(1) },
    { keys: 'k', title: 'Step before', section: 'Execution', run: () => move(-1) },
    { keys: '+', title: 'Closer', section: 'Timeline', run: () => drawn.current?.zoom(0.6) },
    { keys: '-', title: 'Wider', section: 'Timeline', run: () => drawn.current?.zoom(1.7) },
    { keys: '0', title: 'All of time', section: 'Timeline', run: () => drawn.current?.zoomOut() },
    { keys: 'f', title: 'Fold idle time', section: 'Timeline', run: () => setFolded(!isFolded) },
  ]);

  const rowHeight = drawn.current?.frame().rowHeight ?? 26;
  return (
    <div className={styles.view}>
      <div className={styles.bar}>
        <Legend />
        <div className={styles.tools}>
          <label className={styles.fold}>
            <input type="checkbox" checked={isFolded} onChange={(event) => setFolded(event.target.checked)} />
            Fold idle time
          </label>
          <Button look="bare" aria-label="Wider" title="Wider (-)" onClick={() => drawn.current?.zoom(1.7)}>
            −
          </Button>
          <Button look="bare" aria-label="Closer" title="Closer (+)" onClick={() => drawn.current?.zoom(0.6)}>
            +
          </Button>
          <Button
            look="bare"
            reason={isAll ? 'All of time is shown' : undefined}
            title="All of time (0)"
            onClick={() => drawn.current?.zoomOut()}
          >
            All
          </Button>
        </div>
      </div>
      <div className={styles.box}>
        <canvas ref={canvas} className={styles.canvas} />
        <div
          ref={scroller}
          className={styles.scroller}
          role="listbox"
          aria-label="Steps in the order of the plan"
          tabIndex={0}
          aria-activedescendant={selected < 0 ? undefined : `entry-${selected}`}
          onKeyDown={(event) => {
            const by = KEYS[event.key];
            if (by !== undefined) {
              event.preventDefault();
              move(by);
            } else if (event.key === 'Enter' || event.key === ' ') {
              event.preventDefault();
              if (selected >= 0) pick(selected);
            }
          }}
        >
          <div
            className={styles.space}
            role="presentation"
            style={{ height: rows.entries.length * rowHeight + 28 + 12 }}
          >
            {shownEntries(sight, selected, rows.entries.length).map((entry) => (
              <div
                key={entry}
                id={`entry-${entry}`}
                role="option"
                tabIndex={-1}
                aria-selected={entry === selected}
                aria-setsize={rows.entries.length}
                aria-posinset={entry + 1}
                aria-label={labelOf(rows, entry, basis, lanes, rowOf)}
                className={styles.option}
                style={{ top: 28 + entry * rowHeight, height: rowHeight }}
              />
            ))}
          </div>
        </div>
        {pointed === null ? null : (
          <PointedCard pointed={pointed} rows={rows} lanes={lanes} basis={basis} rowOf={rowOf} />
        )}
      </div>
    </div>
  );
}

const KEYS: { readonly [key: string]: number } = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: 20,
  PageUp: -20,
  Home: -1e9,
  End: 1e9,
};

function selectedEntry(
  rows: Rows,
  rowByStep: ReadonlyMap<string, number>,
  step: string | null,
  headed: string | null,
): number {
  if (headed !== null) {
    const index = rows.phases.findIndex(({ name }) => name === headed);
    return index < 0 ? -1 : rows.entries.indexOf(-1 - index);
  }
  const row = step === null ? undefined : rowByStep.get(step);
  return row === undefined ? -1 : (entryOf(rows, row) ?? -1);
}

function toggled(set: ReadonlySet<string>, name: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(name)) next.add(name);
  return next;
}

/** Those in sight, and the selected one, which `aria-activedescendant` names. */
function shownEntries(
  { first, end }: { first: number; end: number },
  selected: number,
  count: number,
): number[] {
  const shown: number[] = [];
  for (let entry = first; entry < Math.min(end, count); entry++) shown.push(entry);
  if (selected >= 0 && (selected < first || selected >= end)) shown.push(selected);
  return shown;
}

function labelOf(rows: Rows, entry: number, basis: Lanes, lanes: Lanes, rowOf: Int32Array | null): string {
  const row = rows.entries[entry] as number;
  const phase = phaseAt(rows, entry);
  if (row < 0) {
    return `Phase ${phase?.name ?? ''}, ${(phase?.end ?? 0) - (phase?.first ?? 0)} steps, ${phase?.isClosed ? 'closed' : 'open'}`;
  }
  const own = rowOf === null ? row : (rowOf[row] as number);
  const status = own < 0 ? 'pending' : (LANE_STATUS[lanes.rowStatus[own] as number] ?? 'pending');
  const title = basis.names[basis.rowTitle[row] as number] ?? basis.ids[row];
  const from = own < 0 ? undefined : lanes.segmentFrom[lanes.firstSegment[own] as number];
  const length = from === undefined || own < 0 ? '' : `, ${formatDuration(endOf(lanes, own) - from)}`;
  return `${title}, ${phase?.name ?? ''}, ${wordsOf(status)}${length}`;
}

function endOf(lanes: Lanes, row: number): number {
  const last = lanes.segmentTo[(lanes.firstSegment[row + 1] as number) - 1];
  return last === undefined || Number.isNaN(last) ? lanes.to : last;
}
