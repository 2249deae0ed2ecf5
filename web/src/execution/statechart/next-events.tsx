import type { ActorView, ChartTransition } from '../../../../src/inspection/documents.ts';
import { wordsOf } from '../../theme/tone.ts';
import styles from './statechart.module.css';

/** What can happen from here, and what cannot, with the guard that says no. */
export function NextEvents({
  view,
  pointed,
  onPoint,
}: {
  readonly view: ActorView;
  readonly pointed: string | null;
  readonly onPoint: (transition: string | null) => void;
}) {
  const byId = new Map(view.chart.transitions.map((transition) => [transition.id, transition]));
  const last = view.last === null ? undefined : byId.get(view.last.transition);
  const listed = view.possible.flatMap((possible) => {
    const transition = byId.get(possible.transition);
    return transition === undefined ? [] : [{ ...possible, transition }];
  });
  const open = listed.filter(({ isEnabled }) => isEnabled);
  const shut = listed.filter(({ isEnabled }) => !isEnabled);
  const row = (
    { transition, failing }: { transition: ChartTransition; failing: string | null },
    isOff: boolean,
  ) => (
    <li
      key={transition.id}
      className={styles.event}
      data-off={isOff || undefined}
      data-pointed={transition.id === pointed || undefined}
      onPointerEnter={() => onPoint(transition.id)}
      onPointerLeave={() => onPoint(null)}
    >
      <code>{transition.event}</code>
      <span className={styles.target}>
        {transition.to === null || transition.to === transition.from
          ? 'stays'
          : `→ ${wordsOf(transition.to)}`}
      </span>
      {transition.guard === null ? null : <span className={styles.guard}>if {transition.guard}</span>}
      {failing === null ? null : <span className={styles.failing}>not now: {failing}</span>}
    </li>
  );
  return (
    <div className={styles.events}>
      <p className={styles.last}>
        {last === undefined ? (
          'Nothing has moved it yet.'
        ) : (
          <>
            Last: <code>{last.event}</code>{' '}
            {last.to === null
              ? `left it ${wordsOf(last.from)}`
              : `${wordsOf(last.from)} → ${wordsOf(last.to)}`}
          </>
        )}
      </p>
      <h2>Can happen next</h2>
      {open.length === 0 ? (
        <p className={styles.none}>Nothing: it has ended.</p>
      ) : (
        <ul>{open.map((each) => row(each, false))}</ul>
      )}
      {shut.length === 0 ? null : (
        <>
          <h2>Cannot happen now</h2>
          <ul>{shut.map((each) => row(each, true))}</ul>
        </>
      )}
    </div>
  );
}
