import { useMutation, useQueryClient } from '@tanstack/react-query';
import { sendJson } from '../api/request.ts';
import type { Control, Controlled } from '../api/types.ts';
import { tell } from '../parts/toast.tsx';

/** Sends a control and tells what the log answered. Nothing is shown as done before the log said so. */
export function useControl(execution: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (control: Control) =>
      sendJson<Controlled>('POST', `/api/executions/${encodeURIComponent(execution)}/controls`, control),
    onSuccess: ({ accepted, reason, position, status, owner }, control) => {
      const said = DONE[control.kind];
      if (!accepted) tell(`${said}: refused`, { tone: 'failed', detail: reason });
      else
        tell(`${said} (record ${position})`, {
          detail: owner === null ? `The execution is ${status}, and no living process drives it.` : undefined,
        });
      void client.invalidateQueries({ queryKey: ['approvals'] });
      void client.invalidateQueries({ queryKey: ['execution', execution] });
    },
  });
}

const DONE: { readonly [kind in Control['kind']]: string } = {
  pause: 'Pause asked for',
  resume: 'Resume asked for',
  abort: 'Abort asked for',
  rollback: 'Rollback asked for',
  retry: 'Retry asked for',
  checkpoint: 'Checkpoint asked for',
  signal: 'Signal sent',
  approve: 'Approved',
  reject: 'Rejected',
  delegate: 'Delegated',
  complete: 'Step completed',
  vote: 'Vote cast',
};
