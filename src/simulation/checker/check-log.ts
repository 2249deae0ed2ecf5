import type { RecordData } from '../../../machines/records.ts';
import type { Pins } from '../../engine/pins.ts';
import { taskRules } from '../../engine/rules.ts';
import { resolved } from '../../engine/values.ts';
import type { Json } from '../../json.ts';
import type { ArtifactStore } from '../../ports/artifact-store.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import type { Finding } from './finding.ts';
import { Witness } from './witness.ts';

/** A log as it was read from a store, and what agents and hosts say they did. */
export interface Evidence {
  /** All records of the execution, in log order. */
  readonly records: readonly LogRecord[];
  readonly pins: Pins;
  readonly artifacts: ArtifactStore;
  /** Attempts that agents began, `step/attempt`, as often as they did. */
  readonly begun?: readonly string[] | undefined;
  /** Ids of reports that hosts were told to be folded. */
  readonly acknowledged?: readonly string[] | undefined;
  /** Faults have stopped and there was time: it must have ended, or wait for something named. */
  readonly isOver?: boolean | undefined;
}

export interface Checked {
  readonly status: string;
  readonly hash: string;
  readonly accepted: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
}

/** Checks the invariants of DESIGN section 2 on one execution's log. Undefined when the records hold no start. */
export async function checkLog(evidence: Evidence): Promise<Checked | undefined> {
  const { records, pins, artifacts } = evidence;
  const from = records.findIndex(({ type }) => type === 'execution.started');
  const first = records[from];
  if (first === undefined) return undefined;
  const { pinned, input } = first.data as RecordData<'execution.started'>;
  const rest = records.slice(from + 1);
  const witness = new Witness({
    first,
    pinned: await pins.get(pinned),
    input: await resolved((input ?? {}) as Json, artifacts),
    rules: taskRules,
    restoresAfter: 1 + Math.ceil(rest.length / 2),
  });
  for (const record of rest) {
    witness.take(record);
    if (record.type === 'sealed') witness.sealed(record);
  }
  for (const attempt of evidence.begun ?? []) {
    const slash = attempt.lastIndexOf('/');
    witness.began({ step: attempt.slice(0, slash), attempt: Number(attempt.slice(slash + 1)) });
  }
  for (const reportId of evidence.acknowledged ?? []) witness.acknowledged(reportId);
  witness.finish({ isOver: evidence.isOver === true });
  const { fold, accepted, findings } = witness;
  return { status: fold.status, hash: fold.hash(), accepted, refused: fold.refused, findings };
}
