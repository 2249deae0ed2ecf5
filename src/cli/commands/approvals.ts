import type { Command } from 'commander';
import { loadFold } from '../../engine/load.ts';
import { type PendingApproval, pendingApprovalsOf } from '../../engine/pending-approvals.ts';
import { isoTime } from '../../iso-time.ts';
import { type CliContext, printJson } from '../context.ts';
import { howTo } from '../drive/how-to.ts';
import { examples, jsonOption, type StateOptions, withStateOptions } from '../options.ts';
import { personOf } from '../person.ts';
import { openState } from '../state/state.ts';
import { approvalLines } from '../views/report-approvals.ts';
import { pageOf } from '../views/report-page.ts';

interface ApprovalsOptions extends StateOptions {
  readonly mine?: boolean;
  readonly as?: string;
  readonly json?: boolean;
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('approvals')
    .description('list what waits for a person, in all executions')
    .option('--mine', 'only what you may decide')
    .option('--as <name>', 'who you are (default: the setting user, else your login)')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        ['troupe approvals', 'everything that is asked'],
        ['troupe approvals --mine', 'what you may decide'],
        ['troupe approvals --mine --as carol --json', 'the same for a program'],
      ),
    )
    .action((options: ApprovalsOptions) => approvals(context, options));
  withStateOptions(command);
}

async function approvals(context: CliContext, options: ApprovalsOptions): Promise<void> {
  const all = await find(context, options);
  const who = options.mine === true ? personOf(context, options.as) : undefined;
  const shown = who === undefined ? all : all.filter(({ people }) => people?.includes(who) !== false);
  if (options.json === true) {
    printJson(context, { approvals: shown.map(documentOf) });
    return;
  }
  const { stdout, clock } = context;
  if (shown.length === 0) {
    const others = all.length > 0 ? ` ${all.length} are asked of others.` : '';
    stdout.line(who === undefined ? 'Nothing waits for a person.' : `Nothing waits for ${who}.${others}`);
    return;
  }
  const command = howTo(context, options);
  for (const line of approvalLines(shown, pageOf(stdout, clock.now()), command)) stdout.line(line);
}

async function find(context: CliContext, options: StateOptions): Promise<readonly PendingApproval[]> {
  await using state = await openState(context, options);
  if (state === undefined) return [];
  await using history = await state.openHistory();
  const entries = await history.list({ status: ['running', 'pausing', 'paused'] });
  const found: PendingApproval[] = [];
  for (const { id, status, waitsFor } of entries) {
    // What a running one waits for says whether anything is asked, without reading its log.
    if (status === 'running' && waitsFor?.startsWith('approval ') !== true) continue;
    const fold = await loadFold(id, state.of(id).sources);
    if (fold !== undefined) found.push(...pendingApprovalsOf(fold));
  }
  return found.sort((a, b) => a.since - b.since);
}

/** Instants as in every other document. */
function documentOf({ since, deadline, ...approval }: PendingApproval): object {
  return {
    ...approval,
    since: isoTime(since),
    ...(deadline === undefined ? {} : { deadline: isoTime(deadline) }),
  };
}
