import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import { executionsQuery } from '../api/queries.ts';
import { getJson } from '../api/request.ts';
import { Diff } from '../parts/diff.tsx';
import { Empty } from '../parts/empty.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Problem } from '../parts/problem.tsx';
import { Select } from '../parts/select.tsx';
import { ShortId } from '../parts/short-id.tsx';
import { Skeleton } from '../parts/skeleton.tsx';
import { StatusMark } from '../parts/status-mark.tsx';
import { formatDuration } from '../parts/times.ts';
import { useQueryState } from '../parts/use-query-state.ts';
import styles from './compare.module.css';
import { differenceOf, type Pair, type PhasePair, pairsOf, type StepPair, textOf } from './pairs.ts';
import type { Compared } from './types.ts';

/** Two executions side by side: what took longer, what cost more, what came out otherwise. */
export default function ComparePage() {
  const [read, write] = useQueryState();
  const [a, b] = [read('a'), read('b')];
  const one = useReport(a);
  const other = useReport(b);
  return (
    <div className={styles.page}>
      <PageHead title="Compare" detail="Two executions side by side">
        <Choose label="First" value={a} task={undefined} onChoose={(id) => write({ a: id })} />
        <Choose label="Second" value={b} task={one.data?.task} onChoose={(id) => write({ b: id })} />
      </PageHead>
      {one.error === null ? null : <Problem error={one.error} />}
      {other.error === null ? null : <Problem error={other.error} />}
      {a === undefined || b === undefined ? (
        <Empty title="Choose two executions">Best are two of the same task.</Empty>
      ) : null}
      {one.isLoading || other.isLoading ? <Skeleton lines={8} /> : null}
      {one.data === undefined || other.data === undefined ? null : <Comparison a={one.data} b={other.data} />}
    </div>
  );
}

function useReport(id: string | undefined) {
  return useQuery({
    queryKey: ['report', id],
    queryFn: ({ signal }) => getJson<Compared>(`/api/executions/${encodeURIComponent(id ?? '')}`, signal),
    enabled: id !== undefined,
    refetchInterval: (query) => (query.state.data?.durationMs === null ? 3_000 : false),
  });
}

function Choose({
  label,
  value,
  task,
  onChoose,
}: {
  readonly label: string;
  readonly value: string | undefined;
  readonly task: string | undefined;
  readonly onChoose: (id: string) => void;
}) {
  const { data } = useQuery(executionsQuery({ task, order: 'newest' }, 0));
  const rows = data?.executions ?? [];
  return (
    <Select label={label} value={value ?? ''} onChange={(event) => onChoose(event.target.value)}>
      <option value="">{`${label} execution`}</option>
      {value === undefined || rows.some(({ id }) => id === value) ? null : (
        <option value={value}>{value}</option>
      )}
      {rows.map(({ id, task: name, status }) => (
        <option key={id} value={id}>
          {`${name} · ${id.slice(0, 14)} · ${status}`}
        </option>
      ))}
    </Select>
  );
}

function Comparison({ a, b }: { readonly a: Compared; readonly b: Compared }) {
  const phases = pairsOf(a, b);
  const different = phases.flatMap(({ steps }) => steps.filter((step) => step.isDifferent));
  const [hasAll, setHasAll] = useState(false);
  const longest = Math.max(
    1,
    ...phases.flatMap((phase) => [phase.a?.durationMs ?? 0, phase.b?.durationMs ?? 0]),
  );
  return (
    <>
      <Heads a={a} b={b} />
      {a.task === b.task ? null : (
        <p className="muted">They are of two tasks; only equal names are put side by side.</p>
      )}
      <Box title="Durations">
        <p className={styles.legend}>
          <span data-of="a">first</span>
          <span data-of="b">second</span>
          <label className={styles.check}>
            <input type="checkbox" checked={hasAll} onChange={(event) => setHasAll(event.target.checked)} />
            with steps
          </label>
        </p>
        {phases.map((phase) => (
          <PhaseBars key={phase.name} phase={phase} longest={longest} hasSteps={hasAll} />
        ))}
      </Box>
      <Box title={`Steps that differ: ${different.length}`}>
        {different.length === 0 ? (
          <p className="muted">Status, attempts and outputs of all steps are the same.</p>
        ) : null}
        {different.map((step) => (
          <StepDifference key={step.name} step={step} />
        ))}
      </Box>
      <DiffBox title="Outputs" before={textOf(a.outputs)} after={textOf(b.outputs)} />
      <DiffBox title="Input" before={textOf(a.input)} after={textOf(b.input)} />
    </>
  );
}

