import { loadSeries } from '../../market/load.ts';
import { fatal } from '../../program/agent-failure.ts';
import type { JsonRecord } from '../../program/request.ts';
import type { Answer } from '../../program/run-agent.ts';
import { checkCompliance } from '../compliance.ts';
import { readMandate } from '../mandate.ts';
import { readMinutes } from '../minutes.ts';
import { limitSize } from '../sizing-limits.ts';

const AGENT = 'compliance-officer';

/** Checks the mandate; it does not vote, for its rules bind whatever the others choose. */
export const complianceOfficer: Answer = (request, progress) => {
  const { input } = request;
  const series = loadSeries(input);
  const mandate = readMandate(input);
  const report = checkCompliance(AGENT, {
    series,
    mandate,
    sizing: readMinutes(request).latest('sizing-limits') ?? limitSize('position-sizer', series, mandate),
    asOf: input.asOf ? String(input.asOf) : undefined,
    portfolioValue: readPortfolio(input),
  });
  progress(report.headline);
  return report;
};

function readPortfolio({ portfolioValue }: JsonRecord): number | undefined {
  if (portfolioValue === undefined || portfolioValue === null || portfolioValue === '') return undefined;
  const value = Number(portfolioValue);
  if (value > 0) return value;
  throw fatal(`portfolioValue must be a number above 0, not ${JSON.stringify(portfolioValue)}`);
}
