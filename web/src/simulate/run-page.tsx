import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import { NOTHING_BUT_READING } from '../execution/execution-context.ts';
import { ExecutionScreen } from '../execution/execution-screen.tsx';
import { Skeleton } from '../parts/skeleton.tsx';
import { openExecution, type Reader } from '../reader/client.ts';
import type { PlaceProps } from '../routes.tsx';
import styles from './simulate.module.css';

/** One simulated run, with the panels of any execution. */
export default function RunPage({ params: { id = '', seed = '' } }: PlaceProps) {
  const [opened, setOpened] = useState<{ readonly base: string; readonly reader: Reader }>();
  const base = `/api/simulations/${encodeURIComponent(id)}/runs/${encodeURIComponent(seed)}`;
  useEffect(() => {
    const reader = openExecution({ kind: 'simulated', base });
    setOpened({ base, reader });
    return () => reader.close();
  }, [base]);
  return (
    <div className={styles.run}>
      <p className={styles.runHead}>
        <Link href={`/simulate/${id}`}>‹ Simulation</Link>
        <span className="muted">{`Run ${seed}, simulated: times are virtual, agents are played.`}</span>
      </p>
      <div className={styles.runBody}>
        {opened?.base === base ? (
          <ExecutionScreen key={base} reader={opened.reader} can={NOTHING_BUT_READING} />
        ) : (
          <Skeleton lines={8} />
        )}
      </div>
    </div>
  );
}
