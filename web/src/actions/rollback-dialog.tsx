import { useState } from 'react';
import { Field } from '../parts/field.tsx';
import { Problem } from '../parts/problem.tsx';
import { textAs } from './abort-dialog.tsx';
import { ActionDialog } from './action-dialog.tsx';
import { RollbackPlan, type RollbackRequest } from './rollback-plan.tsx';
import { useControl } from './send-control.ts';
import { useExecution, useUser } from './use-execution.ts';

/** Undoes what was done, back to a checkpoint, everything, or one step; its plan is shown first. */
export function RollbackDialog({
  execution,
  onClose,
}: {
  readonly execution: string;
  readonly onClose: () => void;
}) {
  const { report, error } = useExecution(execution);
  const [target, setTarget] = useState('start');
  const [afterwards, setAfterwards] = useState<'stop' | 'continue'>('stop');
  const [reason, setReason] = useState('');
  const user = useUser();
  const control = useControl(execution);
  const request = requestOf(target);
  const done =
    report?.phases.flatMap(({ steps }) => steps.filter(({ status }) => status === 'succeeded')) ?? [];
  return (
    <ActionDialog
      title="Roll back"
      verb="Roll back"
      isDanger
      size="large"
      isBusy={control.isPending}
      error={control.error}
      onClose={onClose}
      onSubmit={() =>
        control.mutate(
          {
            kind: 'rollback',
            ...(request.to === undefined ? {} : { to: request.to }),
            ...(request.step === undefined ? { afterwards } : { step: request.step }),
            ...textAs('reason', reason),
            ...textAs('by', user),
          },
          { onSuccess: onClose },
        )
      }
    >
      {error ? <Problem error={error} /> : null}
      <Field label="Back to">
        {(field) => (
          <select {...field} value={target} onChange={(event) => setTarget(event.target.value)}>
            <option value="start">the start: everything is undone</option>
            {report?.checkpoints.map(({ name }) => (
              <option key={name} value={`to ${name}`}>{`checkpoint ${name}`}</option>
            ))}
            {done.length === 0 ? null : (
              <optgroup label="One step alone">
                {done.map(({ id, title }) => (
                  <option key={id} value={`step ${id}`}>
                    {title === id ? id : `${id}: ${title}`}
                  </option>
                ))}
              </optgroup>
            )}
          </select>
        )}
      </Field>
      <RollbackPlan execution={execution} request={request} />
      {request.step === undefined ? (
        <Field label="Then">
          {(field) => (
            <select
              {...field}
              value={afterwards}
              onChange={(event) => setAfterwards(event.target.value === 'continue' ? 'continue' : 'stop')}
            >
              <option value="stop">it ends, rolled back</option>
              <option value="continue">it goes on from there</option>
            </select>
          )}
        </Field>
      ) : null}
      <Field label="Reason" note="may be left out">
        {(field) => (
          <input {...field} type="text" value={reason} onChange={(event) => setReason(event.target.value)} />
        )}
      </Field>
    </ActionDialog>
  );
}

function requestOf(target: string): RollbackRequest {
  if (target.startsWith('to ')) return { to: target.slice(3) };
  if (target.startsWith('step ')) return { step: target.slice(5) };
  return { all: true };
}
