import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { agentsQuery } from '../api/queries.ts';
import type { AgentsView, HostView, RoleView } from '../api/types.ts';
import { Ago } from '../parts/ago.tsx';
import { useNow } from '../parts/clock.ts';
import { Duration } from '../parts/duration.tsx';
import { Empty } from '../parts/empty.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Problem } from '../parts/problem.tsx';
import { ShortId } from '../parts/short-id.tsx';
import { Skeleton } from '../parts/skeleton.tsx';
import { StatusShape } from '../parts/status-mark.tsx';
import table from '../parts/table.module.css';
import { TableScroll } from '../parts/table-scroll.tsx';
import styles from './agents.module.css';
import { type Beat, hostBeat, processBeat, progressBeat } from './beats.ts';

/** Who works, for whom work waits, and who is still alive. */
export default function AgentsPage() {
  const { data, error } = useQuery(agentsQuery);
  return (
    <div className={styles.page}>
      <PageHead title="Agents" detail={data === undefined ? null : sumOf(data)} />
      {error === null ? null : <Problem error={error} />}
      {data === undefined ? error === null ? <Skeleton lines={6} /> : null : <Agents view={data} />}
    </div>
  );
}

function Agents({ view: { hosts, roles, definitions = [] } }: { readonly view: AgentsView }) {
  const missing = roles.filter(({ waiting, hosts: offering }) => waiting > 0 && offering.length === 0);
  const offered = roles.filter(({ hosts: offering }) => offering.length > 0);
  return (
    <>
      {missing.map((role) => (
        <MissingRole key={role.role} role={role} />
      ))}
      <section className={styles.section}>
        <h2>Roles</h2>
        {offered.length === 0 && hosts.length > 0 ? (
          <p className="muted">No role is offered or waited for now.</p>
        ) : null}
        {offered.length === 0 ? (
          hosts.length > 0 ? null : (
            <Empty title="Nobody offers a role" command="troupe agent">
              Start a host where the agents can work; or run executions here, with <code>troupe up</code>.
            </Empty>
          )
        ) : (
          <Roles roles={offered} />
        )}
      </section>
      <section className={styles.section} aria-labelledby="hosts">
        <h2 id="hosts">Hosts</h2>
        {hosts.length === 0 ? <p className="muted">None is heard.</p> : null}
        <div className={styles.hosts}>
          {[...hosts]
            .sort((a, b) => Number(b.isSilent) - Number(a.isSilent) || (a.host < b.host ? -1 : 1))
            .map((host) => (
              <Host key={host.host} host={host} />
            ))}
        </div>
      </section>
      {definitions.length === 0 ? null : (
        <section className={styles.section}>
          <h2>Definitions</h2>
          <Definitions definitions={definitions} />
        </section>
      )}
    </>
  );
}

function MissingRole({ role: { role, waiting } }: { readonly role: RoleView }) {
  return (
    <div className={styles.missing} role="alert">
      <StatusShape tone="failed" />
      <p>
        <strong>{role}</strong>
        {`: ${waiting} ${waiting === 1 ? 'attempt waits' : 'attempts wait'}, and nobody offers it.`}
      </p>
      <code>{`troupe agent --role ${role}`}</code>
    </div>
  );
}

