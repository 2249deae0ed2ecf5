import { useQuery } from '@tanstack/react-query';
import type { RefObject } from 'react';
import { tasksQuery } from '../api/queries.ts';
import { Select } from '../parts/select.tsx';
import { StatusShape } from '../parts/status-mark.tsx';
import { RANGES } from '../parts/time-range.ts';
import { toneOf, wordsOf } from '../theme/tone.ts';
import type { ListAddress } from './filter.ts';
import styles from './list-tools.module.css';

/** Statuses in the order in which a person asks for them. */
const STATUSES = [
  'running',
  'pausing',
  'paused',
  'suspended',
  'rollingBack',
  'failed',
  'timedOut',
  'unreadable',
  'aborted',
  'rolledBack',
  'completed',
];

/** What the list shows: all of it stands in the address. */
export function ListTools({
  address,
  counts,
  searchField,
  onChange,
}: {
  readonly address: ListAddress;
  readonly counts:
    | { readonly total: number; readonly byStatus: { readonly [status: string]: number } }
    | undefined;
  readonly searchField: RefObject<HTMLInputElement | null>;
  readonly onChange: (changes: { readonly [name: string]: string | undefined }) => void;
}) {
  const { data: tasks = [] } = useQuery(tasksQuery);
  const chosen = new Set(address.status?.split(',').filter((part) => part !== ''));
  const byStatus = counts?.byStatus ?? {};
  const all = Object.values(byStatus).reduce((sum, count) => sum + count, 0);
  const shown = STATUSES.filter(
    (status) => (byStatus[status] ?? 0) > 0 || chosen.has(status) || ALWAYS.has(status),
  );
  const names = [
    ...new Set([...tasks.map(({ name }) => name), ...(address.task === undefined ? [] : [address.task])]),
  ];
  const toggle = (status: string) => {
    const next = new Set(chosen);
    if (!next.delete(status)) next.add(status);
    onChange({ status: STATUSES.filter((each) => next.has(each)).join(',') });
  };
  return (
    <div className={styles.tools}>
      <fieldset className={styles.statuses}>
        <legend className="visually-hidden">Status</legend>
        <button
          type="button"
          className={styles.status}
          aria-pressed={chosen.size === 0}
          onClick={() => onChange({ status: undefined })}
        >
          All <span className={styles.count}>{counts === undefined ? '' : all.toLocaleString('en')}</span>
        </button>
        {shown.map((status) => (
          <button
            key={status}
            type="button"
            className={styles.status}
            aria-pressed={chosen.has(status)}
            onClick={() => toggle(status)}
          >
            <StatusShape tone={toneOf(status)} size={12} />
            {capital(wordsOf(status))}{' '}
            <span className={styles.count}>{(byStatus[status] ?? 0).toLocaleString('en')}</span>
          </button>
        ))}
      </fieldset>
      <div className={styles.fields}>
        <Select
          label="Task"
          value={address.task ?? ''}
          onChange={(event) => onChange({ task: event.target.value })}
        >
          <option value="">Any task</option>
          {names.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </Select>
        <Select
          label="Started"
          value={RANGES.some(({ key }) => key === address.time) ? address.time : 'all'}
          onChange={(event) =>
            onChange({ time: event.target.value === 'all' ? undefined : event.target.value })
          }
        >
          {RANGES.map(({ key, title }) => (
            <option key={key} value={key}>
              {title}
            </option>
          ))}
        </Select>
        <Select
          label="Order"
          value={address.order === 'newest' ? 'newest' : 'attention'}
          onChange={(event) => onChange({ order: event.target.value === 'newest' ? 'newest' : undefined })}
        >
          <option value="attention">Attention first</option>
          <option value="newest">Newest first</option>
        </Select>
        <input
          ref={searchField}
          type="search"
          className={styles.search}
          aria-label="Search by id or task"
          placeholder="Search id or task  /"
          value={address.search ?? ''}
          onChange={(event) => onChange({ search: event.target.value })}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            event.preventDefault();
            if (address.search === undefined) event.currentTarget.blur();
            else onChange({ search: undefined });
          }}
        />
      </div>
    </div>
  );
}

/** They keep their place, so that the bar does not move when the first one comes. */
const ALWAYS = new Set(['running', 'paused', 'failed', 'completed']);

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
