import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useWidth } from '../parts/use-width.ts';
import { usePalette } from '../theme/use-palette.ts';
import styles from './plot.module.css';

export interface Series {
  readonly title: string;
  /** A custom property of the theme. */
  readonly color: `--${string}`;
  readonly values: readonly (number | null)[];
  /** Bars stand on the series before; lines do not. */
  readonly kind: 'bars' | 'line';
  readonly isDashed?: boolean | undefined;
}

const HEIGHT = 156;

/**
 * A plot over time. It is a picture: what it says stands in a table behind it too. Bars are stacked in the order of the series; `format`
 * writes a value, on the axis and in the legend.
 */
export function Plot({
  label,
  times,
  bucketMs,
  series,
  format,
}: {
  readonly label: string;
  /** Beginnings of the buckets, ms since 1970. */
  readonly times: readonly number[];
  readonly bucketMs: number;
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
}) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const width = useWidth(box);
  const palette = usePalette([...series.map(({ color }) => color), '--text-muted', '--line']);
  const shape = series
    .map(({ title, kind, color, isDashed }) => `${title} ${kind} ${color} ${isDashed}`)
    .join('\n');
  const data = dataOf(times, series);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the data are set below, without making the plot again
  useEffect(() => {
    const element = box.current;
    if (element === null || width === 0) return;
    const made = new uPlot(optionsOf({ width, bucketMs, series, palette, format }), data, element);
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = undefined;
    };
  }, [width, shape, palette, bucketMs]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever the values are others
  useEffect(() => plot.current?.setData(data), [JSON.stringify(data)]);

  return (
    <div ref={box} className={styles.plot} role="img" aria-label={label} style={{ minHeight: HEIGHT + 28 }} />
  );
}

/** Bars are drawn as their sums, the last first, so that the first covers what is below it. */
function dataOf(times: readonly number[], series: readonly Series[]): uPlot.AlignedData {
  return [times.map((at) => at / 1_000), ...drawn(series).map(({ sums }) => sums)] as uPlot.AlignedData;
}

function drawn(series: readonly Series[]): readonly (Series & { readonly sums: (number | null)[] })[] {
  const below: number[] = [];
  const stacked = series.map((each) => {
    if (each.kind === 'line') return { ...each, sums: [...each.values] };
    const sums = each.values.map((value, at) => {
      below[at] = (below[at] ?? 0) + (value ?? 0);
      return below[at];
    });
    return { ...each, sums };
  });
  return [
    ...stacked.filter(({ kind }) => kind === 'bars').reverse(),
    ...stacked.filter(({ kind }) => kind === 'line'),
  ];
}

function optionsOf({
  width,
  bucketMs,
  series,
  palette,
  format,
}: {
  readonly width: number;
  readonly bucketMs: number;
  readonly series: readonly Series[];
  readonly palette: { readonly [name: string]: string };
  readonly format: (value: number) => string;
}): uPlot.Options {
  const font = `11px ${getComputedStyle(document.documentElement).fontFamily}`;
  const muted = palette['--text-muted'] ?? 'gray';
  const line = palette['--line'] ?? 'gray';
  const bars = uPlot.paths.bars?.({ size: [0.82, 40], align: 1 });
  return {
    width,
    height: HEIGHT,
    padding: [8, 4, 0, 0],
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    legend: { live: true },
    // A bar begins at its time: the last one needs room as well.
    scales: {
      x: { time: true, range: (_plot, first, last) => [first, last + bucketMs / 1_000] },
      y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.1 : 1] },
    },
    axes: [
      {
        stroke: muted,
        font,
        grid: { show: false },
        ticks: { stroke: line, width: 1, size: 4 },
        size: 26,
        space: 70,
        values: (_plot, splits) => splits.map((at, place) => axisLabel(at, splits[place - 1])),
      },
      {
        stroke: muted,
        font,
        grid: { stroke: line, width: 1 },
        ticks: { show: false },
        size: 58,
        space: 36,
        values: (_plot, splits) => splits.map((value) => (value === null ? '' : format(value))),
      },
    ],
    series: [
      { label: 'Time', value: (_plot, at) => (at == null ? '' : timeLabel(at * 1_000, bucketMs)) },
      ...drawn(series).map((each): uPlot.Series => {
        const color = palette[each.color] ?? muted;
        return {
          label: each.title,
          stroke: color,
          width: each.kind === 'bars' ? 0 : 1.6,
          ...(each.kind === 'bars' ? { fill: color, ...(bars === undefined ? {} : { paths: bars }) } : {}),
          ...(each.isDashed === true ? { dash: [4, 3] } : {}),
          points: {
            show: each.kind === 'line' && each.values.includes(null),
            size: 4,
            width: 1,
            fill: color,
          },
          spanGaps: true,
          value: (_plot, _value, _series, at) => valueLabel(at == null ? undefined : each.values[at], format),
        };
      }),
    ],
  };
}

function valueLabel(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? '–' : format(value);
}

/** Seconds since 1970 on the axis: the time of day, and the day itself where another begins. */
function axisLabel(at: number, before: number | undefined): string {
  const date = new Date(at * 1_000);
  const isMidnight = date.getHours() === 0 && date.getMinutes() === 0;
  const isFarFromBefore = before !== undefined && at - before >= 86_400;
  if (isMidnight || isFarFromBefore)
    return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  return date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}

/** `19:24`, with the day where a bucket is long. */
export function timeLabel(at: number, bucketMs: number): string {
  const date = new Date(at);
  const time = date.toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    ...(bucketMs < 60_000 ? { second: '2-digit' } : {}),
  });
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  return bucketMs >= 86_400_000 ? day : bucketMs >= 1_800_000 ? `${day} ${time}` : time;
}
