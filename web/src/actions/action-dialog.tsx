import { type ReactNode, useId } from 'react';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Problem } from '../parts/problem.tsx';

/** A dialog with one deed: a form, what went wrong with it, and the button that does it. */
export function ActionDialog({
  title,
  verb,
  isDanger = false,
  isBusy,
  reason,
  error,
  onSubmit,
  onClose,
  children,
  size,
}: {
  readonly title: string;
  readonly verb: string;
  readonly isDanger?: boolean | undefined;
  readonly isBusy: boolean;
  /** Why it cannot be sent yet. */
  readonly reason?: string | undefined;
  readonly error: unknown;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly size?: 'small' | 'large' | undefined;
}) {
  const id = useId();
  return (
    <Dialog
      title={title}
      onClose={onClose}
      size={size}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form={id}
            look={isDanger ? 'danger' : 'primary'}
            isBusy={isBusy}
            reason={reason}
          >
            {verb}
          </Button>
        </>
      }
    >
      <form
        id={id}
        style={{ display: 'grid', gap: 'var(--s3)' }}
        onSubmit={(event) => {
          event.preventDefault();
          if (reason === undefined && !isBusy) onSubmit();
        }}
      >
        {children}
        {error === null || error === undefined ? null : <Problem error={error} />}
      </form>
    </Dialog>
  );
}
