import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import type { Json } from '../../../src/json.ts';
import { FIRST_MEMBERS, type JsonLine, linesOf, searchJson } from './json-lines.ts';
import styles from './json-tree.module.css';
import { Problem } from './problem.tsx';
import { copyText } from './short-id.tsx';

/**
 * JSON as a tree that opens to `depth` (default 2), with search, and copy of a path or a value. Texts are shown as text, whatever they
 * hold. A reference to a large value (`{$artifact}`) is loaded with `load` when it is asked for.
 */
export function JsonTree({
  value,
  label,
  depth = 2,
  hasSearch = true,
  load,
}: {
  readonly value: Json;
  /** What it is, for those who cannot see where it stands. */
  readonly label: string;
  readonly depth?: number | undefined;
  readonly hasSearch?: boolean | undefined;
  readonly load?: ((digest: string) => Promise<Json>) | undefined;
}) {
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [listed, setListed] = useState<ReadonlyMap<string, number>>(new Map());
  const [focused, setFocused] = useState('');
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const tree = useRef<HTMLDivElement>(null);
  const hits = useMemo(() => searchJson(value, text), [value, text]);
  const lines = useMemo(() => linesOf(value, { depth, toggled, listed }), [value, depth, toggled, listed]);
  const hitPaths = useMemo(() => new Set(hits.map(({ path }) => path)), [hits]);
  const isTree = typeof value === 'object' && value !== null;

  const toggle = (path: string, isOpen: boolean) => setToggled(new Map(toggled).set(path, isOpen));
  const focus = (path: string) => {
    setFocused(path);
    requestAnimationFrame(() => {
      const line = tree.current?.querySelector<HTMLElement>(`[data-path="${CSS.escape(path)}"]`);
      line?.focus({ preventScroll: true });
      line?.scrollIntoView({ block: 'nearest' });
    });
  };
  const showHit = (index: number, found = hits) => {
    const hit = found[index];
    setAt(index);
    if (hit === undefined) return;
    const opened = new Map(toggled);
    const more = new Map(listed);
    hit.above.forEach((path, level) => {
      opened.set(path, true);
      const place = hit.places[level] ?? 0;
      if (place >= (more.get(path) ?? FIRST_MEMBERS)) more.set(path, place + FIRST_MEMBERS);
    });
    setToggled(opened);
    setListed(more);
    setFocused(hit.path);
    requestAnimationFrame(() => {
      tree.current
        ?.querySelector(`[data-path="${CSS.escape(hit.path)}"]`)
        ?.scrollIntoView({ block: 'nearest' });
    });
  };
  const move = (event: KeyboardEvent) => {
    const places = lines.filter(({ rest }) => rest === undefined);
    const index = places.findIndex(({ path }) => path === focused);
    const line = places[index];
    if (line === undefined || event.ctrlKey || event.metaKey) return;
    const target = targetOf(event.key, places, index);
    if (target !== undefined) focus(target.path);
    else if (event.key === 'ArrowRight' && line.isOpen === false) toggle(line.path, true);
    else if (event.key === 'ArrowLeft' && line.isOpen === true) toggle(line.path, false);
    else if ((event.key === 'Enter' || event.key === ' ') && line.isOpen !== null)
      toggle(line.path, !line.isOpen);
    else if (event.key === 'c') void copyText(line.path);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className={styles.box}>
      {hasSearch && isTree ? (
        <div className={styles.bar}>
          <input
            type="search"
            className={styles.search}
            placeholder="Search"
            aria-label={`Search in ${label}`}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              showHit(0, searchJson(value, event.target.value));
            }}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || hits.length === 0) return;
              event.preventDefault();
              showHit((at + (event.shiftKey ? hits.length - 1 : 1)) % hits.length);
            }}
          />
          <span className={styles.hits} role="status">
            {text === '' ? '' : hits.length === 0 ? 'nothing found' : `${at + 1} of ${hits.length}`}
          </span>
          <button
            type="button"
            className={styles.copy}
            onClick={() => void copyText(JSON.stringify(value, null, 2))}
          >
            Copy
          </button>
        </div>
      ) : null}
      <div ref={tree} className={styles.tree} role="tree" aria-label={label} onKeyDown={move}>
        {lines.map((line) => (
          <Line
            key={line.rest === undefined ? line.path : `${line.path} more`}
            line={line}
            isFocused={line.rest === undefined && line.path === focused}
            isHit={hitPaths.has(line.path) && line.rest === undefined}
            load={load}
            onToggle={() => {
              setFocused(line.path);
              if (line.isOpen !== null) toggle(line.path, !line.isOpen);
            }}
            onMore={() =>
              setListed(
                new Map(listed).set(line.path, (listed.get(line.path) ?? FIRST_MEMBERS) + FIRST_MEMBERS),
              )
            }
          />
        ))}
      </div>
    </div>
  );
}

