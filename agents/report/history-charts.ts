import { movingAverage } from '../market/averages.ts';
import { drawdowns } from '../market/drawdown.ts';
import { rowsFor, type Series } from '../market/series.ts';
import { at, type Numbers } from '../market/statistics.ts';
import { percent } from '../market/words.ts';
import { area, COLOURS, type Frame, label, line, path, picture, scale, ticks } from './svg.ts';

const FRAME: Frame = { width: 760, height: 300, left: 52, right: 745, top: 34, bottom: 272 };
const LOW_FRAME: Frame = { ...FRAME, height: 190, bottom: 162 };
/** More points than pixels make a file larger, not a picture better. */
const MOST_POINTS = 350;

/** Two years of closes with both moving averages, up to the day of the decision, and the stop when there is one. */
export function priceChart(series: Series, stop: number | null): string {
  const shown = Math.min(series.dates.length, rowsFor(series, 504));
  const first = series.dates.length - shown;
  const [shortRows, longRows] = [rowsFor(series, 50), rowsFor(series, 200)];
  const columns: readonly (readonly [string, string, Numbers])[] = [
    [
      `${longRows}-${unitOf(series)} average`,
      COLOURS.long,
      movingAverage(series.close, longRows).slice(first),
    ],
    [
      `${shortRows}-${unitOf(series)} average`,
      COLOURS.short,
      movingAverage(series.close, shortRows).slice(first),
    ],
    ['close', COLOURS.price, series.close.slice(first)],
  ];
  const values = columns.flatMap(([, , column]) => Array.from(column)).filter(Number.isFinite);
  if (stop !== null) values.push(stop);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const x = scale([0, shown - 1], [FRAME.left, FRAME.right]);
  const y = scale([low, high], [FRAME.bottom, FRAME.top + 8]);
  return picture(
    FRAME,
    `${series.name}, ${series.dates[first]} to ${series.dates.at(-1)}`,
    ...ticks(low, high).map(
      (value) =>
        line(FRAME.left, y(value), FRAME.right, y(value)) +
        label(FRAME.left - 6, y(value) + 4, value.toLocaleString('en-US'), {
          anchor: 'end',
          colour: COLOURS.faint,
        }),
    ),
    ...dateTicks(series.dates.slice(first), x, FRAME),
    ...columns.map(([, colour, column]) => path(pointsOf(column, x, y), colour)),
    ...(stop === null
      ? []
      : [
          line(FRAME.left, y(stop), FRAME.right, y(stop), COLOURS.bad),
          label(FRAME.left + 4, y(stop) - 4, `stop ${stop.toFixed(2)}`, { colour: COLOURS.bad }),
        ]),
    ...columns.map(([name, colour], index) =>
      label(FRAME.right - index * 115, 16, name, { anchor: 'end', colour }),
    ),
  );
}

/** Loss from the running peak over the whole series. */
export function drawdownChart(series: Series): string {
  const losses = drawdowns(series.close).map((loss) => -loss);
  const low = Math.min(-0.05, ...losses);
  const x = scale([0, losses.length - 1], [LOW_FRAME.left, LOW_FRAME.right]);
  const y = scale([low, 0], [LOW_FRAME.bottom, LOW_FRAME.top]);
  return picture(
    LOW_FRAME,
    `Loss from the highest close so far, since ${series.dates[0]}`,
    ...ticks(low, 0, 4).map(
      (value) =>
        line(LOW_FRAME.left, y(value), LOW_FRAME.right, y(value)) +
        label(LOW_FRAME.left - 6, y(value) + 4, percent(Math.abs(value), 0), {
          anchor: 'end',
          colour: COLOURS.faint,
        }),
    ),
    ...dateTicks(series.dates, x, LOW_FRAME),
    area(pointsOf(losses, x, y), y(0), COLOURS.bad),
  );
}

/** Thinned out evenly, the last point kept; rows without a value are left out. */
function pointsOf(
  column: Numbers,
  x: (row: number) => number,
  y: (value: number) => number,
): (readonly [number, number])[] {
  const step = Math.max(1, Math.ceil(column.length / MOST_POINTS));
  const points: (readonly [number, number])[] = [];
  for (let row = (column.length - 1) % step; row < column.length; row += step) {
    if (Number.isFinite(at(column, row))) points.push([x(row), y(at(column, row))]);
  }
  return points;
}

/** The first row of a year, or of a quarter when there are few years. */
function dateTicks(dates: readonly string[], x: (row: number) => number, frame: Frame): string[] {
  const years = Number(dates.at(-1)?.slice(0, 4)) - Number(dates[0]?.slice(0, 4));
  const period = (date: string): string =>
    years > 3 ? date.slice(0, 4) : `${date.slice(0, 4)}-${quarterStart(date)}`;
  const marks = dates.flatMap((date, row) =>
    row > 0 && period(date) !== period(dates[row - 1] ?? date) ? [{ row, text: period(date) }] : [],
  );
  const every = Math.ceil(marks.length / 11);
  return marks
    .filter((_, index) => index % every === 0)
    .map(
      ({ row, text }) =>
        line(x(row), frame.bottom, x(row), frame.bottom + 4, COLOURS.faint) +
        label(x(row), frame.bottom + 17, text, { anchor: 'middle', colour: COLOURS.faint }),
    );
}

function quarterStart(date: string): string {
  const month = Math.floor((Number(date.slice(5, 7)) - 1) / 3) * 3 + 1;
  return String(month).padStart(2, '0');
}

function unitOf({ frequency }: Series): string {
  return frequency === 'daily' ? 'day' : 'month';
}
