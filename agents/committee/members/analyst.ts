import { loadSeries } from '../../market/load.ts';
import { lastDate, type Series } from '../../market/series.ts';
import type { Request } from '../../program/request.ts';
import type { Answer } from '../../program/run-agent.ts';
import { castVote } from '../cast-vote.ts';
import { defend } from '../defence.ts';
import { readDuty } from '../duty.ts';
import { inShort } from '../in-short.ts';
import { type Mandate, readMandate } from '../mandate.ts';
import type { Method } from '../method.ts';
import { readMinutes } from '../minutes.ts';
import { type Analysis, choiceOf, type Defence, type Presentation, type Vote } from '../opinions.ts';
import { present } from '../presentation.ts';

const DUTIES = ['analyse', 'present', 'defend', 'vote'] as const;

/** An analyst: one method, four duties in a meeting. */
export function analyst(method: Method): Answer {
  return (request, progress) => {
    const statement = speak(method, request);
    progress(inShort(statement));
    return statement;
  };
}

function speak(method: Method, request: Request): Analysis | Presentation | Defence | Vote {
  const duty = readDuty(request, DUTIES);
  const mandate = readMandate(request.input);
  const minutes = readMinutes(request);
  const spoken = minutes.latest('analysis', method.agent);
  if (duty === 'vote' && spoken !== undefined) return castVote(spoken, minutes, mandate, method.area);
  const series = loadSeries(request.input);
  const analysis = spoken ?? analyse(method, series, mandate);
  switch (duty) {
    case 'analyse':
      return analysis;
    case 'present':
      return present({ method, analysis, series, mandate, heard: minutes.all('presentation') });
    case 'defend':
      return defend({ method, analysis, series, mandate, minutes });
    case 'vote':
      return castVote(analysis, minutes, mandate, method.area);
  }
}

/** The first word of an analyst, before it has heard anyone. */
function analyse(method: Method, series: Series, mandate: Mandate): Analysis {
  const assessment = method.assess(series, mandate);
  return {
    kind: 'analysis',
    agent: method.agent,
    asOf: lastDate(series),
    stance: choiceOf(assessment.score),
    ...assessment,
  };
}
