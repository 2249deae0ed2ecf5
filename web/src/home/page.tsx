import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { countsQuery } from '../api/queries.ts';
import { Empty } from '../parts/empty.tsx';
import { Problem } from '../parts/problem.tsx';
import { useShortcuts } from '../parts/shortcuts.ts';
import { Skeleton } from '../parts/skeleton.tsx';
import { useQueryState } from '../parts/use-query-state.ts';
import { NARROW, useMedia } from '../parts/use-width.ts';
import { VirtualList, type VirtualListHandle } from '../parts/virtual-list.tsx';
import { Columns, ExecutionLine } from './execution-line.tsx';
import { filterOf, type ListAddress } from './filter.ts';
import styles from './home.module.css';
import { ListTools } from './list-tools.tsx';
import { Questions } from './questions.tsx';
import { useQuestions } from './use-questions.ts';
import { useRows } from './use-rows.ts';

/** What runs, and what needs me: questions on top, then the executions, those that want something first. */
export default function HomePage() {
  const [read, write] = useQueryState();
  const [, navigate] = useLocation();
  const isNarrow = useMedia(NARROW);
  const list = useRef<VirtualListHandle>(null);
  const searchField = useRef<HTMLInputElement>(null);
  const address: ListAddress = {
    status: read('status'),
    task: read('task'),
    search: useDeferredValue(read('search')),
    time: read('time'),
    order: read('order'),
  };
  const [readCount, setReadCount] = useState(0);
  const key = JSON.stringify(address);
  // The same while the address is; a time range moves on when the list is read again.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is all of the address
  const filter = useMemo(() => filterOf(address, Date.now()), [key, readCount]);
  const rows = useRows(filter);
  const { data: counts } = useQuery(countsQuery({ ...filter, status: undefined, order: undefined }));
  const questions = useQuestions();
  const [cursor, setCursor] = useState<number | undefined>();
  const total = rows.total ?? 0;
  const isFiltered = [address.status, address.task, address.search, filter.since].some(
    (part) => part !== undefined,
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: another list begins at its top
  useEffect(() => setCursor(undefined), [filter]);

  const move = (by: number) => {
    if (total === 0) return;
    const next = Math.min(total - 1, Math.max(0, (cursor ?? -by) + by));
    const target = cursor === undefined ? 0 : next;
    setCursor(target);
    list.current?.scrollTo(target);
  };
  const open = () => {
    const row = cursor === undefined ? undefined : rows.at(cursor);
    if (row !== undefined) navigate(`/executions/${encodeURIComponent(row.id)}`);
  };
  const refresh = () => {
    rows.refresh();
    questions.refresh();
    setReadCount(readCount + 1);
    setCursor(undefined);
    if (total > 0) list.current?.scrollTo(0);
  };
  useShortcuts([
    { keys: 'j', title: 'Next execution', section: 'List', run: () => move(1) },
    { keys: 'k', title: 'Execution before', section: 'List', run: () => move(-1) },
    { keys: 'Enter', title: 'Open it', section: 'List', run: open },
    { keys: '/', title: 'Search', section: 'List', run: () => searchField.current?.focus() },
    { keys: 'r', title: 'Read the list again', section: 'List', run: refresh },
  ]);

  const news = [
    questions.newCount === 0
      ? ''
      : `${questions.newCount} new ${questions.newCount === 1 ? 'question' : 'questions'}`,
    rows.newCount === 0 ? '' : `${rows.newCount} new`,
  ]
    .filter(Boolean)
    .join(', ');

  return (
    <div className={styles.page}>
      <h1 className="visually-hidden">Executions</h1>
      <Questions shown={questions.shown} />
      <ListTools
        address={{ ...address, search: read('search') }}
        counts={counts}
        searchField={searchField}
        onChange={write}
      />
      <div className={styles.list}>
        <Columns />
        <div className={styles.rows}>
          {rows.error === null ? null : (
            <div className={styles.message}>
              <Problem error={rows.error} />
            </div>
          )}
          {rows.total === undefined && rows.error === null ? (
            <div className={styles.message}>
              <Skeleton lines={8} />
            </div>
          ) : null}
          {rows.total === 0 ? <Nothing isFiltered={isFiltered} /> : null}
          {total > 0 ? (
            <VirtualList
              ref={list}
              label="Executions"
              count={total}
              rowHeight={isNarrow ? 60 : 36}
              keyOf={(index) => index}
              onShown={rows.show}
              row={(index) => (
                <ExecutionLine
                  row={rows.at(index)}
                  isNarrow={isNarrow}
                  isSelected={index === cursor}
                  onSelect={() => setCursor(index)}
                />
              )}
            />
          ) : null}
          <div className={styles.news} role="status">
            {news === '' ? null : (
              <button type="button" className={styles.pill} onClick={refresh}>
                {`${news} · show`}
              </button>
            )}
          </div>
        </div>
      </div>
    </div>
  );
}

function Nothing({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <Empty title="No execution fits">
        Take a filter away, or search for another part of the id or the task's name.
      </Empty>
    );
  }
  return (
    <Empty
      title="Nothing has run here yet"
      command="troupe run tasks/investment-committee-meeting.md -i ticker=SPX"
    >
      Start a task from the command line, or from Tasks (<kbd>g</kbd> <kbd>t</kbd>).
    </Empty>
  );
}
