import type { SimulatedRun } from '../../simulation/campaign/simulate-run.ts';
import { durationInWords } from '../words.ts';
import { eventLine } from './event-line.ts';
import { line, type Page } from './report-page.ts';

/** What happened in one run, each line with the virtual time since its start. */
export function simulatedTimeline(
  { events, startedAt, result }: SimulatedRun,
  page: Page,
): readonly string[] {
  const told = events.flatMap((event) => {
    const text = eventLine(event);
    return text === undefined || event.type === 'step:progress'
      ? []
      : [{ at: durationInWords(event.at - startedAt), text }];
  });
  const width = Math.max(0, ...told.map(({ at }) => at.length));
  return [
    page.style.bold(`Seed ${result.seed}`),
    ...told.map(({ at, text }) => line(page, [`  ${at.padStart(width)}  `, 'dim'], [text])),
    '',
  ];
}

/** The same as JSON: the events of `troupe events --json`, with `t`, the ms since the start. */
export function timelineDocument({ events, startedAt }: SimulatedRun): readonly object[] {
  return events.flatMap((event) =>
    event.type === 'step:progress' ? [] : [{ t: event.at - startedAt, ...event }],
  );
}
