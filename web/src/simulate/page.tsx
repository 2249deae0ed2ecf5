import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { problemOf } from '../api/problem.ts';
import { taskQuery, tasksQuery } from '../api/queries.ts';
import { getJson, sendJson } from '../api/request.ts';
import { Ago } from '../parts/ago.tsx';
import { Button } from '../parts/button.tsx';
import { Empty } from '../parts/empty.tsx';
import { Field } from '../parts/field.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Problem } from '../parts/problem.tsx';
import { ShortId } from '../parts/short-id.tsx';
import { StatusMark } from '../parts/status-mark.tsx';
import { useQueryState } from '../parts/use-query-state.ts';
import { fieldsOf, type InputField, type InputTexts, readInput, textsOf } from '../tasks/input-fields.ts';
import { InputForm } from '../tasks/input-form.tsx';
import { problemsByField } from '../tasks/problems-by-field.ts';
import styles from './simulate.module.css';
import type { Simulation, SimulationRequest } from './types.ts';

/** Try a task, or what may become of a live execution, many times in virtual time. */
export default function SimulatePage() {
  const [read] = useQueryState();
  const fork = read('fork');
  const { data } = useQuery({
    queryKey: ['simulations'],
    queryFn: ({ signal }) =>
      getJson<{ readonly simulations: readonly Simulation[] }>('/api/simulations', signal),
    refetchInterval: 5_000,
  });
  return (
    <div className={styles.page}>
      <PageHead
        title="Simulate"
        detail="Nothing real runs: the engine works in virtual time, and agents are played."
      />
      <div className={styles.columns}>
        <section className={styles.box} aria-labelledby="what">
          <h2 id="what">{fork === undefined ? 'A task' : 'Go on with a live execution'}</h2>
          {fork === undefined ? <TaskForm /> : <ForkForm key={fork} execution={fork} />}
        </section>
        <section className={styles.box} aria-labelledby="before">
          <h2 id="before">Simulations</h2>
          {data?.simulations.length === 0 ? (
            <Empty title="There is none yet" command="troupe simulate FILE">
              They are kept as long as the server runs.
            </Empty>
          ) : null}
          <ul className={styles.list}>
            {data?.simulations.map(({ id, status, about, startedAt, done, total }) => (
              <li key={id} className={styles.row}>
                <StatusMark status={status} hasWord={false} />
                <Link href={`/simulate/${id}`}>{about.task}</Link>
                <span className="muted">
                  {about.fork === null
                    ? `${about.runs} runs`
                    : `fork of ${about.fork.execution.slice(0, 12)}`}
                </span>
                <span className={styles.end}>
                  {status === 'running' ? `${done} of ${total}` : <Ago at={startedAt} />}
                </span>
              </li>
            ))}
          </ul>
        </section>
      </div>
    </div>
  );
}

function TaskForm() {
  const [read, write] = useQueryState();
  const { data: tasks = [] } = useQuery(tasksQuery);
  const name = read('task') ?? tasks[0]?.name;
  return (
    <>
      <Field label="Task">
        {(control) => (
          <select {...control} value={name ?? ''} onChange={(event) => write({ task: event.target.value })}>
            {tasks.map((task) => (
              <option key={task.file} value={task.name}>
                {task.name}
              </option>
            ))}
          </select>
        )}
      </Field>
      {name === undefined ? null : <InputOf key={name} name={name} />}
    </>
  );
}

function InputOf({ name }: { readonly name: string }) {
  const { data: task, error } = useQuery(taskQuery(name));
  if (error !== null) return <Problem error={error} />;
  return task === undefined ? null : <HowForm task={name} fields={fieldsOf(task.requirements)} />;
}

function ForkForm({ execution }: { readonly execution: string }) {
  const [read, write] = useQueryState();
  const at = read('at') ?? '';
  return (
    <>
      <p>
        <ShortId id={execution} /> goes on from its log as it is, or as it was at a position, without touching
        it.
      </p>
      <Field
        label="Position"
        note="may be left out"
        hint="The last record that counts. Left out: all of them, from now on."
      >
        {(control) => (
          <input
            {...control}
            inputMode="numeric"
            value={at}
            onChange={(event) => write({ at: event.target.value.replace(/\D/g, '') })}
          />
        )}
      </Field>
      <HowForm fork={{ execution, ...(at === '' ? {} : { position: Number(at) }) }} fields={[]} />
    </>
  );
}

