import { useMemo, useRef } from 'react';
import { useShortcuts } from '../../parts/shortcuts.ts';
import { usePlace } from '../place.ts';
import { useStrip } from '../slider/use-strip.ts';
import styles from './log.module.css';

/** Which records are listed: by text, type, step, and whether they were refused. */
export function LogFilterBar({ total }: { readonly total: number | undefined }) {
  const { place, go } = usePlace();
  const strip = useStrip();
  const search = useRef<HTMLInputElement>(null);
  const types = useMemo(() => {
    const counts = new Map<string, number>();
    for (const number of strip?.typeOf ?? []) {
      const type = strip?.types[number] ?? '';
      counts.set(type, (counts.get(type) ?? 0) + 1);
    }
    return [...counts].sort(([one], [other]) => one.localeCompare(other));
  }, [strip]);
  useShortcuts([{ keys: '/', title: 'Search the log', section: 'Log', run: () => search.current?.focus() }]);
  const isFiltered = place.types.length > 0 || place.text !== '' || place.refused || place.own;
  return (
    <div className={styles.filter}>
      <input
        ref={search}
        type="search"
        className={styles.search}
        placeholder="Search (/)"
        aria-label="Search the log"
        value={place.text}
        onChange={(event) => go({ text: event.target.value })}
      />
      <select
        className={styles.types}
        aria-label="Type of record"
        value={place.types.length === 1 ? place.types[0] : place.types.length > 1 ? '…' : ''}
        onChange={(event) => go({ types: event.target.value === '' ? [] : [event.target.value] })}
      >
        <option value="">all types</option>
        {place.types.length > 1 ? <option value="…">{place.types.length} types</option> : null}
        {types.map(([type, count]) => (
          <option key={type} value={type}>
            {type} ({count.toLocaleString('en')})
          </option>
        ))}
      </select>
      <label className={styles.check} data-off={place.step === null || undefined}>
        <input type="checkbox" checked={place.own} onChange={(event) => go({ own: event.target.checked })} />
        {place.step === null ? 'selected step' : `only ${place.step}`}
      </label>
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={place.refused}
          onChange={(event) => go({ refused: event.target.checked })}
        />
        refused
      </label>
      {isFiltered ? (
        <button
          type="button"
          className={styles.clear}
          onClick={() => go({ types: [], text: '', refused: false, own: false })}
        >
          clear
        </button>
      ) : null}
      <span className={styles.total} role="status">
        {total === undefined ? '' : `${total.toLocaleString('en')} ${total === 1 ? 'record' : 'records'}`}
      </span>
    </div>
  );
}
