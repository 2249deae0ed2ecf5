import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Link, useLocation } from 'wouter';
import { approvalsQuery } from '../api/queries.ts';
import type { PendingApproval } from '../api/types.ts';
import { Ago } from '../parts/ago.tsx';
import { Empty } from '../parts/empty.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Problem } from '../parts/problem.tsx';
import { ShortId } from '../parts/short-id.tsx';
import { useShortcuts } from '../parts/shortcuts.ts';
import { Skeleton } from '../parts/skeleton.tsx';
import { StatusShape } from '../parts/status-mark.tsx';
import { NARROW, useMedia } from '../parts/use-width.ts';
import type { PlaceProps } from '../routes.tsx';
import styles from './approvals.module.css';
import { DecideForm } from './decide-form.tsx';

/** What people are asked: the questions, and the one that is looked at. */
export default function ApprovalsPage({ params: { execution, step } }: PlaceProps) {
  const [, navigate] = useLocation();
  const isNarrow = useMedia(NARROW);
  const { data: approvals, error } = useQuery(approvalsQuery);
  const at = approvals?.findIndex((each) => each.execution === execution && each.step === step) ?? -1;
  const selected = approvals?.[at];
  const first = approvals?.[0];

  // Where there is room for both, the oldest question is open by itself.
  useEffect(() => {
    if (execution === undefined && first !== undefined && !isNarrow)
      navigate(addressOf(first), { replace: true });
  }, [execution, first, isNarrow, navigate]);

  const go = (to: number) => {
    const target = approvals?.[Math.max(0, Math.min(to, approvals.length - 1))];
    if (target !== undefined) navigate(addressOf(target));
  };
  useShortcuts([
    { keys: 'j', title: 'Next question', section: 'Approvals', run: () => go(at + 1) },
    { keys: 'k', title: 'Question before', section: 'Approvals', run: () => go(at - 1) },
  ]);

  const isList = !isNarrow || execution === undefined;
  const isDetail = execution !== undefined;
  return (
    <div className={styles.page}>
      {isList ? (
        <section className={styles.list} aria-label="Questions">
          <div className={styles.head}>
            <PageHead
              title="Approvals"
              detail={approvals === undefined ? null : `${approvals.length} waiting`}
            />
          </div>
          {error === null ? null : <Problem error={error} />}
          {approvals === undefined && error === null ? <Skeleton lines={4} /> : null}
          {approvals?.length === 0 ? (
            <Empty title="Nobody is asked anything" command="- approval: Publish it?">
              A step of this kind in a task asks a person, and waits for the answer.
            </Empty>
          ) : null}
          <ul>
            {approvals?.map((approval) => (
              <li key={addressOf(approval)}>
                <Question approval={approval} isSelected={approval === selected} />
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {isDetail ? (
        <section className={styles.detail} aria-label="The question">
          {isNarrow ? (
            <Link href="/approvals" className={styles.back}>
              ‹ All questions
            </Link>
          ) : null}
          {selected === undefined && approvals !== undefined ? (
            <Empty title="This question is decided, or nobody asks it any more">
              <Link href={`/executions/${encodeURIComponent(execution)}`}>Look at its execution</Link>
            </Empty>
          ) : null}
          {selected === undefined ? null : <Detail approval={selected} />}
        </section>
      ) : null}
    </div>
  );
}

function Question({
  approval,
  isSelected,
}: {
  readonly approval: PendingApproval;
  readonly isSelected: boolean;
}) {
  const { question, task, phase, since, deadline } = approval;
  return (
    <Link
      href={addressOf(approval)}
      className={styles.question}
      aria-current={isSelected ? 'true' : undefined}
    >
      <StatusShape tone="person" />
      <span className={styles.text}>{question}</span>
      <span className={styles.about}>{`${task} · ${phase}`}</span>
      <span className={styles.when}>
        {deadline === undefined ? (
          <>
            asked <Ago at={since} />
          </>
        ) : (
          <>
            due <Ago at={deadline} />
          </>
        )}
      </span>
    </Link>
  );
}

function Detail({ approval }: { readonly approval: PendingApproval }) {
  const { execution, step, task, phase, since, deadline, approvers, escalated, voids, reminders } = approval;
  const notes = [
    escalated ? 'escalated' : '',
    reminders === 0 ? '' : `reminded ${reminders} ${reminders === 1 ? 'time' : 'times'}`,
    voids === 0 ? '' : `${voids} ${voids === 1 ? 'approval' : 'approvals'} void, since it had changed`,
  ].filter(Boolean);
  return (
    <>
      <dl className={styles.facts}>
        <div>
          <dt>Execution</dt>
          <dd>
            <Link href={`/executions/${encodeURIComponent(execution)}`}>{task}</Link>{' '}
            <ShortId id={execution} />
          </dd>
        </div>
        <div>
          <dt>Step</dt>
          <dd>
            {phase} · <code>{step}</code>
          </dd>
        </div>
        <div>
          <dt>Asked</dt>
          <dd>
            <Ago at={since} />
          </dd>
        </div>
        <div>
          <dt>Due</dt>
          <dd>{deadline === undefined ? 'no deadline' : <Ago at={deadline} />}</dd>
        </div>
        <div>
          <dt>Approvers</dt>
          <dd>{approvers?.join(', ') ?? 'anyone'}</dd>
        </div>
        {notes.length === 0 ? null : (
          <div>
            <dt>So far</dt>
            <dd>{notes.join(', ')}</dd>
          </div>
        )}
      </dl>
      <DecideForm key={addressOf(approval)} approval={approval} />
    </>
  );
}

function addressOf({ execution, step }: Pick<PendingApproval, 'execution' | 'step'>): string {
  return `/approvals/${encodeURIComponent(execution)}/${encodeURIComponent(step)}`;
}
