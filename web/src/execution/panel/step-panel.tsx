import { type ReactNode, useRef } from 'react';
import type { StepDetail } from '../../../../src/inspection/documents.ts';
import { isArtifactRef, type Json } from '../../../../src/json.ts';
import { Button } from '../../parts/button.tsx';
import { JsonTree } from '../../parts/json-tree.tsx';
import { LongText } from '../../parts/long-text.tsx';
import { ProblemText } from '../../parts/problem.tsx';
import { StatusMark } from '../../parts/status-mark.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { wordsOf } from '../../theme/tone.ts';
import { useAnswer, useExecution } from '../execution-context.ts';
import { When } from '../parts/countdown.tsx';
import { Loading } from '../parts/loading.tsx';
import { useShortIds } from '../parts/short-ids.ts';
import { usePlace } from '../place.ts';
import { AttemptList } from './attempt-list.tsx';
import { BallotList } from './ballot-list.tsx';
import { LiveText } from './live-text.tsx';
import styles from './panel.module.css';
import { WhyList } from './why-list.tsx';

type Key = 'input' | 'output' | 'error' | 'live' | 'why' | 'ballots' | 'attempts' | 'definition';

/** All about one step. */
export function StepPanel({ id }: { readonly id: string }) {
  const { place, go } = usePlace();
  const detail = useAnswer({ ask: 'step', id });
  const first = useRef<{ readonly id: string; readonly key: Key }>(undefined);
  if (detail === undefined) return <Loading lines={6} />;
  if (detail === null) {
    return (
      <div className={styles.missing}>
        <p className="muted">
          There is no step <code>{id}</code> at this position: it may come later, when its phase opens.
        </p>
      </div>
    );
  }
  // Chosen once per step: what is read does not change under the reader's eyes.
  if (first.current?.id !== id) first.current = { id, key: mostTelling(detail) };
  const tabs = tabsOf(detail);
  const shown = tabs.find(({ key }) => key === place.panel)?.key ?? first.current.key;
  return (
    <>
      <Head detail={detail} />
      <Tabs label="About the step" tabs={tabs} shown={shown} onShow={(key) => go({ panel: key })}>
        <div className={styles.tabBody}>
          <Shown detail={detail} shown={shown} />
        </div>
      </Tabs>
    </>
  );
}

function mostTelling({ status, report }: StepDetail): Key {
  if (status === 'failed') return 'error';
  if (status === 'succeeded') return 'output';
  if (status === 'running' && report.kind === 'agent') return 'live';
  if (status === 'undone' || status === 'cancelled') return report.error === null ? 'output' : 'error';
  return 'why';
}

function tabsOf({
  report,
  ballots,
  attempts,
  poll,
}: StepDetail): { readonly key: Key; readonly title: string; readonly count?: number }[] {
  const isVote = report.kind === 'consensus' || ballots.length > 0 || poll !== null;
  return [
    { key: 'input', title: 'Input' },
    { key: 'output', title: 'Output' },
    { key: 'error', title: 'Error', ...(report.error === null ? {} : { count: 1 }) },
    { key: 'live', title: 'Live' },
    { key: 'why', title: 'Why' },
    ...(isVote
      ? [{ key: 'ballots' as const, title: 'Ballots', count: ballots.filter(({ at }) => at !== null).length }]
      : []),
    { key: 'attempts', title: 'Attempts', ...(attempts.length > 0 ? { count: attempts.length } : {}) },
    { key: 'definition', title: 'Definition' },
  ];
}

