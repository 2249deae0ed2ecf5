import { useState } from 'react';
import type { PendingApproval } from '../api/types.ts';
import { DecideForm } from '../approvals/decide-form.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Field } from '../parts/field.tsx';

/** The questions of one execution, to be decided where they are met. */
export function DecideDialog({
  approvals,
  onClose,
}: {
  readonly approvals: readonly PendingApproval[];
  readonly onClose: () => void;
}) {
  const [chosen, setChosen] = useState<string | undefined>();
  const approval = approvals.find(({ step }) => step === chosen) ?? approvals[0];
  return (
    <Dialog title="A decision is asked for" onClose={onClose} size="large">
      {approvals.length > 1 ? (
        <Field label="Question">
          {(field) => (
            <select {...field} value={approval?.step} onChange={(event) => setChosen(event.target.value)}>
              {approvals.map(({ step, question }) => (
                <option key={step} value={step}>
                  {question}
                </option>
              ))}
            </select>
          )}
        </Field>
      ) : null}
      {approval === undefined ? (
        <p>Nobody is asked any more.</p>
      ) : (
        <DecideForm key={approval.step} approval={approval} onDone={onClose} />
      )}
    </Dialog>
  );
}
