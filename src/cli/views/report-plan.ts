import { formatDuration } from '../../task/duration.ts';
import type { Plan, PlannedPhase, PlannedStep } from '../../task/plan.ts';
import { oneLine, textWidth } from '../terminal/text-width.ts';
import { counted } from '../words.ts';
import { heading, labelled, line, type Page, roomBehindLabel } from './report-page.ts';
import type { Segment } from './segments.ts';
import { valueLines } from './value-lines.ts';

/** What only the surroundings of a plan know. */
export interface PlanNotes {
  /** Agents that have no file: the task would not start. */
  readonly unknownAgents: ReadonlySet<string>;
  /** Phase -> what its `when` and `forEach` come to with the input that was given. */
  readonly foreseen: ReadonlyMap<string, Foreseen>;
}

export interface Foreseen {
  readonly runs?: boolean | undefined;
  readonly itemCount?: number | undefined;
}

/** A plan as a drawing: wave by wave, each phase with its steps and how they follow one another, then what decides the time. */
export function planLines(plan: Plan, notes: PlanNotes, page: Page): readonly string[] {
  const critical = new Set(plan.criticalPath.phases);
  const phases = plan.waves.flat();
  const steps = phases.reduce((sum, phase) => sum + phase.steps.length, 0);
  return [
    line(
      page,
      [oneLine(plan.task), 'bold'],
      [` ${plan.version}`, 'dim'],
      [
        `  ${counted(phases.length, 'phase')}, ${counted(steps, 'step')}, ${counted(plan.agents.length, 'agent')}`,
      ],
    ),
    ...plan.waves.flatMap((wave, at) => [
      ...heading(page, `Wave ${at + 1}${wave.length > 1 ? ', side by side' : ''}`),
      ...wave.flatMap((phase) => phaseLines(phase, critical.has(phase.name), plan, notes, page)),
    ]),
    '',
    ...summaryLines(plan, notes, page),
    '',
    line(page, ['◆ critical path  ∥ side by side  ↓ in this order  ═ waits for all above it', 'dim']),
  ];
}

function phaseLines(
  phase: PlannedPhase,
  isCritical: boolean,
  { criticalPath }: Plan,
  notes: PlanNotes,
  page: Page,
): readonly string[] {
  const about = aboutPhase(phase, notes.foreseen.get(phase.name));
  const length = criticalPath.unit === 'ms' && phase.length > 0 ? `  ${formatDuration(phase.length)}` : '';
  const width = Math.min(MAX_WHO, Math.max(0, ...phase.steps.map((step) => textWidth(whoOf(step)))));
  return [
    line(
      page,
      [isCritical ? '  ◆ ' : '  ◇ ', isCritical ? 'cyan' : 'dim'],
      [oneLine(phase.name), 'bold'],
      [length, 'cyan'],
      [phase.dependsOn.length === 0 ? '' : `  after ${phase.dependsOn.map(oneLine).join(', ')}`, 'dim'],
    ),
    ...about.map((text) => line(page, [`      ${text}`, 'yellow'])),
    ...phase.steps.map((step) => line(page, ...stepSegments(step, phase, width, notes))),
  ];
}

function aboutPhase({ when, forEach }: PlannedPhase, foreseen: Foreseen = {}): readonly string[] {
  const { runs, itemCount } = foreseen;
  return [
    ...(when === undefined
      ? []
      : [
          `only when ${oneLine(when)}${runs === undefined ? '' : runs ? ': it would run' : ': it would be skipped'}`,
        ]),
    ...(forEach === undefined
      ? []
      : [
          `for each of ${oneLine(forEach)}${itemCount === undefined ? '' : `: ${counted(itemCount, 'item')}`}`,
        ]),
  ];
}

/** A longer name only pushes its own line. */
const MAX_WHO = 26;

function whoOf({ agent, kind }: PlannedStep): string {
  return oneLine(agent ?? kind);
}

const BARRIERS: ReadonlySet<PlannedStep['kind']> = new Set([
  ...(['validation', 'aggregate', 'consensus', 'wait', 'approval'] as const),
]);

function stepSegments(
  step: PlannedStep,
  { parallel, steps }: PlannedPhase,
  width: number,
  { unknownAgents }: PlanNotes,
): readonly Segment[] {
  const { kind, agent, title } = step;
  const isAlone = steps.filter((one) => !BARRIERS.has(one.kind)).length === 1;
  const sign = BARRIERS.has(kind) ? '═' : isAlone ? '•' : parallel ? '∥' : '↓';
  const isUnknown = agent !== undefined && unknownAgents.has(agent);
  const who = whoOf(step);
  return [
    ['      '],
    [sign, 'dim'],
    [
      ` ${who}${' '.repeat(Math.max(0, width - textWidth(who)))}`,
      isUnknown ? 'red' : agent === undefined ? 'dim' : undefined,
    ],
    [isUnknown ? '  ✗ no such agent' : '', 'red'],
    [title === who ? '' : `  ${oneLine(title)}`, 'dim'],
  ];
}

function summaryLines(plan: Plan, { unknownAgents }: PlanNotes, page: Page): readonly string[] {
  const { criticalPath, maxParallelism, agents } = plan;
  const { length, unit } = criticalPath;
  const text = (value: string): readonly string[] =>
    valueLines(value, { columns: roomBehindLabel(page), maxLines: 12 });
  const takes =
    unit === 'ms' ? `about ${formatDuration(length)}` : `${counted(length, 'step')} one after the other`;
  return [
    ...labelled(page, 'Critical', text(`${criticalPath.phases.map(oneLine).join(' → ')}: ${takes}`)),
    ...labelled(
      page,
      'At once',
      text(`at most ${counted(maxParallelism.phases, 'phase')} and ${counted(maxParallelism.steps, 'step')}`),
    ),
    ...labelled(page, 'Agents', text(agents.map(oneLine).join(', ') || 'none')),
    ...(unknownAgents.size === 0
      ? []
      : labelled(
          page,
          'Missing',
          text(`${[...unknownAgents].join(', ')}: troupe agents lists those there are`),
          'red',
        )),
  ];
}
