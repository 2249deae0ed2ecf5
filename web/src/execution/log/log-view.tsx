import { useEffect, useMemo, useRef, useState } from 'react';
import type { LogFilter, LogRow } from '../../../../src/inspection/documents.ts';
import { Empty } from '../../parts/empty.tsx';
import { useShortcuts } from '../../parts/shortcuts.ts';
import { formatInstant, formatTime } from '../../parts/times.ts';
import { VirtualList, type VirtualListHandle } from '../../parts/virtual-list.tsx';
import { useExecution, useMoment } from '../execution-context.ts';
import { Loading } from '../parts/loading.tsx';
import { useShortIds } from '../parts/short-ids.ts';
import { usePlace } from '../place.ts';
import styles from './log.module.css';
import { LogFilterBar } from './log-filter-bar.tsx';
import { RecordCard } from './record-card.tsx';
import { useLog } from './use-log.ts';

/** Every record as far as the position. */
export default function LogView() {
  const shortIds = useShortIds();
  const { place, go } = usePlace();
  const { reader } = useExecution();
  const moment = useMoment();
  const filter = useMemo<LogFilter>(
    () => ({
      ...(place.types.length > 0 ? { types: place.types } : {}),
      ...(place.text === '' ? {} : { text: place.text }),
      ...(place.refused ? { refused: true } : {}),
      ...(place.own && place.step !== null ? { step: place.step } : {}),
    }),
    [place.types, place.text, place.refused, place.own, place.step],
  );
  const { total, row, onShown } = useLog(filter);
  const list = useRef<VirtualListHandle>(null);
  const sight = useRef({ first: 0, last: 0 });
  const [at, setAt] = useState<number | null>(null);

  // New records come into sight as long as the end is.
  const known = useRef<number>(undefined);
  useEffect(() => {
    if (total === undefined) return;
    const wasAtEnd =
      known.current === undefined ? place.record === null : sight.current.last >= known.current - 2;
    known.current = total;
    if (wasAtEnd && total > 0) list.current?.scrollTo(total - 1);
  }, [total, place.record]);
  // A link to a record brings it into sight; with a filter its place is not known.
  const linked = useRef(Object.keys(filter).length === 0 ? place.record : null);
  useEffect(() => {
    if (total === undefined || linked.current === null) return;
    list.current?.scrollTo(Math.min(total, linked.current) - 1);
    linked.current = null;
  }, [total]);

  const select = (chosen: LogRow, where: number) => {
    setAt(where);
    go({ record: chosen.index, ...(chosen.step === null ? {} : { step: chosen.step, actor: null }) });
  };
  const move = (by: number) => {
    if (total === undefined || total === 0) return;
    const from = at ?? (by > 0 ? sight.current.first - 1 : sight.current.last + 1);
    const next = Math.min(total - 1, Math.max(0, from + by));
    const chosen = row(next);
    list.current?.scrollTo(next);
    if (chosen !== undefined) select(chosen, next);
    else setAt(next);
  };
  const seek = async (index: number) => go({ at: index >= (reader.moment?.count ?? 0) ? null : index });
  useShortcuts([
    { keys: 'j', title: 'Next record', section: 'Execution', run: () => move(1) },
    { keys: 'k', title: 'Record before', section: 'Execution', run: () => move(-1) },
    {
      keys: 'Enter',
      title: 'Everything as it was at the record',
      section: 'Log',
      run: () => {
        if (place.record !== null) void seek(place.record);
      },
    },
  ]);

  return (
    <div className={styles.view} data-has-record={place.record !== null || undefined}>
      <LogFilterBar total={total} />
      <div className={styles.rows}>
        {total === undefined ? (
          <Loading lines={10} />
        ) : total === 0 ? (
          <Empty title="No record fits the filter" />
        ) : (
          <VirtualList
            ref={list}
            label="Records"
            count={total}
            rowHeight={28}
            keyOf={(place) => place}
            onShown={(first, last) => {
              sight.current = { first, last };
              onShown(first, last);
            }}
            row={(where) => {
              const shown = row(where);
              if (shown === undefined) return <div className={styles.row} aria-busy="true" />;
              return (
                <button
                  type="button"
                  className={styles.row}
                  data-selected={shown.index === place.record || undefined}
                  data-own={(place.step !== null && shown.step === place.step) || undefined}
                  data-refused={shown.refusal !== null || undefined}
                  data-bad={BAD.has(shown.type) || undefined}
                  aria-current={shown.index === place.record || undefined}
                  onClick={() => select(shown, where)}
                  onDoubleClick={() => void seek(shown.index)}
                >
                  <span className={styles.index}>{shown.index}</span>
                  <time className={styles.time} title={formatInstant(shown.at)}>
                    {formatTime(shown.at)}
                  </time>
                  <code className={styles.type}>{shown.type}</code>
                  <span className={styles.step}>{shown.step ?? shown.phase ?? ''}</span>
                  <span className={styles.text} title={shown.text}>
                    {shown.refusal === null ? (
                      shortIds(shown.text)
                    ) : (
                      <span className={styles.refusal}>refused: {shown.refusal}</span>
                    )}
                  </span>
                </button>
              );
            }}
          />
        )}
      </div>
      {place.record === null ? null : (
        <RecordCard
          index={place.record}
          isHere={moment?.index === place.record}
          onSeek={seek}
          onClose={() => {
            setAt(null);
            go({ record: null });
          }}
        />
      )}
    </div>
  );
}

const BAD: ReadonlySet<string> = new Set([
  'step.failed',
  'claim.expired',
  'offer.failed',
  'evaluation.failed',
]);
