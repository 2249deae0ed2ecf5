import { useState } from 'react';
import { useLocation } from 'wouter';
import type { PendingApproval } from '../api/types.ts';
import { Button } from '../parts/button.tsx';
import { useCommands } from '../parts/commands.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Menu, type MenuItem } from '../parts/menu.tsx';
import { Problem } from '../parts/problem.tsx';
import { AbortDialog } from './abort-dialog.tsx';
import { CheckpointDialog } from './checkpoint-dialog.tsx';
import { CompleteDialog } from './complete-dialog.tsx';
import { DecideDialog } from './decide-dialog.tsx';
import styles from './execution-actions.module.css';
import { exportExecution } from './export-execution.ts';
import { type ActionKey, reasonAgainst, type Standing } from './possible.ts';
import { RerunDialog } from './rerun-dialog.tsx';
import { RollbackDialog } from './rollback-dialog.tsx';
import { useControl } from './send-control.ts';
import { SignalDialog } from './signal-dialog.tsx';
import { VoteDialog } from './vote-dialog.tsx';

interface Action {
  readonly key: ActionKey;
  readonly title: string;
  readonly isDanger?: boolean | undefined;
}

/** In the order of the menu. */
const ACTIONS: readonly Action[] = [
  { key: 'approve', title: 'Decide…' },
  { key: 'vote', title: 'Vote…' },
  { key: 'signal', title: 'Send a signal…' },
  { key: 'complete', title: 'Complete a step…' },
  { key: 'pause', title: 'Pause' },
  { key: 'resume', title: 'Resume' },
  { key: 'retry', title: 'Retry' },
  { key: 'checkpoint', title: 'Mark a checkpoint…' },
  { key: 'rerun', title: 'Run again…' },
  { key: 'rollback', title: 'Roll back…', isDanger: true },
  { key: 'abort', title: 'Abort…', isDanger: true },
];

const IN_THE_BAR: readonly ActionKey[] = ['approve', 'vote', 'signal'];

/**
 * What a person may do with an execution: the next thing as a button, the rest in a menu, all of it in the palette. What cannot be done now
 * says why. Shows what the log answered, never what it might.
 */
export function ExecutionActions({
  execution,
  status,
  possible,
  isLive,
  approvals = [],
  signals = [],
  step,
}: {
  readonly execution: string;
  readonly status: string;
  /** `Moment.possible`. */
  readonly possible: readonly string[];
  readonly isLive: boolean;
  readonly approvals?: readonly PendingApproval[] | undefined;
  /** Names of those that are waited for now. */
  readonly signals?: readonly string[] | undefined;
  /** The selected step: what dialogs begin with. */
  readonly step?: string | undefined;
}) {
  const [open, setOpen] = useState<ActionKey | undefined>();
  const [, navigate] = useLocation();
  const control = useControl(execution);
  const standing: Standing = { status, possible, isLive, approvalCount: approvals.length };
  const run = (key: ActionKey) => {
    if (key === 'pause' || key === 'resume' || key === 'retry') control.mutate({ kind: key });
    else setOpen(key);
  };
  const close = () => setOpen(undefined);
  const usable = ACTIONS.map((action) => ({ ...action, reason: reasonAgainst(action.key, standing) }));
  const exports = (['html', 'markdown', 'log'] as const).map((format) => ({
    key: `export ${format}`,
    title: EXPORTS[format],
    run: () => void exportExecution(execution, format),
  }));
  const id = encodeURIComponent(execution);
  const elsewhere = [
    { key: 'compare', title: 'Compare with another', run: () => navigate(`/compare?a=${id}`) },
    { key: 'simulate', title: 'Go on in virtual time', run: () => navigate(`/simulate?fork=${id}`) },
  ];
  useCommands([
    ...elsewhere.map(({ key, title, run: go }) => ({ id: key, title, section: 'This execution', run: go })),
    ...usable.map(({ key, title, reason }) => ({
      id: `action ${key}`,
      title,
      section: 'This execution',
      reason,
      run: () => run(key),
    })),
    ...exports.map(({ key, title, run: save }) => ({ id: key, title, section: 'This execution', run: save })),
  ]);
  const items: readonly MenuItem[] = [
    ...usable.map(({ key, title, reason, isDanger }) => ({
      key,
      title,
      reason,
      isDanger: isDanger === true && reason === undefined,
      startsGroup: key === 'pause' || key === 'checkpoint' || key === 'rollback',
      run: () => run(key),
    })),
    ...elsewhere.map((item, at) => ({ ...item, startsGroup: at === 0 })),
    ...exports.map((item, at) => ({ ...item, startsGroup: at === 0 })),
  ];
  const next = usable.filter(
    ({ key, reason }) =>
      IN_THE_BAR.includes(key) && reason === undefined && (key !== 'signal' || signals.length > 0),
  );
  const isHeld = status === 'paused' || status === 'pausing';
  const hasFailed = status === 'failed' || status === 'timedOut';
  const main = isHeld ? 'resume' : hasFailed ? 'retry' : 'pause';
  const mainReason = reasonAgainst(main, standing);
  const abortReason = reasonAgainst('abort', standing);
  return (
    <div className={styles.bar} role="toolbar" aria-label="Actions">
      {next.slice(0, 1).map(({ key, title }) => (
        <Button key={key} look="primary" onClick={() => run(key)}>
          {title.replace('…', '')}
        </Button>
      ))}
      <span className={styles.wide}>
        <Button reason={mainReason} isBusy={control.isPending} onClick={() => run(main)}>
          {MAIN[main]}
        </Button>
        <Button reason={abortReason} onClick={() => run('abort')}>
          Abort
        </Button>
      </span>
      <Menu label="More actions" items={items}>
        <svg width="16" height="16" viewBox="0 0 16 16" fill="currentColor" aria-hidden="true">
          <circle cx="3" cy="8" r="1.4" />
          <circle cx="8" cy="8" r="1.4" />
          <circle cx="13" cy="8" r="1.4" />
        </svg>
      </Menu>
      {control.error === null ? null : (
        <Dialog title="It was refused" onClose={() => control.reset()}>
          <Problem error={control.error} />
        </Dialog>
      )}
      {open === 'abort' ? <AbortDialog execution={execution} onClose={close} /> : null}
      {open === 'rollback' ? <RollbackDialog execution={execution} onClose={close} /> : null}
      {open === 'signal' ? <SignalDialog execution={execution} onClose={close} /> : null}
      {open === 'vote' ? <VoteDialog execution={execution} step={step} onClose={close} /> : null}
      {open === 'complete' ? <CompleteDialog execution={execution} step={step} onClose={close} /> : null}
      {open === 'checkpoint' ? <CheckpointDialog execution={execution} onClose={close} /> : null}
      {open === 'rerun' ? <RerunDialog execution={execution} step={step} onClose={close} /> : null}
      {open === 'approve' ? <DecideDialog approvals={approvals} onClose={close} /> : null}
    </div>
  );
}

const MAIN = { pause: 'Pause', resume: 'Resume', retry: 'Retry' } as const;

const EXPORTS = {
  html: 'Export as one HTML file',
  markdown: 'Export as Markdown',
  log: 'Export the log',
} as const;
