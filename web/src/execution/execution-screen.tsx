import { lazy, Suspense, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { ApiProblem } from '../api/problem.ts';
import { Problem } from '../parts/problem.tsx';
import { useShortcuts } from '../parts/shortcuts.ts';
import { Tabs } from '../parts/tabs.tsx';
import type { Reader } from '../reader/client.ts';
import styles from './execution.module.css';
import { type Capabilities, ExecutionProvider, useExecution, useMoment } from './execution-context.ts';
import { Overview } from './panel/overview.tsx';
import { StepPanel } from './panel/step-panel.tsx';
import { Boundary } from './parts/boundary.tsx';
import { Loading } from './parts/loading.tsx';
import { AddressPlace, PlaceProvider, type Tab, usePlace } from './place.ts';
import { Slider } from './slider/slider.tsx';
import { StatusLine } from './status-line.tsx';

const LOADS = {
  graph: () => import('./graph/graph-view.tsx'),
  timeline: () => import('./timeline/timeline-view.tsx'),
  statechart: () => import('./statechart/statechart-view.tsx'),
  log: () => import('./log/log-view.tsx'),
  provenance: () => import('./provenance/provenance-view.tsx'),
} as const;

const VIEWS = {
  graph: lazy(LOADS.graph),
  timeline: lazy(LOADS.timeline),
  statechart: lazy(LOADS.statechart),
  log: lazy(LOADS.log),
  provenance: lazy(LOADS.provenance),
} as const;

const TITLES: readonly { readonly key: Tab; readonly title: string }[] = [
  { key: 'graph', title: 'Graph' },
  { key: 'timeline', title: 'Timeline' },
  { key: 'statechart', title: 'Statechart' },
  { key: 'log', title: 'Log' },
  { key: 'provenance', title: 'Provenance' },
];

/**
 * One execution, at any position. It needs nothing but a reader: what asks a server stands in `can`, and is absent from exports and
 * simulated runs.
 */
export function ExecutionScreen({ reader, can }: { readonly reader: Reader; readonly can: Capabilities }) {
  const [address] = useState(() => new AddressPlace(location.protocol === 'file:'));
  return (
    <PlaceProvider value={address}>
      <ExecutionProvider value={{ reader, can }}>
        <Screen />
      </ExecutionProvider>
    </PlaceProvider>
  );
}

function Screen() {
  const { reader, can } = useExecution();
  const moment = useMoment();
  const failure = useSyncExternalStore(reader.subscribe, () => reader.failure);
  const { place, go } = usePlace();
  const [hasPanel, setPanel] = useState(true);
  const [isSheetOpen, setSheetOpen] = useState(place.step !== null);
  const isFirst = useRef(true);

  useEffect(() => reader.seek(place.at), [reader, place.at]);
  // The view comes while the log is read; whether it came is told where it is drawn.
  useEffect(() => void LOADS[place.tab]().catch(() => undefined), [place.tab]);
  // On a narrow page the sheet rises when something is selected.
  useEffect(() => {
    if (isFirst.current) isFirst.current = false;
    else setSheetOpen(place.step !== null);
  }, [place.step]);
  useEffect(() => {
    if (moment !== undefined) document.title = `${moment.task} · ${moment.status} · Troupe`;
  }, [moment?.task, moment?.status, moment]);

  useShortcuts([
    ...TITLES.map(({ key, title }, number) => ({
      keys: String(number + 1),
      title,
      section: 'Execution',
      run: () => go({ tab: key }),
    })),
    {
      keys: 'Escape',
      title: 'Select nothing',
      section: 'Execution',
      run: () => go({ step: null, actor: null, record: null }),
    },
    { keys: 'p', title: 'Panel of the selection', section: 'Execution', run: () => setPanel(!hasPanel) },
    {
      keys: 'Enter',
      title: 'Panel of the selection',
      section: 'Execution',
      run: () => {
        setPanel(true);
        setSheetOpen(true);
      },
    },
  ]);

  if (moment === undefined) {
    return (
      <div className={styles.alone}>
        <h1 className="visually-hidden">Execution</h1>
        {failure === undefined ? <Reading /> : <Problem error={new ApiProblem(failure)} />}
      </div>
    );
  }
  const View = VIEWS[place.tab];
  return (
    <div className={styles.screen} data-panel={hasPanel || undefined}>
      <StatusLine moment={moment} onDetails={() => setSheetOpen(true)} />
      {failure === undefined ? null : (
        <div className={styles.failure}>
          <Problem error={new ApiProblem(failure)} />
        </div>
      )}
      <div className={styles.tabs}>
        <Tabs
          label="Views"
          tabs={TITLES}
          shown={place.tab}
          onShow={(tab) => go({ tab })}
          extra={can.actions === null ? undefined : can.actions({ moment, step: place.step })}
        >
          <div className={styles.main}>
            <div className={styles.view}>
              <Boundary again={`${place.tab} ${place.at} ${place.step} ${moment.position}`}>
                <Suspense fallback={<Loading lines={6} />}>
                  <View />
                </Suspense>
              </Boundary>
            </div>
            <aside className={styles.panel} data-open={isSheetOpen || undefined} aria-label="Selection">
              <button
                type="button"
                className={styles.handle}
                aria-label="Close the sheet"
                onClick={() => setSheetOpen(false)}
              >
                <span />
              </button>
              <div className={styles.panelBody}>
                <Boundary again={`${place.at} ${place.step} ${moment.position}`}>
                  {place.step === null ? <Overview moment={moment} /> : <StepPanel id={place.step} />}
                </Boundary>
              </div>
            </aside>
          </div>
        </Tabs>
      </div>
      <Slider />
    </div>
  );
}

/** Until the first record is folded: how far the log was read, where that takes long. */
function Reading() {
  const { reader } = useExecution();
  const read = useSyncExternalStore(reader.subscribe, () => reader.read);
  return (
    <>
      <Loading lines={8} />
      {read === undefined || read.end === 0 ? null : (
        <p className="muted" role="status">
          Read to position {read.position.toLocaleString('en')} of {read.end.toLocaleString('en')}
        </p>
      )}
    </>
  );
}