function Head({ detail }: { readonly detail: StepDetail }) {
  const { place, go } = usePlace();
  const { report, status, phase, attempts } = detail;
  const shortIds = useShortIds();
  const claim = attempts.findLast(({ endedAt }) => endedAt === null);
  const most = mostAttempts(detail.definition);
  const word = wordsOf(status);
  const state = wordsOf(report.status);
  return (
    <header className={styles.head}>
      <div className={styles.titleRow}>
        <h2 className={styles.title}>{detail.title}</h2>
        <Button
          look="bare"
          aria-label="Select nothing"
          title="Select nothing (Esc)"
          onClick={() => go({ step: null, actor: null, panel: null })}
        >
          ×
        </Button>
      </div>
      <p className={styles.line}>
        <StatusMark
          status={status}
          word={state === word || status === 'succeeded' ? word : `${word} · ${state}`}
        />
      </p>
      <p className={styles.line}>
        <code>{detail.id}</code>
        <span className="muted">
          {phase} · {report.agent ?? report.kind}
        </span>
      </p>
      <p className={styles.line}>
        {report.kind !== 'agent' ? null : report.attempts === 0 ? (
          <span className="muted">not tried yet</span>
        ) : (
          <span>
            attempt {report.attempts}
            {most === null ? '' : ` of ${most}`}
          </span>
        )}
        {claim === undefined ? null : (
          <span>
            claimed by <b title={claim.host}>{shortIds(claim.host)}</b>{' '}
            <span className="muted">
              <When at={claim.claimedAt} />
            </span>
          </span>
        )}
        {report.cached ? <span className="muted">kept from before</span> : null}
        {report.completedBy === undefined ? null : <span>finished by {report.completedBy}</span>}
      </p>
      <p className={styles.headActions}>
        {place.tab === 'statechart' ? null : (
          <button
            type="button"
            className={styles.link}
            onClick={() => go({ tab: 'statechart', actor: detail.actor })}
          >
            its machine
          </button>
        )}
        {place.tab === 'log' && place.own ? null : (
          <button
            type="button"
            className={styles.link}
            onClick={() => go({ tab: 'log', own: true, text: '', types: [], refused: false })}
          >
            its{' '}
            {detail.positions.length === 1
              ? 'record'
              : `${detail.positions.length.toLocaleString('en')} records`}
          </button>
        )}
        {place.tab === 'timeline' ? null : (
          <button type="button" className={styles.link} onClick={() => go({ tab: 'timeline' })}>
            its timeline
          </button>
        )}
      </p>
    </header>
  );
}

function mostAttempts(definition: Json): number | null {
  const { retry } = (definition ?? {}) as { readonly retry?: { readonly maxAttempts?: number } };
  return retry?.maxAttempts ?? null;
}

function Shown({ detail, shown }: { readonly detail: StepDetail; readonly shown: Key }): ReactNode {
  const { can } = useExecution();
  const load = can.loadValue ?? undefined;
  const { report } = detail;
  switch (shown) {
    case 'input':
      return detail.input === null ? (
        <p className="muted">Not known yet: it is made when the step is offered.</p>
      ) : (
        <Value value={detail.input} label="input" load={load} />
      );
    case 'output':
      return report.output === null || report.output === undefined ? (
        <p className="muted">{detail.status === 'succeeded' ? 'It gave nothing.' : 'None yet.'}</p>
      ) : (
        <Value value={report.output} label="output" load={load} />
      );
    case 'error':
      return report.error === null ? (
        <p className="muted">None.</p>
      ) : (
        <>
          <ProblemText message={report.error.message} code={report.error.class} where={detail.id} />
          {report.error.details === undefined ? null : (
            <Value value={report.error.details} label="details" load={load} />
          )}
        </>
      );
    case 'live':
      return <LiveText detail={detail} />;
    case 'why':
      return detail.why.length === 0 ? (
        <p className="muted">{ended(detail)}</p>
      ) : (
        <WhyList reasons={detail.why} />
      );
    case 'ballots':
      return <BallotList detail={detail} />;
    case 'attempts':
      return <AttemptList detail={detail} />;
    case 'definition':
      return <JsonTree value={detail.definition} label="definition" depth={3} />;
  }
}

function ended({ status }: StepDetail): string {
  return status === 'pending' ? 'Its phase has not begun.' : `It has ended: ${wordsOf(status)}.`;
}

/** Text as text, whatever else as a tree. */
function Value({
  value,
  label,
  load,
}: {
  readonly value: Json;
  readonly label: string;
  readonly load: ((digest: string) => Promise<Json>) | undefined;
}) {
  const text = onlyText(value);
  if (text !== null) return <LongText text={text} />;
  if (isArtifactRef(value) && load === undefined)
    return <p className="muted">It is large ({value.bytes} bytes) and not in this file.</p>;
  return <JsonTree value={value} label={label} load={load} />;
}

function onlyText(value: Json): string | null {
  return typeof value === 'string' ? value : null;
}
