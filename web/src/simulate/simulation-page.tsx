import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import { sendJson } from '../api/request.ts';
import { Button, ButtonLink } from '../parts/button.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Problem, ProblemText } from '../parts/problem.tsx';
import { Skeleton } from '../parts/skeleton.tsx';
import { StatusMark } from '../parts/status-mark.tsx';
import table from '../parts/table.module.css';
import { TableScroll } from '../parts/table-scroll.tsx';
import { formatDuration } from '../parts/times.ts';
import type { PlaceProps } from '../routes.tsx';
import { Histogram } from './histogram.tsx';
import { type Outcome, outcomesOf, wordsOfOutcome } from './outcomes.ts';
import styles from './simulate.module.css';
import type { Results, Simulation } from './types.ts';
import { useSimulation } from './use-simulation.ts';

/** One simulation: how far it is, then what came of it. */
export default function SimulationPage({ params: { id = '' } }: PlaceProps) {
  const { simulation, problem } = useSimulation(id);
  return (
    <div className={styles.page}>
      <nav aria-label="Way back">
        <Link href="/simulate">‹ Simulate</Link>
      </nav>
      {problem === undefined ? null : <Problem error={problem} />}
      {simulation === undefined && problem === undefined ? <Skeleton lines={8} /> : null}
      {simulation === undefined ? null : <Shown key={simulation.id} simulation={simulation} />}
    </div>
  );
}

function Shown({ simulation }: { readonly simulation: Simulation }) {
  const { id, about, status, done, total, runs, campaign, error } = simulation;
  const stop = useMutation({ mutationFn: () => sendJson('DELETE', `/api/simulations/${id}`) });
  const outcomes = outcomesOf(runs);
  const completed = runs.filter(({ outcome }) => outcome === 'completed').map(({ durationMs }) => durationMs);
  const elapsed = about.fork?.elapsedMs ?? 0;
  const again =
    about.fork === null
      ? `/simulate?task=${encodeURIComponent(about.task)}`
      : `/simulate?fork=${about.fork.execution}`;
  return (
    <>
      <PageHead title={about.task} detail={detailOf(simulation)}>
        <StatusMark status={status} />
        {status === 'running' ? (
          <Button onClick={() => stop.mutate()} isBusy={stop.isPending}>
            Stop
          </Button>
        ) : (
          <ButtonLink href={again}>Simulate again</ButtonLink>
        )}
      </PageHead>
      <Progress done={done} total={total} isRunning={status === 'running'} />
      {error === null ? null : <ProblemText message={error.message} hint={error.hint} code={error.code} />}
      {about.fork === null ? null : (
        <p>
          {'Goes on from '}
          <Link href={`/executions/${about.fork.execution}`}>
            {`position ${about.fork.position} of ${about.fork.execution}`}
          </Link>
          {`, ${formatDuration(elapsed)} after its start. What agents were at work on there is offered again.`}
        </p>
      )}
      <section className={styles.box} aria-labelledby="outcomes">
        <h2 id="outcomes">Outcomes</h2>
        <Outcomes id={id} outcomes={outcomes} count={runs.length} />
      </section>
      {completed.length === 0 ? null : (
        <section className={styles.box} aria-labelledby="durations">
          <h2 id="durations">How long it takes</h2>
          <p className="muted">{leadOf(campaign, completed.length, about.fork)}</p>
          <Histogram
            durations={completed}
            marks={
              campaign?.duration
                ? [
                    { at: campaign.duration.p50, name: 'half within' },
                    { at: campaign.duration.p95, name: '95 % within' },
                  ]
                : []
            }
            label={`Durations of ${completed.length} runs that completed`}
          />
        </section>
      )}
      {campaign === null ? null : <Found id={id} campaign={campaign} />}
    </>
  );
}

function detailOf({ about }: Simulation): string {
  const faults = about.faults === 'none' ? '' : `, ${about.faults} faults`;
  const hosts = `${about.hosts} ${about.hosts === 1 ? 'host' : 'hosts'}`;
  const history = about.history === 0 ? '' : `, durations of ${about.history} past executions`;
  return `${about.runs} runs from seed ${about.seed}, ${hosts}${faults}${history}`;
}

function leadOf(campaign: Results | null, count: number, fork: Simulation['about']['fork']): string {
  const of = `Of ${count} runs that completed, from the start of the execution.`;
  if (fork === null || campaign?.duration === null || campaign === null) return of;
  const left = (ms: number) => formatDuration(Math.max(0, ms - fork.elapsedMs));
  const { p50, p95 } = campaign.duration;
  return `${of} From now it has ${left(p50)} to go in half of them, and at most ${left(p95)} in 95 of 100.`;
}

function Progress({
  done,
  total,
  isRunning,
}: {
  readonly done: number;
  readonly total: number;
  readonly isRunning: boolean;
}) {
  return (
    <div className={styles.progress} data-over={isRunning ? undefined : true}>
      <progress value={done} max={total} aria-label="Runs made" />
      <span className="muted">{`${done} of ${total} runs`}</span>
    </div>
  );
}

