import { useState } from 'react';
import type { ActorNode } from '../../../../src/inspection/documents.ts';
import { Empty } from '../../parts/empty.tsx';
import { JsonTree } from '../../parts/json-tree.tsx';
import { useShortcuts } from '../../parts/shortcuts.ts';
import { StatusMark } from '../../parts/status-mark.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { useAnswer, useExecution } from '../execution-context.ts';
import { Loading } from '../parts/loading.tsx';
import { usePlace } from '../place.ts';
import { actorRows, findActor } from './actor-rows.ts';
import { ActorTree } from './actor-tree.tsx';
import { Chart } from './chart.tsx';
import { NextEvents } from './next-events.tsx';
import styles from './statechart.module.css';

/** The machine of one actor, and the tree of all. */
export default function StatechartView() {
  const root = useAnswer({ ask: 'actors' });
  const { place, go } = usePlace();
  if (root === undefined) return <Loading lines={8} />;
  const chosen =
    (place.actor === null ? undefined : findActor(root, ({ id }) => id === place.actor)) ??
    (place.step === null ? undefined : findActor(root, ({ step }) => step === place.step)) ??
    root;
  const select = (actor: ActorNode) => go({ actor: actor.id, step: actor.step });
  return (
    <Shown
      root={root}
      chosen={chosen}
      select={select}
      isMissing={place.step !== null && chosen.step !== place.step}
    />
  );
}

function Shown({
  root,
  chosen,
  select,
  isMissing,
}: {
  readonly root: ActorNode;
  readonly chosen: ActorNode;
  readonly select: (actor: ActorNode) => void;
  /** The selected step has no actor now: another is shown. */
  readonly isMissing: boolean;
}) {
  const { can } = useExecution();
  const view = useAnswer({ ask: 'actor', id: chosen.id });
  const [pointed, setPointed] = useState<string | null>(null);
  const [below, setBelow] = useState<'next' | 'context'>('next');
  const move = (by: number) => {
    const rows = actorRows(root, { toggled: new Map(), search: '' });
    const next = rows[rows.findIndex(({ actor }) => actor.id === chosen.id) + by];
    if (next !== undefined) select(next.actor);
  };
  useShortcuts([
    { keys: 'j', title: 'Next actor', section: 'Execution', run: () => move(1) },
    { keys: 'k', title: 'Actor before', section: 'Execution', run: () => move(-1) },
  ]);
  return (
    <div className={styles.view}>
      <ActorTree root={root} selected={chosen.id} onSelect={select} />
      <div className={styles.main}>
        <p className={styles.heading}>
          <b>{chosen.title}</b>
          <span className="muted">{chosen.machine}</span>
          <StatusMark status={view?.state ?? chosen.state} />
          {isMissing ? <span className="muted">the selected step has no actor at this position</span> : null}
        </p>
        {view === undefined ? (
          <Loading lines={6} />
        ) : view === null ? (
          <Empty title="The actor is not there at this position" />
        ) : (
          <>
            <Chart view={view} pointed={pointed} onPoint={setPointed} />
            <div className={styles.below}>
              <Tabs
                label="About the actor"
                tabs={[
                  { key: 'next', title: 'What can happen' },
                  { key: 'context', title: 'What it knows' },
                ]}
                shown={below}
                onShow={setBelow}
              >
                <section
                  className={styles.scroll}
                  aria-label={below === 'next' ? 'What it takes next' : 'Context'}
                  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
                  tabIndex={0}
                >
                  {below === 'next' ? (
                    <NextEvents view={view} pointed={pointed} onPoint={setPointed} />
                  ) : (
                    <JsonTree value={view.context} label="context" load={can.loadValue ?? undefined} />
                  )}
                </section>
              </Tabs>
            </div>
          </>
        )}
      </div>
    </div>
  );
}
