import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { executionUnknown, stepUnknown, usageInvalid } from '../../errors.ts';
import { readStory, type Story } from '../../history/story.ts';
import type { HostPresence } from '../../ports/agent-directory.ts';
import { provenanceOf } from '../../provenance/graph.ts';
import { provenanceMermaid } from '../../provenance/mermaid.ts';
import { provJson } from '../../provenance/prov-json.ts';
import { nearest } from '../../task/nearest.ts';
import { type CliContext, pathOf, printJson } from '../context.ts';
import { howTo, howToGoOn } from '../drive/how-to.ts';
import { examples, jsonOption, type StateOptions, withStateOptions } from '../options.ts';
import { type ExecutionState, openExecution } from '../state/state.ts';
import { documentOf, type ReportDocument, withLargeValues, withLiveness } from '../views/report-document.ts';
import { logLines } from '../views/report-logs.ts';
import { reportMarkdown } from '../views/report-markdown.ts';
import { pageOf } from '../views/report-page.ts';
import { provenanceLines } from '../views/report-provenance.ts';
import { stepPage } from '../views/report-step.ts';
import { reportLines } from '../views/report-text.ts';

interface ShowOptions extends StateOptions {
  readonly json?: boolean;
  readonly markdown?: string | true;
  readonly logs?: boolean;
  readonly step?: string;
  readonly provenance?: boolean;
  readonly mermaid?: boolean;
}

const ABOUT_LARGE_VALUES = `--json has every value in its place. The JSON of 'troupe run' has only the outputs of the execution so: values of
phases and steps above 64 KiB stay references there, {"$artifact": DIGEST}.`;

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('show')
    .argument('<execution>', 'its id, see troupe list')
    .description('show an execution: phases, steps, outputs, errors, where the time went')
    .option('-s, --step <id>', 'one step only: every attempt, and its output in full')
    .option('--logs', 'what agents wrote to standard error, attempt by attempt')
    .option('--markdown [file]', 'write the report as Markdown, to FILE or to standard output')
    .option('--provenance', 'what came of what: artifacts in and out of every step; with --json as W3C PROV')
    .option('--mermaid', 'with --provenance: as a Mermaid flowchart')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `${examples(
        ['troupe show ID', 'the report'],
        ['troupe show ID --step chair --logs', 'one step, and what its agent wrote'],
        ['troupe show ID --markdown report.md', 'the report as a file'],
        ['troupe show ID --provenance', 'what went into each step, and what came out'],
        ['troupe show ID --json | jq .outputs', 'for a program'],
      )}\n\n${ABOUT_LARGE_VALUES}`,
    )
    .action((id: string, options: ShowOptions) => show(id, options, context));
  withStateOptions(command);
}

async function show(execution: string, options: ShowOptions, context: CliContext): Promise<void> {
  assertOneForm(options);
  await using data = await openExecution(context, execution, options);
  const story = await readStory(execution, data.sources);
  if (story === undefined) throw executionUnknown(execution);
  if (options.provenance === true) {
    printProvenance(story, options, context);
    return;
  }
  const document = documentOf(story, {
    isDriven: await isDriven(story, data),
    now: context.clock.now(),
    hosts: await hostsAtWork(story, data),
  });
  if (options.step !== undefined) assertStep(document, options.step);

  if (options.json === true) await printDocument(document, options, context, data);
  else if (options.markdown !== undefined) await writeMarkdown(document, options.markdown, context, data);
  else if (options.logs === true) await printLogs(document, options, context, data);
  else await printReport(document, options, context, data);
}

function printProvenance(story: Story, { json, mermaid }: ShowOptions, context: CliContext): void {
  const graph = provenanceOf(story);
  if (json === true) printJson(context, provJson(graph));
  else if (mermaid === true) context.stdout.write(provenanceMermaid(graph));
  else {
    const page = pageOf(context.stdout, context.clock.now());
    for (const line of provenanceLines(graph, page)) context.stdout.line(line);
  }
}

function assertOneForm({ json, markdown, logs, step, provenance, mermaid }: ShowOptions): void {
  if (mermaid === true && (provenance !== true || json === true)) {
    throw usageInvalid(
      '--mermaid is a form of --provenance.',
      'Write --provenance --mermaid, without --json.',
    );
  }
  if (provenance === true && (markdown !== undefined || logs === true || step !== undefined)) {
    throw usageInvalid(
      '--provenance is about the whole execution.',
      'Leave out --markdown, --logs and --step.',
    );
  }
  if (json === true && (markdown !== undefined || logs === true)) {
    throw usageInvalid('--json is a form of its own.', 'Leave out --markdown and --logs.');
  }
  if (markdown !== undefined && (logs === true || step !== undefined)) {
    throw usageInvalid('--markdown writes the whole report.', 'Leave out --logs and --step.');
  }
}

/** Throws STEP_UNKNOWN. */
function assertStep({ report }: ReportDocument, step: string): void {
  const ids = report.phases.flatMap(({ steps }) => steps.map(({ id }) => id));
  if (!ids.includes(step)) throw stepUnknown(report.execution, step, nearest(step, ids));
}

/** One that has ended needs nobody. */
async function isDriven({ fold }: Story, { store }: ExecutionState): Promise<boolean> {
  return fold.hasEnded || (await store.ownership.ownerOf(fold.world.execution)) !== undefined;
}

/** Undefined when the directory does not answer: it is there for the curious, and the report is worth having without. */
async function hostsAtWork(
  { fold }: Story,
  { store }: ExecutionState,
): Promise<readonly HostPresence[] | undefined> {
  return fold.hasEnded ? [] : store.directory.list().catch(() => undefined);
}

/** The whole report, or the one step's part of it. */
async function printDocument(
  { report, liveness }: ReportDocument,
  { step }: ShowOptions,
  context: CliContext,
  { store }: ExecutionState,
): Promise<void> {
  const whole = withLiveness(await withLargeValues(report, store.artifacts), liveness);
  const found = whole.phases.flatMap(({ steps }) => steps).find(({ id }) => id === step);
  printJson(context, step === undefined ? whole : found);
}

async function writeMarkdown(
  document: ReportDocument,
  file: string | true,
  context: CliContext,
  { store }: ExecutionState,
): Promise<void> {
  const report = await withLargeValues(document.report, store.artifacts);
  const text = reportMarkdown({ ...document, report });
  if (file === true || file === '-') {
    context.stdout.write(text);
    return;
  }
  await writeFile(pathOf(context, file), text);
  context.stderr.line(`Wrote ${file}.`);
}

async function printLogs(
  document: ReportDocument,
  { step }: ShowOptions,
  context: CliContext,
  { store }: ExecutionState,
): Promise<void> {
  const attempts = document.attempts.filter((attempt) => step === undefined || attempt.step === step);
  const page = pageOf(context.stdout, context.clock.now());
  for (const line of await logLines(attempts, store.artifacts, page)) context.stdout.line(line);
}

async function printReport(
  document: ReportDocument,
  { step, ...options }: ShowOptions,
  context: CliContext,
  { store }: ExecutionState,
): Promise<void> {
  const page = pageOf(context.stdout, context.clock.now());
  const command = howTo(context, options);
  const lines =
    step === undefined
      ? reportLines(document, page, command, howToGoOn(context, options)(document.report.execution))
      : await stepPage(document, step, store.artifacts, page, command);
  for (const line of lines) context.stdout.line(line);
}
