import { loadSeries } from '../../market/load.ts';
import { lastDate } from '../../market/series.ts';
import { count } from '../../market/words.ts';
import { fatal } from '../../program/agent-failure.ts';
import type { Answer } from '../../program/run-agent.ts';
import { writeReport } from '../../report/report.ts';
import { readDuty } from '../duty.ts';
import { readMandate } from '../mandate.ts';
import { readMinutes } from '../minutes.ts';
import { openMeeting } from '../opening.ts';

const AGENT = 'committee-secretary';

/** Opens the meeting, and writes its report when it is over. */
export const secretary: Answer = (request, progress) => {
  const duty = readDuty(request, ['open', 'report']);
  const series = loadSeries(request.input);
  if (duty === 'open') {
    progress(`read ${count(series.dates.length, 'price')} of ${series.ticker} up to ${lastDate(series)}`);
    return openMeeting(AGENT, series, readMandate(request.input));
  }
  const minutes = readMinutes(request);
  const decision = minutes.latest('decision');
  const opening = minutes.latest('opening');
  if (decision === undefined || opening === undefined) throw fatal('There is no decision to report');
  return { kind: 'report', agent: AGENT, report: writeReport({ series, minutes, decision, opening }) };
};