function Line({
  line,
  isFocused,
  isHit,
  load,
  onToggle,
  onMore,
}: {
  readonly line: JsonLine;
  readonly isFocused: boolean;
  readonly isHit: boolean;
  readonly load: ((digest: string) => Promise<Json>) | undefined;
  readonly onToggle: () => void;
  readonly onMore: () => void;
}) {
  const { path, key, value, depth, isOpen, size, rest } = line;
  const indent = { paddingInlineStart: depth * 14 };
  if (rest !== undefined) {
    return (
      <div className={styles.line} style={indent} role="none">
        <span className={styles.fold} />
        <button type="button" className={styles.more} onClick={onMore}>
          {`show ${Math.min(rest, FIRST_MEMBERS)} of ${rest.toLocaleString('en')} more`}
        </button>
      </div>
    );
  }
  const digest = load === undefined ? undefined : digestOf(value);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree takes the keys
    <div
      role="treeitem"
      aria-expanded={isOpen ?? undefined}
      aria-level={depth + 1}
      aria-selected={isFocused}
      tabIndex={isFocused || (path === '' && !isFocused) ? 0 : -1}
      data-path={path}
      data-hit={isHit || undefined}
      className={styles.line}
      style={indent}
      onClick={onToggle}
    >
      <span className={styles.fold} data-open={isOpen ?? undefined} aria-hidden="true">
        {isOpen === null ? null : (
          <svg
            width="10"
            height="10"
            viewBox="0 0 10 10"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.5"
            aria-hidden="true"
          >
            <path d="m3.5 2 3 3-3 3" />
          </svg>
        )}
      </span>
      {key === null ? null : (
        <>
          <span className={styles.key}>{key}</span>
          <span className={styles.colon}>: </span>
        </>
      )}
      {isOpen === null ? (
        <Leaf value={value} />
      ) : (
        <span className={styles.sum}>{summaryOf(value, size)}</span>
      )}
      {digest === undefined || load === undefined ? null : <Reference digest={digest} load={load} />}
      {path === '' ? null : (
        <button
          type="button"
          className={styles.path}
          tabIndex={-1}
          title={`Copy path ${path}`}
          aria-label={`Copy path ${path}`}
          onClick={(event) => {
            event.stopPropagation();
            void copyText(path);
          }}
        >
          path
        </button>
      )}
    </div>
  );
}

const LONG_TEXT = 240;

function Leaf({ value }: { readonly value: Json }) {
  const [isWhole, setWhole] = useState(false);
  if (typeof value !== 'string') {
    const kind = value === null ? 'null' : typeof value === 'object' ? 'sum' : typeof value;
    return (
      <span className={styles[kind]}>
        {Array.isArray(value) ? '[]' : kind === 'sum' ? '{}' : String(value)}
      </span>
    );
  }
  const isLong = value.length > LONG_TEXT;
  return (
    <span className={styles.string}>
      {`"${isLong && !isWhole ? value.slice(0, LONG_TEXT) : value}`}
      {isLong && !isWhole ? '…' : '"'}
      {isLong ? (
        <button
          type="button"
          className={styles.more}
          onClick={(event) => {
            event.stopPropagation();
            setWhole(!isWhole);
          }}
        >
          {isWhole ? 'less' : `all ${value.length.toLocaleString('en')} characters`}
        </button>
      ) : null}
    </span>
  );
}

function Reference({
  digest,
  load,
}: {
  readonly digest: string;
  readonly load: (digest: string) => Promise<Json>;
}) {
  const [state, setState] = useState<{ value: Json } | { error: unknown } | 'loading' | undefined>();
  if (state === undefined || state === 'loading') {
    return (
      <button
        type="button"
        className={styles.more}
        onClick={(event) => {
          event.stopPropagation();
          setState('loading');
          load(digest).then(
            (value) => setState({ value }),
            (error: unknown) => setState({ error }),
          );
        }}
      >
        {state === 'loading' ? 'loading…' : 'load'}
      </button>
    );
  }
  if ('error' in state) return <Problem error={state.error} />;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a click inside is for the tree inside
    // biome-ignore lint/a11y/useKeyWithClickEvents: it only keeps the click
    <div className={styles.loaded} onClick={(event) => event.stopPropagation()}>
      <JsonTree value={state.value} label="Loaded value" load={load} />
    </div>
  );
}

function digestOf(value: Json): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { $artifact } = value as { readonly $artifact?: Json };
  return typeof $artifact === 'string' ? $artifact : undefined;
}

function summaryOf(value: Json, size: number): string {
  return Array.isArray(value) ? `[${size}]` : `{${size}}`;
}

function targetOf(key: string, lines: readonly JsonLine[], index: number): JsonLine | undefined {
  const line = lines[index];
  switch (key) {
    case 'ArrowDown':
      return lines[index + 1];
    case 'ArrowUp':
      return lines[index - 1];
    case 'Home':
      return lines[0];
    case 'End':
      return lines.at(-1);
    case 'ArrowRight':
      return line?.isOpen === true ? lines[index + 1] : undefined;
    case 'ArrowLeft':
      if (line === undefined || line.isOpen === true) return undefined;
      return lines.slice(0, index).findLast(({ depth }) => depth < line.depth);
    default:
      return undefined;
  }
}
