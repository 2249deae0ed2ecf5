import { Link } from 'wouter';
import { Ago } from '../parts/ago.tsx';
import { StatusShape } from '../parts/status-mark.tsx';
import styles from './questions.module.css';
import { keyOf, type ShownQuestion } from './use-questions.ts';

const SHOWN = 3;

/** What waits for a person, the oldest first; the rest stands on the page of its own. */
export function Questions({ shown }: { readonly shown: readonly ShownQuestion[] }) {
  if (shown.length === 0) return null;
  const waiting = shown.filter(({ isDecided }) => !isDecided).length;
  const rest = shown.length - SHOWN;
  return (
    <section className={styles.questions} aria-labelledby="questions">
      <h2 id="questions" className={styles.title}>
        {TITLES[waiting] ?? `${waiting} questions wait for a person`}
      </h2>
      <ul>
        {shown.slice(0, SHOWN).map(({ approval, isDecided }) => (
          <li key={keyOf(approval)} className={styles.question} data-decided={isDecided || undefined}>
            <StatusShape tone={isDecided ? 'succeeded' : 'person'} />
            <Link
              href={`/approvals/${encodeURIComponent(approval.execution)}/${encodeURIComponent(approval.step)}`}
              className={styles.text}
            >
              {approval.question}
            </Link>
            <span className={styles.task}>{approval.task}</span>
            <span className={styles.time}>
              {isDecided ? (
                'decided'
              ) : approval.deadline === undefined ? (
                <>
                  asked <Ago at={approval.since} />
                </>
              ) : (
                <>
                  due <Ago at={approval.deadline} />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
      {rest <= 0 ? null : <Link href="/approvals" className={styles.rest}>{`${rest} more`}</Link>}
    </section>
  );
}

const TITLES: { readonly [count: number]: string } = {
  0: 'All questions are decided',
  1: 'One question waits for a person',
};
