import type { ExecutionReport, PhaseReport, StepReport } from '../../engine/report.ts';
import type { Style } from '../style.ts';
import { oneLine, textWidth } from '../terminal/text-width.ts';
import { counted, durationInWords } from '../words.ts';
import { hasEnded, isActive, phaseRow } from './phase-row.ts';
import { composeLine, type Segment } from './segments.ts';
import { lookOf } from './states.ts';
import { stepLabels, stepRow, widestLabel } from './step-row.ts';

/** What the live view shows at one moment. */
export interface Scene {
  readonly report: ExecutionReport;
  /** Step -> what its agent said last, on one line. */
  readonly progress: ReadonlyMap<string, string>;
  /** Under the phases: what is going on with the process itself, and what a person can do. */
  readonly notes: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly tick: number;
}

export interface FrameSize {
  readonly columns: number;
  readonly rows: number;
}

/**
 * The live view as lines: the execution, its phases, and the steps of those at work. Pure. Never more lines than fit, one row
 * kept free for the cursor; what does not fit is summed up, the past first, then the future, then steps that are over.
 */
export function frameLines(scene: Scene, { columns, rows }: FrameSize, style: Style): string[] {
  const { report, notes } = scene;
  const height = Math.max(4, rows - 1);
  const foot = notes.length === 0 || height < 8 ? [] : ['', ...notes];
  const body = bodyRows(scene, columns, height - 2 - foot.length);
  const lines: readonly (readonly Segment[])[] = [
    headRow(report, scene.now),
    [],
    ...body,
    ...foot.map((note): readonly Segment[] => [[note, 'dim']]),
  ];
  return lines.slice(0, height).map((line) => composeLine(line, columns - 1, style));
}

function headRow(report: ExecutionReport, now: number): readonly Segment[] {
  const { glyph, word, colour } = lookOf(report.status);
  const ended = report.finishedAt !== null;
  const elapsed = ended ? report.durationMs : Math.max(0, now - Date.parse(report.startedAt));
  const steps = report.phases.flatMap((phase) => phase.steps);
  const retried = steps.reduce((sum, { attempts }) => sum + Math.max(0, attempts - 1), 0);
  const done = report.phases.filter(hasEnded).length;
  const reason = report.reason === undefined ? '' : ` (${oneLine(report.reason)})`;
  return [
    [`${glyph} ${word}`, colour],
    [`${reason}  `],
    [`${oneLine(report.task)} `, 'bold'],
    [report.version, 'dim'],
    [
      `  ${durationInWords(elapsed)}  ${done} of ${counted(report.phases.length, 'phase')}  ${report.execution}`,
      'dim',
    ],
    ...(retried === 0 ? [] : [[`  ${counted(retried, 'retry', 'retries')}`, 'yellow'] as const]),
  ];
}

function bodyRows(scene: Scene, columns: number, height: number): readonly (readonly Segment[])[] {
  const { phases } = scene.report;
  const active = phases.filter(isActive);
  const shown = shownPhases(phases, active, height);
  const share = shareOut(
    active.map((phase) => phase.steps.length),
    height - shown.phases.length - (shown.before > 0 ? 1 : 0) - (shown.after > 0 ? 1 : 0),
  );
  const picked = new Map(active.map((phase, index) => [phase.name, pickSteps(phase, share[index] ?? 0)]));
  const labelWidth = labelWidthOf(shown.phases, picked, columns);
  const rows: (readonly Segment[])[] = [];
  if (shown.before > 0) rows.push([[`… ${counted(shown.before, 'phase')} before`, 'dim']]);
  for (const phase of shown.phases) {
    rows.push(phaseRow(phase, labelWidth, scene.now));
    const pick = picked.get(phase.name);
    if (pick !== undefined) rows.push(...stepRows(phase, pick, labelWidth, scene));
  }
  if (shown.after > 0) rows.push([[`… ${counted(shown.after, 'phase')} to come`, 'dim']]);
  return rows;
}

interface ShownPhases {
  readonly phases: readonly PhaseReport[];
  readonly before: number;
  readonly after: number;
}

