import { useState } from 'react';
import { Field } from '../parts/field.tsx';
import { ActionDialog } from './action-dialog.tsx';
import { RollbackPlan } from './rollback-plan.tsx';
import { useControl } from './send-control.ts';
import { useUser } from './use-execution.ts';

export function AbortDialog({
  execution,
  onClose,
}: {
  readonly execution: string;
  readonly onClose: () => void;
}) {
  const [reason, setReason] = useState('');
  const [isUndone, setUndone] = useState(false);
  const user = useUser();
  const control = useControl(execution);
  return (
    <ActionDialog
      title="Abort the execution?"
      verb={isUndone ? 'Abort and undo' : 'Abort'}
      isDanger
      isBusy={control.isPending}
      error={control.error}
      onClose={onClose}
      onSubmit={() =>
        control.mutate(
          {
            kind: 'abort',
            ...textAs('reason', reason),
            ...(isUndone ? { rollback: true } : {}),
            ...textAs('by', user),
          },
          { onSuccess: onClose },
        )
      }
    >
      <p className="muted">
        What works is stopped; it cannot be gone on with. Running it again starts a new execution.
      </p>
      <Field label="Reason" note="may be left out">
        {(field) => (
          <input {...field} type="text" value={reason} onChange={(event) => setReason(event.target.value)} />
        )}
      </Field>
      <label style={{ display: 'flex', gap: 8, alignItems: 'center' }}>
        <input type="checkbox" checked={isUndone} onChange={(event) => setUndone(event.target.checked)} />
        Undo what was done first
      </label>
      {isUndone ? <RollbackPlan execution={execution} request={{ all: true }} /> : null}
    </ActionDialog>
  );
}

/** The property, when there is something in it. */
export function textAs<Name extends string>(name: Name, text: string): { readonly [key in Name]?: string } {
  return text.trim() === '' ? {} : ({ [name]: text.trim() } as { readonly [key in Name]?: string });
}
