import { useState } from 'react';
import { Field } from '../parts/field.tsx';
import { ActionDialog } from './action-dialog.tsx';
import { useControl } from './send-control.ts';

/** Marks where the execution stands now, so that it can be rolled back to there. */
export function CheckpointDialog({
  execution,
  onClose,
}: {
  readonly execution: string;
  readonly onClose: () => void;
}) {
  const [name, setName] = useState('');
  const control = useControl(execution);
  return (
    <ActionDialog
      title="Mark a checkpoint"
      verb="Mark"
      isBusy={control.isPending}
      reason={name.trim() === '' ? 'It needs a name' : undefined}
      error={control.error}
      onClose={onClose}
      onSubmit={() => control.mutate({ kind: 'checkpoint', name: name.trim() }, { onSuccess: onClose })}
    >
      <Field label="Name" hint="A rollback can go back to it.">
        {(field) => (
          <input {...field} type="text" value={name} onChange={(event) => setName(event.target.value)} />
        )}
      </Field>
    </ActionDialog>
  );
}