function Heads({ a, b }: { readonly a: Compared; readonly b: Compared }) {
  return (
    <div className={styles.heads}>
      {[a, b].map((each, at) => (
        <section key={at === 0 ? 'a' : 'b'} className={styles.head} data-of={at === 0 ? 'a' : 'b'}>
          <h2>
            <Link href={`/executions/${encodeURIComponent(each.execution)}`}>{each.task}</Link>{' '}
            <span className="muted">{each.version}</span>
          </h2>
          <p className={styles.line}>
            <StatusMark status={each.status} />
            <ShortId id={each.execution} />
          </p>
          {each.error === null ? null : <p className={styles.error}>{each.error.message}</p>}
          <dl className={styles.facts}>
            <Fact
              title="Duration"
              value={lengthOf(each.durationMs)}
              note={at === 0 ? '' : differenceOf(a.durationMs, b.durationMs, formatDuration)}
            />
            <Fact
              title="Agents at work"
              value={formatDuration(each.usage.timeMs)}
              note={at === 0 ? '' : differenceOf(a.usage.timeMs, b.usage.timeMs, formatDuration)}
            />
            <Fact
              title="Cost"
              value={usd(each.usage.usd)}
              note={at === 0 ? '' : differenceOf(a.usage.usd, b.usage.usd, usd)}
            />
            <Fact
              title="Tokens"
              value={each.usage.tokens.toLocaleString('en')}
              note={
                at === 0
                  ? ''
                  : differenceOf(a.usage.tokens, b.usage.tokens, (count) => count.toLocaleString('en'))
              }
            />
          </dl>
        </section>
      ))}
    </div>
  );
}

function Fact({
  title,
  value,
  note,
}: {
  readonly title: string;
  readonly value: string;
  readonly note: string;
}) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        {value}
        {note === '' ? null : <span className="muted">{` ${note}`}</span>}
      </dd>
    </div>
  );
}

function PhaseBars({
  phase,
  longest,
  hasSteps,
}: {
  readonly phase: PhasePair;
  readonly longest: number;
  readonly hasSteps: boolean;
}) {
  return (
    <div>
      <Bars pair={phase} longest={longest} name={<strong>{phase.name}</strong>} />
      {hasSteps
        ? phase.steps.map((step) => (
            <Bars
              key={step.name}
              pair={step}
              longest={longest}
              name={<span className={styles.stepName}>{step.name}</span>}
            />
          ))
        : null}
    </div>
  );
}

function Bars({
  pair: { a, b },
  longest,
  name,
}: {
  readonly pair: Pair<{ readonly durationMs: number | null }>;
  readonly longest: number;
  readonly name: ReactNode;
}) {
  return (
    <div className={styles.bars}>
      <span className={styles.name}>{name}</span>
      <span className={styles.tracks} aria-hidden="true">
        {[a, b].map((each, at) => (
          <span key={at === 0 ? 'a' : 'b'} className={styles.track} data-of={at === 0 ? 'a' : 'b'}>
            <span style={{ width: `${(100 * (each?.durationMs ?? 0)) / longest}%` }} />
          </span>
        ))}
      </span>
      <span className={styles.times}>
        {`${lengthOf(a?.durationMs)} → ${lengthOf(b?.durationMs)}`}
        <span className={styles.difference}>
          {differenceOf(a?.durationMs, b?.durationMs, formatDuration)}
        </span>
      </span>
    </div>
  );
}

function StepDifference({ step: { name, a, b } }: { readonly step: StepPair }) {
  const outputs = [a, b].map((each) => textOf(each?.output ?? null));
  return (
    <details className={styles.step}>
      <summary>
        <span className={styles.stepName}>{name}</span>
        {[a, b].map((each, at) => (
          <span key={at === 0 ? 'a' : 'b'} className={styles.side}>
            {each === undefined ? (
              <span className="muted">not there</span>
            ) : (
              <>
                <StatusMark status={each.status} />
                <span className="muted">{`${each.attempts} ${each.attempts === 1 ? 'attempt' : 'attempts'}`}</span>
              </>
            )}
          </span>
        ))}
      </summary>
      {[a, b].map((each, at) =>
        each?.error ? (
          <p
            key={at === 0 ? 'a' : 'b'}
            className={styles.error}
          >{`${at === 0 ? 'first' : 'second'}: ${each.error.message}`}</p>
        ) : null,
      )}
      <Diff before={outputs[0] ?? ''} after={outputs[1] ?? ''} label={`Output of ${name}`} />
    </details>
  );
}

function DiffBox({
  title,
  before,
  after,
}: {
  readonly title: string;
  readonly before: string;
  readonly after: string;
}) {
  return (
    <Box title={title}>
      {before === after ? (
        <p className="muted">They are the same.</p>
      ) : (
        <Diff before={before} after={after} label={title} />
      )}
    </Box>
  );
}

function Box({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={styles.box} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function lengthOf(ms: number | null | undefined): string {
  return ms === null || ms === undefined ? '–' : formatDuration(ms);
}

function usd(value: number): string {
  return `$${value.toFixed(value < 1 ? 4 : 2)}`;
}
