import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { tasksQuery } from '../api/queries.ts';
import { Empty } from '../parts/empty.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Problem } from '../parts/problem.tsx';
import { useShortcuts } from '../parts/shortcuts.ts';
import { Skeleton } from '../parts/skeleton.tsx';
import { StatusShape } from '../parts/status-mark.tsx';
import styles from './tasks.module.css';

/** The tasks that can be run by name. */
export default function TasksPage() {
  const [, navigate] = useLocation();
  const { data: tasks, error } = useQuery(tasksQuery);
  const [cursor, setCursor] = useState(-1);
  const list = useRef<HTMLUListElement>(null);
  const move = (by: number) => {
    const next = Math.max(0, Math.min((tasks?.length ?? 0) - 1, cursor + by));
    setCursor(next);
    list.current?.querySelectorAll('a')[next]?.focus();
  };
  useShortcuts([
    { keys: 'j', title: 'Next task', section: 'Tasks', run: () => move(1) },
    { keys: 'k', title: 'Task before', section: 'Tasks', run: () => move(-1) },
    {
      keys: 'Enter',
      title: 'Open it',
      section: 'Tasks',
      run: () => {
        const task = tasks?.[cursor];
        if (task !== undefined) navigate(`/tasks/${encodeURIComponent(task.name)}`);
      },
    },
  ]);
  return (
    <div className={styles.page}>
      <PageHead title="Tasks" detail={tasks === undefined ? null : `${tasks.length}`} />
      {error === null ? null : <Problem error={error} />}
      {tasks === undefined && error === null ? <Skeleton lines={5} /> : null}
      {tasks?.length === 0 ? (
        <Empty title="There is no task here" command="troupe init">
          Tasks are Markdown or YAML files in <code>tasks/</code>.
        </Empty>
      ) : null}
      <ul ref={list} className={styles.list}>
        {tasks?.map(({ name, version, description, file, isShipped, isValid, errors }, at) => (
          <li key={file} className={styles.task}>
            <Link
              href={`/tasks/${encodeURIComponent(name)}`}
              className={styles.name}
              onFocus={() => setCursor(at)}
            >
              {name}
            </Link>
            <span className={styles.version}>{version ?? ''}</span>
            <span className={styles.description}>{description ?? ''}</span>
            <span className={styles.file}>
              {isValid ? (
                isShipped ? (
                  'comes with Troupe'
                ) : (
                  <span className="mono">{file}</span>
                )
              ) : (
                <span className={styles.bad}>
                  <StatusShape tone="failed" size={12} />
                  {`${errors} ${errors === 1 ? 'error' : 'errors'}`}
                </span>
              )}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
