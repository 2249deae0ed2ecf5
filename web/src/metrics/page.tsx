import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense } from 'react';
import { Link } from 'wouter';
import { tasksQuery } from '../api/queries.ts';
import { getJson, pathWith } from '../api/request.ts';
import { Empty } from '../parts/empty.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Problem } from '../parts/problem.tsx';
import { Select } from '../parts/select.tsx';
import { Skeleton } from '../parts/skeleton.tsx';
import table from '../parts/table.module.css';
import { TableScroll } from '../parts/table-scroll.tsx';
import { RANGES, sinceOf } from '../parts/time-range.ts';
import { formatDuration, formatInstant } from '../parts/times.ts';
import { useQueryState } from '../parts/use-query-state.ts';
import styles from './metrics.module.css';
import type { Series } from './plot.tsx';
import { type AgentStats, type Bucket, formatCount, formatUsd, type Stats, type TaskStats } from './stats.ts';

const Plot = lazy(async () => ({ default: (await import('./plot.tsx')).Plot }));

/** Is it healthy, and where do time and money go? */
export default function MetricsPage() {
  const [read, write] = useQueryState();
  const time = read('time') ?? '24h';
  const task = read('task');
  const agent = read('agent');
  const { data: tasks = [] } = useQuery(tasksQuery);
  const { data, error } = useQuery({
    queryKey: ['stats', time, task, agent],
    queryFn: ({ signal }) =>
      getJson<Stats>(
        pathWith('/api/stats', { since: sinceOf(time, Date.now()), task, agent, buckets: 60 }),
        signal,
      ),
    refetchInterval: 10_000,
    placeholderData: keepPreviousData,
  });
  const agents = data?.agents.map((each) => each.agent) ?? [];
  const names = [...new Set([...tasks.map(({ name }) => name), ...(task === undefined ? [] : [task])])];
  return (
    <div className={styles.page}>
      <PageHead title="Metrics" detail={data === undefined ? null : `${formatInstant(data.since)} to now`}>
        <Select label="Time" value={time} onChange={(event) => write({ time: event.target.value })}>
          {RANGES.filter(({ ms }) => Number.isFinite(ms)).map(({ key, title }) => (
            <option key={key} value={key}>
              {title}
            </option>
          ))}
        </Select>
        <Select label="Task" value={task ?? ''} onChange={(event) => write({ task: event.target.value })}>
          <option value="">Any task</option>
          {names.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </Select>
        <Select label="Agent" value={agent ?? ''} onChange={(event) => write({ agent: event.target.value })}>
          <option value="">Any agent</option>
          {[...new Set([...agents, ...(agent === undefined ? [] : [agent])])].map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </Select>
      </PageHead>
      {error === null ? null : <Problem error={error} />}
      {data === undefined && error === null ? <Skeleton lines={8} /> : null}
      {data === undefined ? null : <Metrics stats={data} />}
    </div>
  );
}

function Metrics({ stats }: { readonly stats: Stats }) {
  const { totals, durations, buckets, bucketMs } = stats;
  if (totals.executions === 0) {
    return <Empty title="Nothing ran in this time">Choose a longer time, or another task.</Empty>;
  }
  const times = buckets.map(({ at }) => at);
  const column = (of: (bucket: Bucket) => number | null) => buckets.map(of);
  const failed = (bucket: Bucket) => bucket.failed + bucket.timedOut;
  const stopped = (bucket: Bucket) => bucket.aborted + bucket.rolledBack;
  const plot = (label: string, format: (value: number) => string, series: readonly Series[]) => (
    <Figure key={label} title={label} times={times} series={series} format={format}>
      <Plot
        label={`${label}; the table below it says the same`}
        times={times}
        bucketMs={bucketMs}
        series={series}
        format={format}
      />
    </Figure>
  );
  const hasFailed = (totals.byStatus.failed ?? 0) + (totals.byStatus.timedOut ?? 0);
  return (
    <>
      {stats.isComplete ? null : (
        <p className="muted">Attempts of older executions are still being counted.</p>
      )}
      <dl className={styles.facts}>
        <Fact title="Executions" value={formatCount(totals.executions)} note={`${totals.running} running`} />
        <Fact
          title="Failed"
          value={formatCount(hasFailed)}
          note={share(hasFailed, totals.executions)}
          isBad={hasFailed > 0}
        />
        <Fact
          title="Half within"
          value={durations === null ? '–' : formatDuration(durations.p50)}
          note="p50"
        />
        <Fact
          title="Nearly all within"
          value={durations === null ? '–' : formatDuration(durations.p95)}
          note="p95"
        />
        <Fact
          title="Cost"
          value={formatUsd(totals.usd)}
          note={`${formatUsd(totals.usd / totals.executions)} each`}
        />
        <Fact
          title="Tokens"
          value={formatCount(totals.tokens)}
          note={`${formatDuration(totals.workMs)} of work`}
        />
      </dl>
      <div className={styles.plots}>
        {plot('Executions', (value) => formatCount(value), [
          {
            title: 'Completed',
            color: '--tone-succeeded-fill',
            kind: 'bars',
            values: column((each) => each.completed),
          },
          { title: 'Failed', color: '--tone-failed-fill', kind: 'bars', values: column(failed) },
          { title: 'Stopped', color: '--tone-undoing-fill', kind: 'bars', values: column(stopped) },
          { title: 'Started', color: '--text-muted', kind: 'line', values: column((each) => each.started) },
        ])}
        {plot('Duration', formatDuration, [
          { title: 'p50', color: '--tone-running', kind: 'line', values: column((each) => each.p50) },
          {
            title: 'p95',
            color: '--tone-retrying',
            kind: 'line',
            isDashed: true,
            values: column((each) => each.p95),
          },
        ])}
        {plot('Cost', formatUsd, [
          { title: 'USD', color: '--tone-person-fill', kind: 'bars', values: column((each) => each.usd) },
        ])}
        {plot('Tokens', formatCount, [
          {
            title: 'Tokens',
            color: '--tone-running-fill',
            kind: 'bars',
            values: column((each) => each.tokens),
          },
        ])}
      </div>
      <Failures stats={stats} />
      <Tasks tasks={stats.tasks} />
      <Agents agents={stats.agents} />
    </>
  );
}

function Fact({
  title,
  value,
  note,
  isBad = false,
}: {
  readonly title: string;
  readonly value: string;
  readonly note: string;
  readonly isBad?: boolean;
}) {
  return (
    <div className={styles.fact}>
      <dt>{title}</dt>
      <dd>
        <span className={styles.value} data-bad={isBad || undefined}>
          {value}
        </span>
        <span className={styles.note}>{note}</span>
      </dd>
    </div>
  );
}

/** A plot and, behind it, its table: only the buckets in which something was. */
function Figure({
  title,
  times,
  series,
  format,
  children,
}: {
  readonly title: string;
  readonly times: readonly number[];
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
  readonly children: ReactNode;
}) {
  const rows = times.flatMap((at, place) => {
    const values = series.map(({ values: all }) => all[place] ?? null);
    return values.some((value) => value !== null && value !== 0) ? [{ at, values }] : [];
  });
  return (
    <figure className={styles.figure}>
      <figcaption>
        <h2>{title}</h2>
      </figcaption>
      <Suspense fallback={<div style={{ height: 196 }} />}>{children}</Suspense>
      <details className={styles.behind}>
        <summary>Table</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable with the keyboard */}
        <section className={styles.tableBox} aria-label={`${title}, table`} tabIndex={0}>
          <table className={`${table.table} ${table.dense}`} aria-label={title}>
            <thead>
              <tr>
                <th scope="col">From</th>
                {series.map((each) => (
                  <th key={each.title} scope="col" className={table.number}>
                    {each.title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ at, values }) => (
                <tr key={at}>
                  <th scope="row">{formatInstant(at)}</th>
                  {series.map((each, place) => (
                    <td key={each.title} className={table.number}>
                      {values[place] == null ? '–' : format(values[place])}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </figure>
  );
}

function Failures({ stats: { failures } }: { readonly stats: Stats }) {
  const most = Math.max(1, ...failures.map(({ count }) => count));
  return (
    <section className={styles.section} aria-labelledby="failures">
      <h2 id="failures">Failed attempts by class</h2>
      {failures.length === 0 ? <p className="muted">No attempt failed.</p> : null}
      <ul className={styles.bars}>
        {failures.map(({ class: name, count, agents }) => (
          <li key={name} className={styles.barRow}>
            <span>{name}</span>
            <span className={styles.bar} aria-hidden="true">
              <span style={{ width: `${(count / most) * 100}%` }} />
            </span>
            <span className={styles.barCount}>{formatCount(count)}</span>
            <span className={styles.barNote}>
              {agents.map((each) => `${each.agent} ${each.count}`).join(', ')}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Tasks({ tasks }: { readonly tasks: readonly TaskStats[] }) {
  return (
    <section className={styles.section}>
      <h2>By task</h2>
      <TableScroll label="By task">
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">Task</th>
              <NumberHead title="Executions" />
              <NumberHead title="Completed" />
              <NumberHead title="Failed" />
              <NumberHead title="p50" />
              <NumberHead title="p95" />
              <NumberHead title="Tokens" />
              <NumberHead title="Cost" />
            </tr>
          </thead>
          <tbody>
            {tasks.map((each) => (
              <tr key={each.task}>
                <th scope="row">
                  <Link href={`/?task=${encodeURIComponent(each.task)}`}>{each.task}</Link>
                </th>
                <td className={table.number}>{formatCount(each.executions)}</td>
                <td className={table.number}>{formatCount(each.completed)}</td>
                <td className={table.number}>{failedCell(each.failed)}</td>
                <td className={table.number}>{durationCell(each.p50)}</td>
                <td className={table.number}>{durationCell(each.p95)}</td>
                <td className={table.number}>{formatCount(each.tokens)}</td>
                <td className={table.number}>{formatUsd(each.usd)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </section>
  );
}

function Agents({ agents }: { readonly agents: readonly AgentStats[] }) {
  if (agents.length === 0) return null;
  return (
    <section className={styles.section}>
      <h2>By agent</h2>
      <TableScroll label="By agent">
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">Agent</th>
              <NumberHead title="Attempts" />
              <NumberHead title="Failed" />
              <NumberHead title="Lost" />
              <NumberHead title="Wait p50" />
              <NumberHead title="Work p50" />
              <NumberHead title="Work p95" />
              <NumberHead title="Tokens" />
              <NumberHead title="Cost" />
            </tr>
          </thead>
          <tbody>
            {agents.map((each) => (
              <tr key={each.agent}>
                <th scope="row">{each.agent}</th>
                <td className={table.number}>{formatCount(each.attempts)}</td>
                <td className={table.number}>{failedCell(each.failed)}</td>
                <td className={table.number}>{failedCell(each.lost)}</td>
                <td className={table.number}>{durationCell(each.waits?.p50 ?? null)}</td>
                <td className={table.number}>{durationCell(each.work?.p50 ?? null)}</td>
                <td className={table.number}>{durationCell(each.work?.p95 ?? null)}</td>
                <td className={table.number}>{formatCount(each.tokens)}</td>
                <td className={table.number}>{formatUsd(each.usd)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </section>
  );
}

function NumberHead({ title }: { readonly title: string }) {
  return (
    <th scope="col" className={table.number}>
      {title}
    </th>
  );
}

function failedCell(count: number): ReactNode {
  return count === 0 ? (
    <span className="muted">0</span>
  ) : (
    <span className={styles.bad}>{formatCount(count)}</span>
  );
}

function durationCell(ms: number | null): string {
  return ms === null ? '–' : formatDuration(ms);
}

function share(part: number, whole: number): string {
  if (whole === 0) return '';
  return `${((part / whole) * 100).toFixed(part / whole < 0.1 ? 1 : 0)} %`;
}
