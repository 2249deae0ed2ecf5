import type { ExecutionReport } from '../../engine/report.ts';
import type { ArtifactStore } from '../../ports/artifact-store.ts';
import { type CliContext, printJson } from '../context.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { frameLines } from '../views/frame.ts';
import { outcomeLines } from '../views/outcome.ts';
import type { RunView } from '../views/run-view.ts';
import { lookOf } from '../views/states.ts';
import type { Driven } from './drive.ts';
import { finalReport } from './final-report.ts';
import { howTo } from './how-to.ts';

export interface ConcludeOptions {
  readonly view: RunView;
  readonly artifacts: ArtifactStore;
  readonly json: boolean;
  readonly data?: string | undefined;
}

/** Tells how an execution stands now that the command ends, and sets the exit code by it. */
export async function conclude(context: CliContext, driven: Driven, options: ConcludeOptions): Promise<void> {
  const { view, json } = options;
  const { fold, isInterrupted, isOwned } = driven;
  const command = howTo(context, options);
  const report = await finalReport(fold, options.artifacts);
  view.end();
  context.exitCode = isInterrupted ? EXIT.interrupted : exitCodeOf(fold.status);
  if (json) printJson(context, report);
  if (isInterrupted) {
    const { style } = context.stderr;
    const { execution } = report;
    context.stderr.line(
      style.yellow(`The execution ${execution} has not ended: it is ${lookOf(fold.status).word}.`),
    );
    context.stderr.line(
      isOwned
        ? `${command('resume', execution)} goes on with it; so does the same troupe run with --id ${execution}.`
        : `${command('watch', execution)} follows it again.`,
    );
    return;
  }
  if (json) return;
  const { columns, style } = context.stdout;
  if (context.stdout.isTerminal) context.stdout.write(`${phaseLines(report, context).join('\n')}\n\n`);
  const lines = outcomeLines(report, { columns, style, command });
  context.stdout.write(`${lines.join('\n')}\n`);
}

/** All phases, for the terminal to keep: the live view is gone by now. */
function phaseLines(report: ExecutionReport, { stdout, clock }: CliContext): readonly string[] {
  const scene = { report, progress: new Map<string, string>(), notes: [], now: clock.now(), tick: 0 };
  const [, , ...phases] = frameLines(scene, { columns: stdout.columns, rows: ALL_ROWS }, stdout.style);
  return phases;
}

const ALL_ROWS = 100_000;
