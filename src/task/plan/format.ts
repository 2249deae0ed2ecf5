import { formatDuration } from '../duration.ts';
import type { Plan, PlannedPhase } from '../plan.ts';

/** A plan as text, without a line break at the end. */
export function formatPlan(plan: Plan): string {
  const { waves, criticalPath, longestChain, maxParallelism, agents } = plan;
  const { length, unit } = criticalPath;
  return [
    `${plan.task} ${plan.version}`,
    ...waves.flatMap((phases, index) => ['', `Wave ${index + 1}`, ...phases.flatMap(formatPhase)]),
    '',
    `Critical path   ${criticalPath.phases.join(' → ')} (${unit === 'ms' ? formatDuration(length) : count(length, 'step')})`,
    `Longest chain   ${longestChain.join(' → ')} (${count(longestChain.length, 'phase')})`,
    `At once         at most ${count(maxParallelism.phases, 'phase')}, ${count(maxParallelism.steps, 'step')}`,
    `Agents          ${agents.join(', ') || 'none'}`,
  ].join('\n');
}

function formatPhase(phase: PlannedPhase): string[] {
  const notes = [
    ...(phase.dependsOn.length === 0 ? [] : [`after ${phase.dependsOn.join(', ')}`]),
    ...(phase.parallel ? [] : ['one step at a time']),
    ...(phase.when === undefined ? [] : [`when ${phase.when}`]),
    ...(phase.forEach === undefined ? [] : [`for each of ${phase.forEach}`]),
  ];
  return [
    `  ${phase.name}${notes.length === 0 ? '' : `  (${notes.join('; ')})`}`,
    ...phase.steps.map(({ id, kind, agent, title }) => `    ${id}  ${agent ?? kind}: ${title}`),
  ];
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