/** All when there is room for a few steps of each active phase besides; else the active ones and what is nearest to them. */
function shownPhases(
  phases: readonly PhaseReport[],
  active: readonly PhaseReport[],
  height: number,
): ShownPhases {
  const few = Math.max(FEW_STEPS, Math.floor(height / 2 / Math.max(1, active.length)));
  const wanted = active.reduce((sum, { steps }) => sum + Math.min(steps.length, few), 0);
  if (phases.length + wanted <= height) return { phases, before: 0, after: 0 };
  const others = Math.max(0, height - active.length - wanted - 2);
  const ended = phases.filter(hasEnded);
  const toCome = phases.filter((phase) => !hasEnded(phase) && !isActive(phase));
  const keptToCome = Math.min(toCome.length, Math.max(Math.ceil(others / 2), others - ended.length));
  const keptEnded = Math.min(ended.length, others - keptToCome);
  const kept = new Set([...ended.slice(ended.length - keptEnded), ...active, ...toCome.slice(0, keptToCome)]);
  return {
    phases: phases.filter((phase) => kept.has(phase)),
    before: ended.length - keptEnded,
    after: toCome.length - keptToCome,
  };
}

/** So many steps of an active phase are worth leaving other phases out; more where all of them take half of the rows. */
const FEW_STEPS = 4;

/** Divides the rows: nobody gets more than it wants, and what one leaves goes to the others. */
function shareOut(wants: readonly number[], rows: number): readonly number[] {
  const shares = wants.map(() => 0);
  let left = Math.max(0, rows);
  while (left > 0) {
    const hungry = wants.flatMap((want, index) => ((shares[index] ?? 0) < want ? [index] : []));
    if (hungry.length === 0) break;
    for (const index of hungry.slice(0, left)) {
      shares[index] = (shares[index] ?? 0) + 1;
      left -= 1;
    }
  }
  return shares;
}

interface PickedSteps {
  readonly steps: readonly StepReport[];
  readonly hidden: readonly StepReport[];
}

/** The steps that matter most, in file order; with one row less where the rest has to be summed up. */
function pickSteps(phase: PhaseReport, rows: number): PickedSteps {
  const { steps } = phase;
  if (rows >= steps.length) return { steps, hidden: [] };
  if (rows === 0) return { steps: [], hidden: [] };
  const byWeight = steps
    .map((step, index) => ({ step, index }))
    .sort((a, b) => weightOf(a.step) - weightOf(b.step) || a.index - b.index);
  const kept = new Set(byWeight.slice(0, rows - 1).map(({ step }) => step));
  return {
    steps: steps.filter((step) => kept.has(step)),
    hidden: steps.filter((step) => !kept.has(step)),
  };
}

const WEIGHTS: Readonly<Record<string, number>> = {
  claimed: 0,
  evaluating: 0,
  draining: 0,
  waiting: 0,
  backingOff: 1,
  failed: 2,
  offered: 3,
  succeeded: 4,
  pending: 5,
};

function weightOf({ status }: StepReport): number {
  return WEIGHTS[status] ?? 6;
}

function stepRows(
  phase: PhaseReport,
  { steps, hidden }: PickedSteps,
  labelWidth: number,
  { report, progress, now, tick }: Scene,
): readonly (readonly Segment[])[] {
  const labels = stepLabels(phase);
  const rows = steps.map((step) =>
    stepRow(step, {
      label: labels.get(step.id) ?? step.id,
      labelWidth,
      now,
      tick,
      progress: progress.get(step.id),
      isHeld: report.status !== 'running',
    }),
  );
  return hidden.length === 0 ? rows : [...rows, [[`      ${summaryOf(hidden)}`, 'dim']]];
}

/** `… 52 more: 40 done, 12 to come`. */
function summaryOf(steps: readonly StepReport[]): string {
  const counts = new Map<string, number>();
  for (const { status } of steps) counts.set(lookOf(status).word, (counts.get(lookOf(status).word) ?? 0) + 1);
  return `… ${steps.length} more: ${[...counts].map(([word, count]) => `${count} ${word}`).join(', ')}`;
}

/** As wide as the widest, at most two fifths of the terminal. Phase names may stand out four columns to the left. */
function labelWidthOf(
  phases: readonly PhaseReport[],
  picked: ReadonlyMap<string, PickedSteps>,
  columns: number,
): number {
  let width = 0;
  for (const phase of phases) {
    width = Math.max(width, textWidth(oneLine(phase.name)) - 4);
    const pick = picked.get(phase.name);
    if (pick === undefined || pick.steps.length === 0) continue;
    const labels = stepLabels(phase);
    width = Math.max(width, widestLabel(pick.steps.map(({ id }) => labels.get(id) ?? id)));
  }
  return Math.max(8, Math.min(width, Math.floor(columns * 0.4)));
}
