import type { DurationSource } from '../../simulation/campaign/durations.ts';
import { quantilesOf } from '../../simulation/campaign/statistics.ts';
import type { Rehearsal } from '../../simulation/rehearsal.ts';
import { formatDuration } from '../../task/duration.ts';
import { isTemplate } from '../../task/template.ts';
import { counted, durationInWords } from '../words.ts';

/** Where the durations of a simulation come from, step by step. */
export function durationNotes({
  durations,
  scripted,
  prepared,
  executions,
}: Pick<Rehearsal, 'durations' | 'scripted'> & {
  readonly prepared: Pick<Rehearsal['prepared'], 'definition'>;
  readonly executions?: number | undefined;
}): {
  readonly lines: readonly string[];
  readonly document: object;
} {
  const { sources, spread } = durations;
  const byText = new Map<string, string[]>();
  const roles = new Map(
    prepared.definition.phases.flatMap(({ steps }) =>
      steps.flatMap((step) => (step.kind === 'agent' ? [[step.id, step.agent] as const] : [])),
    ),
  );
  for (const [step, source] of sources) {
    const role = roles.get(step) ?? '';
    const text = scripted.has(role)
      ? 'the agents file'
      : `${isTemplate(role) && scripted.size > 0 ? 'the agents file for those it names, else ' : ''}${inWords(source, spread)}`;
    byText.set(text, [...(byText.get(text) ?? []), step]);
  }
  const from =
    executions === undefined ? [] : [`The history holds ${counted(executions, 'execution')} of the task.`];
  return {
    lines: [
      ...[...byText].map(([text, steps]) => `${steps.join(', ')}: ${text}`),
      ...from,
      ...(scripted.size > 0 ? ['Where the agents file names no latency, history and estimates count.'] : []),
    ],
    document: {
      spread,
      executions: executions ?? 0,
      steps: Object.fromEntries([...sources].map(([step, source]) => [step, documentOf(source)])),
    },
  };
}

function inWords(source: DurationSource, spread: number): string {
  switch (source.kind) {
    case 'history': {
      const quantiles = quantilesOf(source.samples);
      const of = source.of === 'step' ? '' : ' of the agent in other steps';
      return `history, ${counted(source.samples.length, 'attempt')}${of}, half of them at most ${durationInWords(quantiles?.p50 ?? 0)}`;
    }
    case 'estimate': {
      const off =
        spread === 0 ? 'exactly' : `half at most, 95 % at most ${Math.round(spread * 100)} % longer`;
      return `estimate ${formatDuration(source.ms)}, ${off}`;
    }
    case 'none':
      return spread === 0
        ? 'neither estimate nor history: no time at all'
        : 'neither estimate nor history: up to 1 s';
  }
}

function documentOf(source: DurationSource): object {
  return source.kind === 'history'
    ? { kind: 'history', of: source.of, attempts: source.samples.length }
    : source;
}
