import type { Fold } from '../../engine/fold.ts';
import { TroupeError } from '../../errors.ts';
import { type Control, type Controlled, sendControl } from '../../library/controls.ts';
import type { OwnerInfo } from '../../ports/ownership.ts';
import type { CliContext } from '../context.ts';
import type { ExecutionState } from '../state/state.ts';
import { settleOrphan } from './settle-orphan.ts';

export interface Sent extends Controlled {
  /** The living process that drives it and so acts on the control. */
  readonly owner: OwnerInfo | undefined;
}

/**
 * Appends what a person asks of an execution, from any process. The log takes it whoever drives the execution; who, if anybody,
 * is told along. Where nobody does, and a data folder has it, agents that a gone process left at work are given up here, so that
 * a pause or an abort does not wait for them.
 *
 * Throws EXECUTION_UNKNOWN, NOT_POSSIBLE_NOW, SIGNAL_MISFIT before anything is written.
 */
export async function send(
  context: CliContext,
  data: ExecutionState,
  execution: string,
  control: Control,
): Promise<Sent> {
  const { store, sources } = data;
  const { random } = context;
  const sent = await sendControl(execution, control, { sources, log: store.log, random });
  const owner = await store.ownership.ownerOf(execution);
  const isForUs = owner === undefined && data.kind === 'folder';
  if (!isForUs || !sent.applied.accepted || !needsSettling(sent.fold)) return { ...sent, owner };
  try {
    const fold = await settleOrphan(context, data, execution, (now) => !needsSettling(now));
    return { ...sent, fold, owner };
  } catch (error) {
    if (!(error instanceof TroupeError) || error.code !== 'NOT_THE_OWNER') throw error;
    return { ...sent, owner: await store.ownership.ownerOf(execution) };
  }
}

/** Held up, or ended, but with claims that somebody would have to give up, or with a log that is still to be sealed. */
function needsSettling(fold: Fold): boolean {
  return fold.status === 'pausing' || (fold.hasEnded && fold.owed().length > 0);
}

/** The document of a control's `--json`. */
export function sentDocument(execution: string, { applied, record, owner, fold }: Sent): object {
  return {
    execution,
    accepted: applied.accepted,
    ...(applied.accepted ? {} : { reason: applied.reason }),
    position: record.position,
    status: fold.status,
    owner: owner ?? null,
    outstanding: outstanding(fold),
  };
}

/** `technical-analyst (step a), chair (step b)`; the first few attempts that still hold their claims. */
export function outstandingInWords(fold: Fold): string {
  const names = outstanding(fold).map(({ step, agent }) => (step === agent ? step : `${agent} (${step})`));
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

export function ownerInWords(owner: OwnerInfo): string {
  return `process ${owner.pid} on ${owner.hostname}`;
}

function outstanding(fold: Fold): readonly { step: string; agent: string; host: string }[] {
  return fold.claims().map(({ step, role, host }) => ({ step, agent: role, host }));
}
