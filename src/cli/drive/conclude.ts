import type { ExecutionReport } from '../../engine/report.ts';
import type { ArtifactStore } from '../../ports/artifact-store.ts';
import { type CliContext, printJson } from '../context.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import type { StateOptions } from '../options.ts';
import { frameLines } from '../views/frame.ts';
import { outcomeLines } from '../views/outcome.ts';
import type { RunView } from '../views/run-view.ts';
import { lookOf } from '../views/states.ts';
import type { Driven } from './drive.ts';
import { finalReport } from './final-report.ts';
import { howTo } from './how-to.ts';

export interface ConcludeOptions extends StateOptions {
  readonly view: RunView;
  readonly artifacts: ArtifactStore;
  readonly json: boolean;
}

/** Tells how an execution stands now that the command ends, and sets the exit code by it. */
export async function conclude(context: CliContext, driven: Driven, options: ConcludeOptions): Promise<void> {
  const { fold, isInterrupted, isOwned } = driven;
  const command = howTo(context, options);
  const report = await finalReport(fold, options.artifacts);
  options.view.end();
  context.exitCode = isInterrupted ? EXIT.interrupted : exitCodeOf(fold.status);
  if (options.json) printJson(context, report);
  else if (context.stdout.isTerminal) leavePhases(context, report);
  if (isInterrupted) {
    const { execution, status } = report;
    const goOn = isOwned
      ? `${command('resume', execution)} goes on with it; so does the same troupe run with --id ${execution}.`
      : `${command('watch', execution)} follows it again.`;
    const { stderr } = context;
    stderr.line(
      stderr.style.yellow(`The execution ${execution} has not ended: it is ${lookOf(status).word}.`),
    );
    stderr.line(goOn);
  } else if (!options.json) {
    const { columns, style } = context.stdout;
    for (const line of outcomeLines(report, { columns, style, command })) context.stdout.line(line);
  }
}

/** The phases as they stand, for the terminal to keep: the live view is gone by now. */
function leavePhases({ stdout, clock }: CliContext, report: ExecutionReport): void {
  const scene = { report, progress: new Map<string, string>(), notes: [], now: clock.now(), tick: 0 };
  const rows = report.finishedAt === null ? stdout.rows : ALL_ROWS;
  const [, , ...phases] = frameLines(scene, { columns: stdout.columns, rows }, stdout.style);
  for (const line of phases) stdout.line(line);
  stdout.line();
}

/** More than any task has phases; of an execution that has ended no steps are shown. */
const ALL_ROWS = 100_000;
