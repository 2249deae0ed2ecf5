import type { ReactNode } from 'react';
import { type Place, problemOf } from '../api/problem.ts';
import styles from './problem.module.css';
import { StatusShape } from './status-mark.tsx';

/** What went wrong: message, hint, code and where. Takes anything that was thrown. */
export function Problem({ error, children }: { readonly error: unknown; readonly children?: ReactNode }) {
  const { detail, hint, code, where } = problemOf(error);
  const places = where?.map(placeText).filter((text) => text !== detail);
  return (
    <ProblemText message={detail} hint={hint} code={code} where={places?.join('\n')} action={children} />
  );
}

/** The same, of something that a log says. */
export function ProblemText({
  message,
  hint,
  code,
  where,
  action,
}: {
  readonly message: string;
  readonly hint?: string | null | undefined;
  readonly code?: string | null | undefined;
  readonly where?: string | null | undefined;
  readonly action?: ReactNode;
}) {
  return (
    <div className={styles.problem} role="alert">
      <StatusShape tone="failed" />
      <div className={styles.body}>
        <p className={styles.message}>{message}</p>
        {hint ? <p className={styles.hint}>{hint}</p> : null}
        {where ? <p className={styles.where}>{where}</p> : null}
        {code ? <p className={styles.code}>{code}</p> : null}
        {action ? <div className={styles.action}>{action}</div> : null}
      </div>
    </div>
  );
}

function placeText({ field, line, message }: Place): string {
  const place = field ?? (line === undefined ? undefined : `line ${line}`);
  return place === undefined || message.includes(place) ? message : `${place}: ${message}`;
}
