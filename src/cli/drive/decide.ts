import { loadFold } from '../../engine/load.ts';
import { executionUnknown } from '../../errors.ts';
import { approvalMeant, type Control, refusalOf } from '../../library/controls.ts';
import { type CliContext, printJson } from '../context.ts';
import type { StateOptions } from '../options.ts';
import { personOf } from '../person.ts';
import { openExecution } from '../state/state.ts';
import { type Sent, send, sentDocument } from './control.ts';
import { howToGoOn } from './how-to.ts';

export interface DecideOptions extends StateOptions {
  readonly comment?: string;
  readonly delegate?: string;
  readonly subject?: string;
  readonly as?: string;
  readonly json?: boolean;
}

/**
 * What a person says about an approval, from any terminal. It is bound to what is asked about at this moment: what changes before
 * the log has it does not get approved.
 */
export async function decide(
  context: CliContext,
  kind: 'approve' | 'reject' | 'delegate',
  execution: string,
  named: string | undefined,
  options: DecideOptions,
): Promise<void> {
  const by = personOf(context, options.as);
  const { comment, delegate: to = '' } = options;
  await using data = await openExecution(context, execution, options, 'control');
  const fold = await loadFold(execution, data.sources);
  if (fold === undefined) throw executionUnknown(execution);
  const { step, subject } = approvalMeant(fold, named);
  const control: Control =
    kind === 'delegate'
      ? { kind, step, by, to, comment }
      : { kind, step, by, comment, subject: options.subject ?? subject?.digest };
  const sent = await send(context, data, execution, control);
  if (!sent.applied.accepted) throw refusalOf(execution, control, sent.applied.reason, sent.fold.status);
  if (options.json === true) {
    printJson(context, { ...sentDocument(execution, sent), step, by });
    return;
  }
  context.stdout.line(wordsOf(kind, { execution, step, by, to }));
  sayWhatFollows(context, sent, { execution, step, options });
}

function wordsOf(
  kind: 'approve' | 'reject' | 'delegate',
  { execution, step, by, to }: { execution: string; step: string; by: string; to: string },
): string {
  switch (kind) {
    case 'approve':
      return `Approved ${step} of ${execution} as ${by}.`;
    case 'reject':
      return `Rejected ${step} of ${execution} as ${by}.`;
    case 'delegate':
      return `${to} may now decide ${step} of ${execution}, by the word of ${by}.`;
  }
}

/** Where it is looked at once more, and where nobody is there to go on. */
export function sayWhatFollows(
  context: CliContext,
  { fold, owner }: Pick<Sent, 'fold' | 'owner'>,
  { execution, step, options }: { execution: string; step: string; options: StateOptions },
): void {
  const { stdout } = context;
  if (fold.world.steps.get(step)?.getSnapshot().value === 'verifying')
    stdout.line('It counts once whoever drives the execution has found unchanged what was approved.');
  if (owner === undefined && !fold.hasEnded)
    stdout.line(
      `No living process drives ${execution}: ${howToGoOn(context, options)(execution)} goes on with it.`,
    );
}
