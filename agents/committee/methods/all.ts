import type { Method } from '../method.ts';
import { drawdown } from './drawdown.ts';
import { meanReversion } from './mean-reversion.ts';
import { momentum } from './momentum.ts';
import { seasonality } from './seasonality.ts';
import { trend } from './trend.ts';
import { valueAtRisk } from './value-at-risk.ts';
import { volatility } from './volatility.ts';
import { volume } from './volume.ts';

/** Every analyst's method, for those who check the analysts. */
export const METHODS: readonly Method[] = [
  trend,
  momentum,
  volatility,
  drawdown,
  valueAtRisk,
  seasonality,
  volume,
  meanReversion,
];
