import { type ReactNode, useId } from 'react';
import styles from './field.module.css';

/** A labelled field; `children` gets the ids that tie label, hint and problem to the control. */
export function Field({
  label,
  hint,
  problem,
  note,
  children,
}: {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  /** What is wrong with what stands in it. */
  readonly problem?: string | undefined;
  /** Small, beside the label: its type, or that it may be left out. */
  readonly note?: string | undefined;
  readonly children: (control: {
    readonly id: string;
    readonly 'aria-describedby': string | undefined;
    readonly 'aria-invalid': true | undefined;
    readonly className: string | undefined;
  }) => ReactNode;
}) {
  const id = useId();
  const described = [hint ? `${id}-hint` : '', problem === undefined ? '' : `${id}-problem`]
    .filter(Boolean)
    .join(' ');
  return (
    <div className={styles.field} data-bad={problem === undefined ? undefined : true}>
      <label htmlFor={id} className={styles.label}>
        <span>{label}</span>
        {note === undefined ? null : <span className={styles.note}>{note}</span>}
      </label>
      {children({
        id,
        'aria-describedby': described === '' ? undefined : described,
        'aria-invalid': problem === undefined ? undefined : true,
        className: styles.control,
      })}
      {hint ? (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      ) : null}
      {problem === undefined ? null : (
        <p id={`${id}-problem`} className={styles.problem} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
