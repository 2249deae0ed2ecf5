import styles from './timeline.module.css';

const MEANINGS = ['waiting', 'claimed', 'running', 'backoff', 'person'] as const;
const WORDS: { readonly [kind: string]: string } = {
  waiting: 'waits',
  claimed: 'claimed',
  running: 'works',
  backoff: 'before the next try',
  person: 'a person',
};

/** What the bars mean. */
export function Legend() {
  return (
    <ul className={styles.legend} aria-label="What the bars mean">
      {MEANINGS.map((kind) => (
        <li key={kind}>
          <span className={styles.sample} data-kind={kind} aria-hidden="true" />
          {WORDS[kind]}
        </li>
      ))}
    </ul>
  );
}
