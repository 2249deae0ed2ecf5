import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { ViewSource } from '../../../src/inspection/documents.ts';
import type { Json } from '../../../src/json.ts';
import { problemOf } from '../api/problem.ts';
import { sendJson } from '../api/request.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Field } from '../parts/field.tsx';
import { Problem } from '../parts/problem.tsx';
import { Skeleton } from '../parts/skeleton.tsx';
import { tell } from '../parts/toast.tsx';
import { fieldsOfSchemas, readInput, textsOf } from '../tasks/input-fields.ts';
import { InputForm } from '../tasks/input-form.tsx';
import { problemsByField } from '../tasks/problems-by-field.ts';
import { ActionDialog } from './action-dialog.tsx';
import { useExecution } from './use-execution.ts';

/** Runs it again, from the start or from a step, with the same or another input: a new execution that names this one. */
export function RerunDialog({
  execution,
  step,
  onClose,
}: {
  readonly execution: string;
  readonly step?: string | undefined;
  readonly onClose: () => void;
}) {
  const { source, error } = useExecution(execution);
  if (source !== undefined) return <RerunForm source={source} step={step} onClose={onClose} />;
  return (
    <Dialog title="Run again" onClose={onClose} size="large">
      {error ? <Problem error={error} /> : <Skeleton lines={4} />}
    </Dialog>
  );
}

function RerunForm({
  source: { execution, pinned, input: before },
  step,
  onClose,
}: {
  readonly source: ViewSource;
  readonly step: string | undefined;
  readonly onClose: () => void;
}) {
  const [, navigate] = useLocation();
  const { definition } = pinned;
  const fields = fieldsOfSchemas(definition.requirements);
  const given = isObject(before) ? before : {};
  const [from, setFrom] = useState(() => stepIn(definition.phases, step));
  const [texts, setTexts] = useState(() => textsOf(fields, given));
  const [wrong, setWrong] = useState<{ readonly [field: string]: string }>({});
  const rerun = useMutation({
    mutationFn: (body: { readonly from?: string; readonly input?: { readonly [field: string]: Json } }) =>
      sendJson<{ readonly execution: string }>(
        'POST',
        `/api/executions/${encodeURIComponent(execution)}/rerun`,
        body,
      ),
    onSuccess: ({ execution: next }) => {
      tell('Runs again as a new execution', { detail: next });
      onClose();
      navigate(`/executions/${encodeURIComponent(next)}`);
    },
    onError: (failure) => setWrong(problemsByField(problemOf(failure), fields)),
  });
  const submit = () => {
    const { input, problems } = readInput(fields, texts);
    setWrong(problems);
    if (Object.keys(problems).length > 0) return;
    const isSame = JSON.stringify(texts) === JSON.stringify(textsOf(fields, given));
    rerun.mutate({ ...(from === '' ? {} : { from }), ...(isSame ? {} : { input }) });
  };
  return (
    <ActionDialog
      title="Run again"
      verb="Run"
      size="large"
      isBusy={rerun.isPending}
      error={rerun.error}
      onClose={onClose}
      onSubmit={submit}
    >
      <p className="muted">
        A new execution of {definition.name} {definition.version}, linked to this one. This one stays as it
        is.
      </p>
      <Field label="From" hint={from === '' ? undefined : 'What came before it is taken over as it was.'}>
        {(field) => (
          <select {...field} value={from} onChange={(event) => setFrom(event.target.value)}>
            <option value="">the start</option>
            {definition.phases.map(({ name, steps }) => (
              <optgroup key={name} label={name}>
                {steps.map(({ id, title }) => (
                  <option key={id} value={id}>
                    {title}
                  </option>
                ))}
              </optgroup>
            ))}
          </select>
        )}
      </Field>
      {fields.length === 0 ? null : (
        <InputForm fields={fields} texts={texts} problems={wrong} onChange={setTexts} />
      )}
    </ActionDialog>
  );
}

function stepIn(phases: ViewSource['pinned']['definition']['phases'], run: string | undefined): string {
  if (run === undefined) return '';
  const ids = phases.flatMap(({ steps }) => steps.map(({ id }) => id));
  return ids.find((id) => id === run) ?? ids.find((id) => id === run.replace(/_\d+$/, '')) ?? '';
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
