import { useMemo, useRef, useState } from 'react';
import styles from './diff.module.css';
import { type DiffLine, type DiffRow, diffRows } from './diff-rows.ts';
import { useWidth } from './use-width.ts';

const WIDE = 720;
const FIRST_ROWS = 400;

/** Two texts: side by side where there is room, else one below the other. Only what changed and three lines around it. */
export function Diff({
  before,
  after,
  label,
}: {
  readonly before: string;
  readonly after: string;
  readonly label: string;
}) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const [limit, setLimit] = useState(FIRST_ROWS);
  const diff = useMemo(() => diffRows(before, after), [before, after]);
  // A text that only grew or only lost has nothing to stand beside.
  const isWide = width >= WIDE && diff.added > 0 && diff.removed > 0;
  const rows = diff.rows.slice(0, limit);
  return (
    <div ref={box} className={styles.box}>
      <p className={styles.counts}>
        <span className={styles.plus}>+{diff.added}</span>{' '}
        <span className={styles.minus}>−{diff.removed}</span>
        <span className="visually-hidden">{` lines added and removed in ${label}`}</span>
        {diff.isRough ? <span className="muted"> Too much differs to match it line by line.</span> : null}
      </p>
      {diff.rows.length === 0 ? <p className="muted">No difference.</p> : null}
      <table className={styles.table} data-wide={isWide || undefined} aria-label={label}>
        <colgroup>
          <col className={styles.numbers} />
          <col />
          {isWide ? <col className={styles.numbers} /> : null}
          {isWide ? <col /> : null}
        </colgroup>
        <tbody>
          {rows.map((row, at) =>
            isWide ? (
              <WideRow key={keyOf(row, at)} row={row} />
            ) : (
              <NarrowRows key={keyOf(row, at)} row={row} />
            ),
          )}
        </tbody>
      </table>
      {diff.rows.length > limit ? (
        <button type="button" className={styles.more} onClick={() => setLimit(limit * 4)}>
          {`Show ${diff.rows.length - limit} more rows`}
        </button>
      ) : null}
    </div>
  );
}

function WideRow({ row }: { readonly row: DiffRow }) {
  if (row.kind === 'gap') return <Gap hidden={row.hidden ?? 0} columns={4} />;
  const isSame = row.kind === 'same';
  return (
    <tr>
      <Side line={row.before} sign={isSame ? 'same' : 'minus'} />
      <Side line={row.after} sign={isSame ? 'same' : 'plus'} />
    </tr>
  );
}

function NarrowRows({ row }: { readonly row: DiffRow }) {
  if (row.kind === 'gap') return <Gap hidden={row.hidden ?? 0} columns={2} />;
  if (row.kind === 'same') {
    return (
      <tr>
        <Side line={row.after} sign="same" />
      </tr>
    );
  }
  return (
    <>
      {row.before === null ? null : (
        <tr>
          <Side line={row.before} sign="minus" />
        </tr>
      )}
      {row.after === null ? null : (
        <tr>
          <Side line={row.after} sign="plus" />
        </tr>
      )}
    </>
  );
}

const SIGNS = { same: ' ', plus: '+', minus: '−' };

function Side({ line, sign }: { readonly line: DiffLine | null; readonly sign: keyof typeof SIGNS }) {
  if (line === null) return <td className={styles.nothing} colSpan={2} />;
  return (
    <>
      <td className={styles.number} data-sign={sign}>
        {line.number}
      </td>
      <td className={styles.line} data-sign={sign}>
        <span className={styles.sign}>{SIGNS[sign]}</span>
        {line.parts.map(({ text, isChanged }, at) =>
          // biome-ignore lint/suspicious/noArrayIndexKey: parts of one line have nothing else
          isChanged ? <mark key={at}>{text}</mark> : <span key={at}>{text}</span>,
        )}
      </td>
    </>
  );
}

function Gap({ hidden, columns }: { readonly hidden: number; readonly columns: number }) {
  return (
    <tr>
      <td className={styles.gap} colSpan={columns}>{`${hidden} equal ${hidden === 1 ? 'line' : 'lines'}`}</td>
    </tr>
  );
}

function keyOf({ before, after }: DiffRow, at: number): string {
  return `${before?.number ?? '-'} ${after?.number ?? '-'} ${at}`;
}
