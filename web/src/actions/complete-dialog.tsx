import { useState } from 'react';
import { Field } from '../parts/field.tsx';
import { Problem } from '../parts/problem.tsx';
import { ActionDialog } from './action-dialog.tsx';
import { completableIn } from './live-steps.ts';
import { readPayload } from './payload.ts';
import { useControl } from './send-control.ts';
import { useExecution, useUser } from './use-execution.ts';

/** Finishes an open step by hand, with an output in place of its agent's. */
export function CompleteDialog({
  execution,
  step: selected,
  onClose,
}: {
  readonly execution: string;
  readonly step?: string | undefined;
  readonly onClose: () => void;
}) {
  const { live, report, error } = useExecution(execution);
  const steps = completableIn(live);
  const [chosen, setStep] = useState(selected);
  const [text, setText] = useState('');
  const step = steps.find(({ report: { id } }) => id === chosen) ?? steps[0];
  const user = useUser();
  const control = useControl(execution);
  return (
    <ActionDialog
      title="Complete a step by hand"
      verb="Complete"
      isBusy={control.isPending}
      reason={step === undefined ? 'No step is open' : undefined}
      error={control.error}
      onClose={onClose}
      onSubmit={() => {
        if (step === undefined) return;
        control.mutate(
          { kind: 'complete', step: step.report.id, output: readPayload(text), by: user },
          { onSuccess: onClose },
        );
      }}
    >
      {error ? <Problem error={error} /> : null}
      {report !== undefined && steps.length === 0 ? (
        <p>No step is open that a person could complete.</p>
      ) : null}
      <Field label="Step">
        {(field) => (
          <select {...field} value={step?.report.id ?? ''} onChange={(event) => setStep(event.target.value)}>
            {steps.map(({ phase, report: { id, title } }) => (
              <option key={id} value={id}>{`${phase}: ${title}`}</option>
            ))}
          </select>
        )}
      </Field>
      <Field
        label="Output"
        note="JSON or a text"
        hint="It counts as if the step had given it; the log says who did."
      >
        {(field) => (
          <textarea
            {...field}
            rows={6}
            spellCheck={false}
            style={{ fontFamily: 'var(--mono)', fontSize: 'var(--text-mono)' }}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
    </ActionDialog>
  );
}