function Outcomes({
  id,
  outcomes,
  count,
}: {
  readonly id: string;
  readonly outcomes: readonly Outcome[];
  readonly count: number;
}) {
  if (outcomes.length === 0) return <p className="muted">The first run is being made.</p>;
  return (
    <ul className={styles.outcomes}>
      {outcomes.map(({ outcome, runs }) => (
        <li key={outcome} className={styles.outcome}>
          <StatusMark status={wordsOfOutcome(outcome).status} word={wordsOfOutcome(outcome).word} />
          <span className={styles.share} data-tone={wordsOfOutcome(outcome).status}>
            <progress value={runs.length} max={count} aria-label={`${runs.length} of ${count}`} />
          </span>
          <span
            className={styles.end}
          >{`${runs.length} · ${Math.round((runs.length / count) * 100)} %`}</span>
          <Seeds id={id} seeds={runs.map(({ seed }) => seed)} />
        </li>
      ))}
    </ul>
  );
}

const FIRST_SEEDS = 8;

/** Runs to look at, each with its log. */
function Seeds({ id, seeds }: { readonly id: string; readonly seeds: readonly number[] }) {
  const [isLong, setIsLong] = useState(false);
  const shown = isLong ? seeds : seeds.slice(0, FIRST_SEEDS);
  return (
    <span className={styles.seeds}>
      <span className="muted">seeds</span>
      {shown.map((seed) => (
        <Link key={seed} href={`/simulate/${id}/runs/${seed}`}>
          {seed}
        </Link>
      ))}
      {shown.length < seeds.length ? (
        <button type="button" className={styles.more} onClick={() => setIsLong(true)}>
          {`${seeds.length - shown.length} more`}
        </button>
      ) : null}
    </span>
  );
}

function Found({ id, campaign }: { readonly id: string; readonly campaign: Results }) {
  return (
    <>
      {campaign.standstills.length === 0 ? null : (
        <Section title="Where it stands still">
          {campaign.standstills.map(({ inWords, outcome, atMs, count, seeds }) => (
            <div key={`${outcome} ${inWords.join()}`} className={styles.found}>
              <p>
                <strong>
                  {outcome === 'deadlock'
                    ? 'Deadlock'
                    : outcome === 'waiting'
                      ? 'Waits for a person'
                      : 'Broken off'}
                </strong>
                <span className="muted">{` after ${formatDuration(atMs)}, in ${count} ${count === 1 ? 'run' : 'runs'}`}</span>
              </p>
              <p className={styles.words}>{inWords.join('\n')}</p>
              <Seeds id={id} seeds={seeds} />
            </div>
          ))}
        </Section>
      )}
      {campaign.errors.length === 0 ? null : (
        <Section title="What went wrong">
          {campaign.errors.map(({ code, message, count, seeds }) => (
            <div key={`${code} ${message}`} className={styles.found}>
              <p>
                {message} <code className="muted">{code}</code>
              </p>
              <p className="muted">{`in ${count} ${count === 1 ? 'run' : 'runs'}`}</p>
              <Seeds id={id} seeds={seeds} />
            </div>
          ))}
        </Section>
      )}
      {campaign.findings.length === 0 ? null : (
        <Section title="What should never be">
          {campaign.findings.map(({ text, seeds }) => (
            <div key={text} className={styles.found}>
              <p>{text}</p>
              <Seeds id={id} seeds={seeds} />
            </div>
          ))}
        </Section>
      )}
      <Section title="Phases">
        <TableScroll label="Phases">
          <table className={table.table}>
            <thead>
              <tr>
                <th scope="col">Phase</th>
                <th scope="col" className={table.number}>
                  On average
                </th>
                <th scope="col" className={table.number}>
                  On the critical path
                </th>
              </tr>
            </thead>
            <tbody>
              {campaign.phases.map((phase) => (
                <tr key={phase.phase}>
                  <th scope="row">{phase.phase}</th>
                  <td className={table.number}>{formatDuration(phase.meanMs)}</td>
                  <td className={table.number}>{`${Math.round(phase.onCriticalPath * 100)} %`}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableScroll>
      </Section>
      {campaign.makespan.length < 2 ? null : (
        <Section title="With fewer hosts">
          <TableScroll label="Hosts">
            <table className={table.table}>
              <thead>
                <tr>
                  <th scope="col">Hosts</th>
                  <th scope="col" className={table.number}>
                    Half within
                  </th>
                  <th scope="col" className={table.number}>
                    95 % within
                  </th>
                </tr>
              </thead>
              <tbody>
                {campaign.makespan.map(({ hosts, p50, p95 }) => (
                  <tr key={hosts}>
                    <th scope="row">{hosts}</th>
                    <td className={table.number}>{p50 === null ? '–' : formatDuration(p50)}</td>
                    <td className={table.number}>{p95 === null ? '–' : formatDuration(p95)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </TableScroll>
        </Section>
      )}
      {campaign.neverRan.length === 0 ? null : (
        <Section title="What never ran">
          <ul className={styles.plain}>
            {campaign.neverRan.map((never) => (
              <li key={`${never.phase} ${never.step}`}>
                {`${never.step ?? never.phase}: ${never.why}`}
                {never.when === undefined ? null : <code className="muted">{` ${never.when}`}</code>}
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={styles.box} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
