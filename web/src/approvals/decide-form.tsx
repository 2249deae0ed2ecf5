import { useState } from 'react';
import { useControl } from '../actions/send-control.ts';
import { useUser } from '../actions/use-execution.ts';
import type { PendingApproval } from '../api/types.ts';
import { Button } from '../parts/button.tsx';
import { Field } from '../parts/field.tsx';
import { Problem } from '../parts/problem.tsx';
import styles from './decide-form.module.css';
import { SubjectDiff } from './subject-diff.tsx';

/** One question: what is asked and about what, and the decision. What was shown is bound to it: if it changes, the decision is refused. */
export function DecideForm({
  approval,
  onDone,
}: {
  readonly approval: PendingApproval;
  readonly onDone?: (() => void) | undefined;
}) {
  const { execution, step, question, people, subject } = approval;
  const user = useUser();
  const [name, setName] = useState<string | undefined>();
  const [comment, setComment] = useState('');
  const [to, setTo] = useState<string | undefined>();
  const control = useControl(execution);
  const by = (name ?? defaultName(user, people)).trim();
  const reason = by === '' ? 'Say in whose name' : undefined;
  const decide = (kind: 'approve' | 'reject') =>
    control.mutate(
      {
        kind,
        step,
        by,
        ...(comment.trim() === '' ? {} : { comment: comment.trim() }),
        ...(subject === undefined ? {} : { subject: subject.digest }),
      },
      { onSuccess: ({ accepted }) => accepted && onDone?.() },
    );
  const delegate = () =>
    control.mutate(
      {
        kind: 'delegate',
        step,
        by,
        to: to?.trim() ?? '',
        ...(comment.trim() === '' ? {} : { comment: comment.trim() }),
      },
      { onSuccess: ({ accepted }) => accepted && setTo(undefined) },
    );
  return (
    <div className={styles.form}>
      <p className={styles.question}>{question}</p>
      {subject === undefined ? null : <SubjectDiff approval={approval} />}
      <div className={styles.fields}>
        <Field label="Comment" note="may be left out">
          {(field) => (
            <textarea
              {...field}
              rows={2}
              value={comment}
              onChange={(event) => setComment(event.target.value)}
            />
          )}
        </Field>
        <Field label="As" hint={people === undefined ? 'Anyone may decide.' : undefined}>
          {(field) =>
            people === undefined ? (
              <input {...field} type="text" value={by} onChange={(event) => setName(event.target.value)} />
            ) : (
              <select {...field} value={by} onChange={(event) => setName(event.target.value)}>
                {by === '' ? <option value="">Choose</option> : null}
                {people.map((person) => (
                  <option key={person} value={person}>
                    {person}
                  </option>
                ))}
              </select>
            )
          }
        </Field>
      </div>
      {control.error === null ? null : <Problem error={control.error} />}
      {to === undefined ? (
        <div className={styles.buttons}>
          <Button look="primary" reason={reason} isBusy={control.isPending} onClick={() => decide('approve')}>
            Approve
          </Button>
          <Button reason={reason} isBusy={control.isPending} onClick={() => decide('reject')}>
            Reject
          </Button>
          <Button look="bare" onClick={() => setTo('')}>
            Delegate…
          </Button>
        </div>
      ) : (
        <form
          className={styles.delegate}
          onSubmit={(event) => {
            event.preventDefault();
            if (to.trim() !== '') delegate();
          }}
        >
          <Field label="To whom">
            {(field) => (
              <input {...field} type="text" value={to} onChange={(event) => setTo(event.target.value)} />
            )}
          </Field>
          <Button
            type="submit"
            look="primary"
            isBusy={control.isPending}
            reason={to.trim() === '' ? 'Say to whom' : reason}
          >
            Delegate
          </Button>
          <Button onClick={() => setTo(undefined)}>Cancel</Button>
        </form>
      )}
    </div>
  );
}

function defaultName(user: string, people: readonly string[] | undefined): string {
  if (people === undefined || people.includes(user)) return user;
  return people.length === 1 ? (people[0] ?? '') : '';
}
