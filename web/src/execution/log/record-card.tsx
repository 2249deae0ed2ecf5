import type { Json } from '../../../../src/json.ts';
import { Button } from '../../parts/button.tsx';
import { JsonTree } from '../../parts/json-tree.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { formatInstant } from '../../parts/times.ts';
import { useAnswer, useExecution } from '../execution-context.ts';
import { Loading } from '../parts/loading.tsx';
import styles from './log.module.css';

/** One record, whole. */
export function RecordCard({
  index,
  isHere,
  onSeek,
  onClose,
}: {
  readonly index: number;
  /** Everything is shown as it was at this record. */
  readonly isHere: boolean;
  readonly onSeek: (index: number) => void;
  readonly onClose: () => void;
}) {
  const { can } = useExecution();
  const detail = useAnswer({ ask: 'record', index });
  return (
    <section className={styles.card} aria-label={`Record ${index}`}>
      <header className={styles.cardHead}>
        <b>Record {index}</b>
        {detail === undefined ? null : <code>{detail.row.type}</code>}
        <span className={styles.cardKeys}>
          {isHere ? (
            <span className="muted">shown as it was here</span>
          ) : (
            <Button onClick={() => onSeek(index)} title="Everything as it was at this record (Enter)">
              Go here
            </Button>
          )}
          <Button look="bare" aria-label="Close the record" onClick={onClose}>
            ×
          </Button>
        </span>
      </header>
      {detail === undefined ? (
        <Loading lines={3} />
      ) : (
        <div className={styles.cardBody}>
          <dl className={styles.facts}>
            <dt>said by</dt>
            <dd>{detail.record.source}</dd>
            <dt>at</dt>
            <dd>{formatInstant(detail.record.at)}</dd>
            <dt>position</dt>
            <dd>{detail.record.position}</dd>
            <dt>id</dt>
            <dd>
              <ShortId id={detail.record.id} length={18} noun="record id" />
            </dd>
            {detail.row.refusal === null ? null : (
              <>
                <dt>refused</dt>
                <dd className={styles.refusal}>{detail.row.refusal}</dd>
              </>
            )}
          </dl>
          <JsonTree
            value={detail.record.data as Json}
            label={`record ${index}`}
            load={can.loadValue ?? undefined}
          />
        </div>
      )}
    </section>
  );
}
