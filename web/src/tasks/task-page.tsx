import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { Json } from '../../../src/json.ts';
import { problemOf } from '../api/problem.ts';
import { taskQuery } from '../api/queries.ts';
import { sendJson } from '../api/request.ts';
import type { TaskView } from '../api/types.ts';
import { Button } from '../parts/button.tsx';
import { Field } from '../parts/field.tsx';
import { LongText } from '../parts/long-text.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Problem, ProblemText } from '../parts/problem.tsx';
import { Skeleton } from '../parts/skeleton.tsx';
import type { PlaceProps } from '../routes.tsx';
import { fieldsOf, readInput, textsOf } from './input-fields.ts';
import { InputForm } from './input-form.tsx';
import { Plan } from './plan.tsx';
import { problemsByField } from './problems-by-field.ts';
import styles from './tasks.module.css';

/** One task: what it is, how it goes, and a form to run it. */
export default function TaskPage({ params: { name = '' } }: PlaceProps) {
  const { data: task, error } = useQuery(taskQuery(name));
  return (
    <div className={styles.page}>
      <nav aria-label="Way back">
        <Link href="/tasks">‹ Tasks</Link>
      </nav>
      {error === null ? null : <Problem error={error} />}
      {task === undefined && error === null ? <Skeleton lines={5} /> : null}
      {task === undefined ? null : <Task key={task.name} task={task} />}
    </div>
  );
}

function Task({ task }: { readonly task: TaskView }) {
  return (
    <>
      <PageHead
        title={task.name}
        detail={<span className="mono">{[task.version, task.file].filter(Boolean).join(' · ')}</span>}
      />
      {task.description === null ? null : <LongText text={task.description} />}
      {task.problems.map(({ code, line, message, hint, severity }) => (
        <ProblemText
          key={`${code} ${line} ${message}`}
          message={message}
          hint={hint}
          code={`${severity} ${code}`}
          where={line === null ? task.file : `${task.file}:${line}`}
        />
      ))}
      <div className={styles.columns}>
        <section className={styles.box} aria-labelledby="run">
          <h2 id="run">Run it</h2>
          {task.isValid ? (
            <RunForm task={task} />
          ) : (
            <p className="muted">It can be run once its errors are mended.</p>
          )}
        </section>
        <section className={styles.box} aria-labelledby="plan">
          <h2 id="plan">Plan</h2>
          <Plan phases={task.phases} />
        </section>
      </div>
      <details className={styles.source}>
        <summary>File</summary>
        <LongText text={task.source} isCode />
      </details>
    </>
  );
}

function RunForm({ task }: { readonly task: TaskView }) {
  const [, navigate] = useLocation();
  const fields = fieldsOf(task.requirements);
  const [texts, setTexts] = useState(() => textsOf(fields));
  const [id, setId] = useState('');
  const [wrong, setWrong] = useState<{ readonly [field: string]: string }>({});
  const run = useMutation({
    mutationFn: (input: { readonly [field: string]: Json }) =>
      sendJson<{ readonly execution: string }>('POST', '/api/executions', {
        task: task.name,
        input,
        ...(id.trim() === '' ? {} : { id: id.trim() }),
      }),
    onSuccess: ({ execution }) => navigate(`/executions/${encodeURIComponent(execution)}`),
    onError: (failure) => setWrong(problemsByField(problemOf(failure), fields)),
  });
  const submit = () => {
    const { input, problems } = readInput(fields, texts);
    setWrong(problems);
    run.reset();
    const [first] = Object.keys(problems);
    if (first === undefined) run.mutate(input);
    else requestAnimationFrame(() => document.querySelector<HTMLElement>('[aria-invalid]')?.focus());
  };
  const isAtFields = Object.keys(wrong).length > 0;
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!run.isPending) submit();
      }}
    >
      {fields.length === 0 ? <p className="muted">It needs no input.</p> : null}
      <InputForm fields={fields} texts={texts} problems={wrong} onChange={setTexts} />
      <Field label="Id" note="may be left out" hint="The same id with the same input starts nothing twice.">
        {(control) => (
          <input {...control} type="text" value={id} onChange={(event) => setId(event.target.value)} />
        )}
      </Field>
      {run.error !== null && !isAtFields ? <Problem error={run.error} /> : null}
      <div>
        <Button type="submit" look="primary" isBusy={run.isPending}>
          Run
        </Button>
      </div>
    </form>
  );
}
