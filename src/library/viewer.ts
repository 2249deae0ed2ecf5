import type { Applied } from '../engine/delivery.ts';
import type { Fold } from '../engine/fold.ts';
import { loadFold, type Sources } from '../engine/load.ts';
import { executionUnknown } from '../errors.ts';
import type { EventLog, LogRecord, Subscription } from '../ports/event-log.ts';

export interface Sight {
  readonly fold: Fold;
  /** Absent in the first sight: the state as it was found. */
  readonly record?: LogRecord | undefined;
  readonly applied?: Applied | undefined;
}

/**
 * Follows one execution by folding its log, without owning it: the state as it is now, then after each durable record. Any
 * process may do so, beside the owner.
 *
 * Throws EXECUTION_UNKNOWN.
 */
export async function viewExecution(
  execution: string,
  { sources, log }: { readonly sources: Sources; readonly log: EventLog },
  see: (sight: Sight) => void,
): Promise<Subscription> {
  const first = await loadFold(execution, sources);
  if (first === undefined) throw executionUnknown(execution);
  let fold = first;
  see({ fold });
  const waiting: LogRecord[] = [];

  const show = (record: LogRecord): void => {
    const applied = fold.apply(record);
    see({ fold, record, applied });
  };
  const readAgain = async (record: LogRecord): Promise<void> => {
    fold = (await loadFold(execution, sources)) ?? fold;
    see({ fold, record });
  };

  return log.follow(
    {
      fold: (records) => {
        for (const record of records) if (record.execution === execution) waiting.push(record);
      },
      durable: (position) => {
        while (waiting[0] !== undefined && waiting[0].position <= position) {
          const record = waiting.shift() as LogRecord;
          try {
            show(record);
          } catch {
            // It cannot be folded: the execution is suspended there, which the whole log tells.
            void readAgain(record);
          }
        }
      },
      retracted: (position) => {
        while ((waiting.at(-1)?.position ?? 0) > position) waiting.pop();
      },
    },
    first.world.position,
    { execution },
  );
}