const AGENTS_EXAMPLE = `agents:
  risk-analyst:
    latency: {logNormal: {median: 5s, p95: 14s}}
    failures: {crash: 0.1}
signals:
  - {name: go, after: 2m}`;

/** How it is simulated; sends it, and goes to the result. */
function HowForm({
  task,
  fork,
  fields,
}: {
  readonly task?: string;
  readonly fork?: SimulationRequest['fork'];
  readonly fields: readonly InputField[];
}) {
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const [texts, setTexts] = useState<InputTexts>(() => textsOf(fields));
  const [wrong, setWrong] = useState<{ readonly [field: string]: string }>({});
  const [how, setHow] = useState({
    runs: '100',
    seed: '1',
    hosts: '1',
    faults: 'none',
    agents: '',
    without: '',
  });
  const [usesHistory, setUsesHistory] = useState(true);
  const start = useMutation({
    mutationFn: (request: SimulationRequest) => sendJson<Simulation>('POST', '/api/simulations', request),
    onSuccess: ({ id }) => {
      void client.invalidateQueries({ queryKey: ['simulations'] });
      navigate(`/simulate/${id}`);
    },
    onError: (failure) => setWrong(problemsByField(problemOf(failure), fields)),
  });
  const submit = () => {
    const { input, problems } = readInput(fields, texts);
    setWrong(problems);
    start.reset();
    if (Object.keys(problems).length > 0) return;
    start.mutate({
      ...(task === undefined ? {} : { task, input }),
      ...(fork === undefined ? {} : { fork }),
      runs: Number(how.runs),
      seed: Number(how.seed),
      hosts: Number(how.hosts),
      faults: how.faults,
      agents: how.agents,
      without: how.without.split(/[\s,]+/).filter((role) => role !== ''),
      usesHistory,
    });
  };
  const change = (name: keyof typeof how) => (event: { readonly target: { readonly value: string } }) =>
    setHow({ ...how, [name]: event.target.value });
  const number = (name: 'runs' | 'seed' | 'hosts', label: string, hint: string) => (
    <Field label={label} hint={hint}>
      {(control) => <input {...control} inputMode="numeric" value={how[name]} onChange={change(name)} />}
    </Field>
  );
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!start.isPending) submit();
      }}
    >
      <InputForm fields={fields} texts={texts} problems={wrong} onChange={setTexts} />
      <div className={styles.numbers}>
        {number('runs', 'Runs', 'Up to 2,000.')}
        {number('seed', 'Seed', 'Of the first run.')}
        {number('hosts', 'Hosts', 'Of agents, up to 16.')}
      </div>
      {fork === undefined ? (
        <Field label="Faults" hint="Processes that die, messages that are lost or come twice.">
          {(control) => (
            <select {...control} value={how.faults} onChange={change('faults')}>
              <option value="none">none</option>
              <option value="light">light</option>
              <option value="heavy">heavy</option>
            </select>
          )}
        </Field>
      ) : null}
      <Field
        label="How agents behave"
        note="YAML or JSON, may be left out"
        hint="A role without a script succeeds after the time that its steps took before. Signals and people's decisions stand here as well."
      >
        {(control) => (
          <textarea
            {...control}
            rows={7}
            spellCheck={false}
            className={`${control.className} mono`}
            placeholder={AGENTS_EXAMPLE}
            value={how.agents}
            onChange={change('agents')}
          />
        )}
      </Field>
      <Field label="Without" note="may be left out" hint="Agents that no host offers.">
        {(control) => <input {...control} value={how.without} onChange={change('without')} />}
      </Field>
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={usesHistory}
          onChange={(event) => setUsesHistory(event.target.checked)}
        />
        Durations as in past executions
      </label>
      {start.error !== null && Object.keys(wrong).length === 0 ? <Problem error={start.error} /> : null}
      <div>
        <Button type="submit" look="primary" isBusy={start.isPending}>
          Simulate
        </Button>
      </div>
    </form>
  );
}