function Roles({ roles }: { readonly roles: readonly RoleView[] }) {
  return (
    <TableScroll label="Roles">
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Role</th>
            <th scope="col">Load</th>
            <th scope="col" className={table.number}>
              Busy
            </th>
            <th scope="col" className={table.number}>
              Waiting
            </th>
            <th scope="col" className={table.number}>
              Hosts
            </th>
          </tr>
        </thead>
        <tbody>
          {roles.map(({ role, hosts, concurrency, busy, waiting }) => (
            <tr key={role}>
              <th scope="row">{role}</th>
              <td className={styles.load}>
                <span className={styles.meter} aria-hidden="true">
                  <span style={{ width: `${Math.min(100, (busy / Math.max(1, concurrency)) * 100)}%` }} />
                </span>
              </td>
              <td className={table.number}>{`${busy} of ${concurrency}`}</td>
              <td className={table.number}>
                <span className={waiting > 0 ? undefined : 'muted'}>{waiting}</span>
              </td>
              <td className={table.number}>{hosts.length}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

function Host({ host }: { readonly host: HostView }) {
  const now = useNow();
  const { attempts = [], roles } = host;
  const beat = hostBeat(host, now);
  return (
    <article
      className={styles.host}
      data-alarm={beat.isAlarming || undefined}
      aria-label={`Host ${host.host}`}
    >
      <header className={styles.hostHead}>
        <h3>
          <ShortId id={host.host} length={20} noun="host" />
        </h3>
        <BeatMark beat={beat} />
        <span className="muted">
          {`${host.hostname} · pid ${host.pid} · up since `}
          <Ago at={host.startedAt} />
        </span>
        <span className={styles.offers}>
          {roles.map(({ role, busy, concurrency }) => (
            <span key={role} className={styles.offer} data-busy={busy > 0 || undefined}>
              {role} <span className="muted">{`${busy}/${concurrency}`}</span>
            </span>
          ))}
        </span>
      </header>
      {host.attempts === undefined ? <p className="muted">It does not tell what it works at.</p> : null}
      {attempts.length === 0 ? null : (
        <TableScroll label="Attempts at work">
          <table className={`${table.table} ${table.dense}`} aria-label="Attempts at work">
            <thead>
              <tr>
                <th scope="col">Role</th>
                <th scope="col">Step</th>
                <th scope="col">Execution</th>
                <th scope="col">Process</th>
                <th scope="col">Progress</th>
                <th scope="col" className={table.number}>
                  For
                </th>
              </tr>
            </thead>
            <tbody>
              {attempts.map((attempt) => (
                <tr key={`${attempt.execution} ${attempt.step} ${attempt.attempt}`}>
                  <td>{attempt.role}</td>
                  <td>
                    <Link
                      href={`/executions/${encodeURIComponent(attempt.execution)}?step=${encodeURIComponent(attempt.step)}`}
                    >
                      {attempt.step}
                    </Link>
                    {attempt.attempt > 1 ? (
                      <span className="muted">{` attempt ${attempt.attempt}`}</span>
                    ) : null}
                  </td>
                  <td>
                    <ShortId id={attempt.execution} />
                  </td>
                  <td>
                    <BeatMark beat={processBeat(attempt, host, now)} />
                  </td>
                  <td>
                    <BeatMark beat={progressBeat(attempt, now)} />
                  </td>
                  <td className={table.number}>
                    <Duration from={attempt.startedAt} to={null} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
    </article>
  );
}

function BeatMark({ beat: { text, tone } }: { readonly beat: Beat }) {
  return (
    <span className={styles.beat} data-tone={tone}>
      <StatusShape tone={tone} size={12} />
      {text}
    </span>
  );
}

function Definitions({ definitions }: { readonly definitions: NonNullable<AgentsView['definitions']> }) {
  return (
    <TableScroll label="Definitions">
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Agent</th>
            <th scope="col">What it does</th>
            <th scope="col">Runner</th>
            <th scope="col">File</th>
          </tr>
        </thead>
        <tbody>
          {definitions.map(({ name, description, runner, file, isValid }) => (
            <tr key={file}>
              <th scope="row">{name}</th>
              <td className={styles.words}>{description ?? ''}</td>
              <td>{isValid ? (runner ?? '') : <span className={styles.bad}>has errors</span>}</td>
              <td className="mono muted">{file}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

function sumOf({ hosts, roles }: AgentsView): string {
  const busy = roles.reduce((sum, role) => sum + role.busy, 0);
  const room = roles.reduce((sum, role) => sum + role.concurrency, 0);
  const waiting = roles.reduce((sum, role) => sum + role.waiting, 0);
  return `${hosts.length} ${hosts.length === 1 ? 'host' : 'hosts'} · ${busy} of ${room} at work · ${waiting} waiting`;
}
