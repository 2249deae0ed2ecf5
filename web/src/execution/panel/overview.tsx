import { type ReactNode, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react';
import { Link } from 'wouter';
import type { Moment } from '../../../../src/inspection/documents.ts';
import type { Json } from '../../../../src/json.ts';
import { Duration } from '../../parts/duration.tsx';
import { JsonTree } from '../../parts/json-tree.tsx';
import { ProblemText } from '../../parts/problem.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { StatusMark } from '../../parts/status-mark.tsx';
import { formatDuration } from '../../parts/times.ts';
import { useAnswer, useExecution } from '../execution-context.ts';
import { When } from '../parts/countdown.tsx';
import { Loading } from '../parts/loading.tsx';
import { usePlace } from '../place.ts';
import styles from './panel.module.css';
import { NextList, WhyList } from './why-list.tsx';

/** The execution as a whole: what is shown while no step is selected. */
export function Overview({ moment }: { readonly moment: Moment }) {
  const { can, reader } = useExecution();
  const { go } = usePlace();
  const load = can.loadValue ?? undefined;
  const start = useAnswer({ ask: 'record', index: 1 });
  const { why, error, rollback, usage, phases, checkpoints, outputs, refused, rerunOf, approvals } = moment;
  // What changes all the time has room of its own, so that nothing below it moves.
  const wasGoing = useRef(false);
  const connection = useSyncExternalStore(reader.subscribe, () => reader.connection);
  if (connection === 'live' && moment.endedAt === null) wasGoing.current = true;
  const now = useRef<HTMLElement>(null);
  const [room, setRoom] = useState(0);
  // It only ever grows, for the same reason.
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured when what it says changes
  useLayoutEffect(() => {
    const height = now.current?.getBoundingClientRect().height ?? 0;
    if (wasGoing.current) setRoom((before) => Math.max(before, Math.ceil(height)));
  }, [why]);
  const refusals = Object.entries(refused);
  // All of it comes at once, so that nothing moves.
  if (start === undefined) return <Loading />;
  const { input } = start.record.data as { readonly input?: Json };
  return (
    <div className={styles.body}>
      {error === null ? null : (
        <Part title="Error">
          <ProblemText
            message={error.message}
            code={error.code}
            where={error.step === undefined ? error.phase : undefined}
          />
          {error.step === undefined ? null : (
            <button
              type="button"
              className={styles.link}
              onClick={() => go({ step: error.step ?? null, actor: null })}
            >
              {error.step}
            </button>
          )}
        </Part>
      )}
      <section
        ref={now}
        className={wasGoing.current ? styles.now : undefined}
        aria-label="Now"
        style={{ minHeight: room }}
      >
        <Part title="Why it is here">
          {why.reasons.length === 0 ? <p>{sentence(why.headline)}</p> : <WhyList reasons={why.reasons} />}
        </Part>
        {why.next.length === 0 ? null : (
          <Part title="What happens by itself">
            <NextList next={why.next} />
          </Part>
        )}
      </section>
      {approvals.length === 0 ? null : (
        <Part title="Asks people">
          <ul className={styles.rows}>
            {approvals.map(({ step, question, since }) => (
              <li key={step}>
                <button type="button" className={styles.rowButton} onClick={() => go({ step, actor: null })}>
                  <StatusMark status="person" hasWord={false} />
                  <span className={styles.grow}>{question}</span>
                  <span className="muted">
                    <When at={since} />
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </Part>
      )}
      {rollback === null ? null : (
        <Part title={`Rollback ${rollback.number}`}>
          <p className={styles.line}>
            <StatusMark status={rollback.finishedAt === null ? 'undoing' : 'undone'} word={rollback.status} />
            <span className="muted">
              {rollback.to === null ? 'to the start' : `to ${rollback.to}`}, by{' '}
              {rollback.by ?? rollback.origin}
            </span>
          </p>
          <p>{rollback.reason}</p>
          <ul className={styles.rows}>
            {rollback.plan.map(({ step, status, error: failure }) => (
              <li key={step}>
                <button type="button" className={styles.rowButton} onClick={() => go({ step, actor: null })}>
                  <StatusMark status={status} hasWord={false} />
                  <span className={styles.grow}>{step}</span>
                  <span className="muted">{failure ?? status}</span>
                </button>
              </li>
            ))}
          </ul>
          {rollback.verified === null ? null : (
            <p className="muted">
              {rollback.verified ? 'Files are as they were.' : 'Files are not as they were.'}
            </p>
          )}
        </Part>
      )}
      <Part title="Phases">
        <ul className={styles.rows}>
          {phases.map(({ name, status, startedAt, endedAt, steps }) => (
            <li key={name} className={styles.phaseRow}>
              <StatusMark status={status} hasWord={false} />
              <span className={styles.grow}>{name}</span>
              <span className="muted">
                {steps.succeeded.toLocaleString('en')} of {steps.total.toLocaleString('en')}
              </span>
              <span className={styles.lasted}>
                <Duration
                  from={startedAt}
                  to={endedAt ?? (moment.isLive && moment.endedAt === null ? null : moment.at)}
                />
              </span>
            </li>
          ))}
        </ul>
      </Part>
      <Part title="Input">
        {isEmpty(input) ? (
          <p className="muted">None.</p>
        ) : (
          <JsonTree value={input ?? null} label="input" load={load} />
        )}
      </Part>
      <Part title="Outputs">
        {isEmpty(outputs) ? (
          <p className="muted">None yet.</p>
        ) : (
          <JsonTree value={outputs} label="outputs" load={load} />
        )}
      </Part>
      <Part title="Used so far">
        <dl className={styles.facts}>
          <dt>working time</dt>
          <dd>{formatDuration(usage.timeMs)}</dd>
          <dt>tokens</dt>
          <dd>{usage.tokens.toLocaleString('en')}</dd>
          <dt>cost</dt>
          <dd>{usage.usd === 0 ? '–' : `$${usage.usd.toFixed(usage.usd < 1 ? 4 : 2)}`}</dd>
        </dl>
      </Part>
      {checkpoints.length === 0 ? null : (
        <Part title="Checkpoints">
          <ul className={styles.rows}>
            {checkpoints.map(({ name, at, position }) => (
              <li key={`${name} ${position}`} className={styles.phaseRow}>
                <span className={styles.grow}>{name}</span>
                <span className="muted">
                  <When at={at} />
                </span>
              </li>
            ))}
          </ul>
        </Part>
      )}
      {refusals.length === 0 ? null : (
        <Part title="Records that changed nothing">
          <ul className={styles.rows}>
            {refusals.map(([reason, count]) => (
              <li key={reason}>
                <button
                  type="button"
                  className={styles.rowButton}
                  onClick={() => go({ tab: 'log', refused: true, own: false, text: '', types: [] })}
                >
                  <span className={styles.grow}>{reason}</span>
                  <span>{count}</span>
                </button>
              </li>
            ))}
          </ul>
        </Part>
      )}
      <Part title="About">
        <dl className={styles.facts}>
          <dt>execution</dt>
          <dd>
            <ShortId id={moment.execution} length={24} noun="execution id" />
          </dd>
          <dt>task</dt>
          <dd>
            {moment.task} {moment.version}
          </dd>
          <dt>started</dt>
          <dd>
            <When at={moment.startedAt} />
          </dd>
          {moment.endedAt === null ? null : (
            <>
              <dt>ended</dt>
              <dd>
                <When at={moment.endedAt} />
              </dd>
            </>
          )}
          {rerunOf === null ? null : (
            <>
              <dt>run again from</dt>
              <dd>
                {can.linkTo === null ? (
                  <ShortId id={rerunOf.execution} />
                ) : (
                  <Link href={can.linkTo(rerunOf.execution)}>{rerunOf.execution.slice(0, 8)}</Link>
                )}
                {rerunOf.from === null ? '' : `, from ${rerunOf.from}`}
              </dd>
            </>
          )}
        </dl>
      </Part>
    </div>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={styles.part}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function isEmpty(value: Json | undefined): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** `waits for 3 votes` as a sentence. */
function sentence(text: string): string {
  if (text === '') return '';
  return `${text[0]?.toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
