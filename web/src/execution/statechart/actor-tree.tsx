import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import type { ActorNode } from '../../../../src/inspection/documents.ts';
import { StatusShape } from '../../parts/status-mark.tsx';
import { VirtualList, type VirtualListHandle } from '../../parts/virtual-list.tsx';
import { toneOf, wordsOf } from '../../theme/tone.ts';
import { actorRows } from './actor-rows.ts';
import styles from './statechart.module.css';

/** All actors, as they stand below each other. */
export function ActorTree({
  root,
  selected,
  onSelect,
}: {
  readonly root: ActorNode;
  readonly selected: string;
  readonly onSelect: (actor: ActorNode) => void;
}) {
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [search, setSearch] = useState('');
  const rows = useMemo(() => actorRows(root, { toggled, search }), [root, toggled, search]);
  const at = rows.findIndex(({ actor }) => actor.id === selected);
  const list = useRef<VirtualListHandle>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: brought into sight when it is selected, not when rows change
  useEffect(() => {
    if (at >= 0) list.current?.scrollTo(at);
  }, [selected]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target instanceof HTMLInputElement && event.key !== 'ArrowDown') return;
    const row = rows[at];
    const next =
      event.key === 'ArrowDown' ? rows[at + 1] : event.key === 'ArrowUp' ? rows[at - 1] : undefined;
    if (next !== undefined) onSelect(next.actor);
    else if (event.key === 'ArrowRight' && row?.isOpen === false) toggle(row.actor.id, true);
    else if (event.key === 'ArrowLeft' && row?.isOpen === true) toggle(row.actor.id, false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const toggle = (id: string, isOpen: boolean) => setToggled((before) => new Map(before).set(id, isOpen));

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the rows inside take the focus
    <div className={styles.tree} onKeyDown={onKeyDown}>
      <input
        type="search"
        className={styles.search}
        placeholder="Search actors"
        aria-label="Search actors"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      {rows.length === 0 ? <p className={styles.none}>No actor matches.</p> : null}
      <VirtualList
        ref={list}
        label="Actors"
        count={rows.length}
        rowHeight={28}
        keyOf={(index) => rows[index]?.actor.id ?? index}
        row={(index) => {
          const row = rows[index];
          if (row === undefined) return null;
          const { actor, depth, isOpen } = row;
          return (
            <div
              className={styles.actor}
              data-selected={actor.id === selected || undefined}
              style={{ paddingLeft: 4 + depth * 14 }}
            >
              {isOpen === null ? (
                <span className={styles.fold} />
              ) : (
                <button
                  type="button"
                  className={styles.fold}
                  tabIndex={-1}
                  aria-label={isOpen ? `Close ${actor.title}` : `Open ${actor.title}`}
                  onClick={() => toggle(actor.id, !isOpen)}
                >
                  <svg
                    width="10"
                    height="10"
                    viewBox="0 0 10 10"
                    fill="none"
                    stroke="currentColor"
                    strokeWidth="1.5"
                    data-open={isOpen || undefined}
                    aria-hidden="true"
                  >
                    <path d="m3.5 2 3 3-3 3" />
                  </svg>
                </button>
              )}
              <button
                type="button"
                className={styles.actorName}
                aria-current={actor.id === selected || undefined}
                tabIndex={actor.id === selected || (at < 0 && index === 0) ? 0 : -1}
                onClick={() => onSelect(actor)}
              >
                <StatusShape tone={toneOf(actor.state)} size={12} />
                <span className={styles.actorTitle} data-ended={actor.hasEnded || undefined}>
                  {actor.title}
                </span>
                <span className={styles.actorState}>{wordsOf(actor.state)}</span>
              </button>
            </div>
          );
        }}
      />
    </div>
  );
}
