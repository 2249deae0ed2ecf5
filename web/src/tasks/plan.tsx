import type { TaskView } from '../api/types.ts';
import styles from './plan.module.css';

/** The phases in file order, what each waits for, and its steps. */
export function Plan({ phases }: { readonly phases: TaskView['phases'] }) {
  return (
    <ol className={styles.plan}>
      {phases.map(({ name, dependsOn, steps }, at) => (
        <li key={name} className={styles.phase}>
          <span className={styles.number}>{at + 1}</span>
          <div>
            <h3>
              {name}
              {dependsOn.length === 0 ? null : (
                <span className={styles.after}>{`after ${dependsOn.join(', ')}`}</span>
              )}
            </h3>
            <ul className={styles.steps}>
              {steps.map(({ id, kind, agent }) => (
                <li key={id} className={styles.step}>
                  <span className={styles.kind}>{kind}</span>
                  <span className={styles.id}>{id}</span>
                  {agent === null || agent === id ? null : <span className="muted">{agent}</span>}
                </li>
              ))}
            </ul>
          </div>
        </li>
      ))}
    </ol>
  );
}
