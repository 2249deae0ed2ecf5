import type { MakespanOfHosts } from '../../simulation/campaign.ts';
import { durationInWords } from '../words.ts';

const WIDTH = 640;
const HEIGHT = 400;
const LEFT = 112;
const RIGHT = 24;
const TOP = 64;
const BOTTOM = 56;

/** Readable on light and on dark paper; the viewer decides which it is. */
const STYLE = `
    svg { background: #ffffff; color: #1f2328; font: 13px system-ui, sans-serif; }
    text { fill: currentColor; }
    .title { font-size: 16px; font-weight: 600; }
    .grid { stroke: currentColor; stroke-opacity: 0.15; }
    .axis { stroke: currentColor; }
    .p50 { stroke: #0969da; fill: #0969da; }
    .p95 { stroke: #bc4c00; fill: #bc4c00; }
    path { fill: none !important; stroke-width: 2; }
    @media (prefers-color-scheme: dark) {
      svg { background: #0d1117; color: #e6edf3; }
      .p50 { stroke: #58a6ff; fill: #58a6ff; }
      .p95 { stroke: #f0883e; fill: #f0883e; }
    }`;

/** How long the task takes by the number of agent hosts, as an SVG document: the median, and what 95 % of the runs keep to. */
export function makespanChart(task: string, makespan: readonly MakespanOfHosts[]): string {
  const points = makespan.filter((one): one is Complete => one.p50 !== null && one.p95 !== null);
  const longest = Math.max(1, ...points.map(({ p95 }) => p95));
  const step = niceStep(longest);
  const lines = Math.ceil(longest / step);
  const top = lines * step;
  const lastHosts = Math.max(1, ...makespan.map(({ hosts }) => hosts));
  const x = (hosts: number): number =>
    lastHosts === 1
      ? (LEFT + WIDTH - RIGHT) / 2
      : LEFT + ((hosts - 1) / (lastHosts - 1)) * (WIDTH - LEFT - RIGHT);
  const y = (ms: number): number => HEIGHT - BOTTOM - (ms / top) * (HEIGHT - TOP - BOTTOM);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title">`,
    `  <style>${STYLE}\n  </style>`,
    `  <title id="title">How long ${escaped(task)} takes, by the number of agent hosts</title>`,
    `  <text class="title" x="${LEFT}" y="26">${escaped(shortened(task))}</text>`,
    ...Array.from({ length: lines + 1 }, (_, at) => gridLine(y(at * step), at * step)).flat(),
    ...hostTicks(lastHosts).map((hosts) => label(x(hosts), HEIGHT - BOTTOM + 20, 'middle', String(hosts))),
    `  <path class="axis" d="M${LEFT} ${TOP} V${HEIGHT - BOTTOM} H${WIDTH - RIGHT}" stroke="currentColor"/>`,
    label((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, 'middle', 'agent hosts'),
    `  <text transform="translate(16 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">makespan (virtual time)</text>`,
    ...curve(
      'p95',
      points.map(({ hosts, p95 }) => [x(hosts), y(p95), `${hosts}: ${durationInWords(p95)}`]),
    ),
    ...curve(
      'p50',
      points.map(({ hosts, p50 }) => [x(hosts), y(p50), `${hosts}: ${durationInWords(p50)}`]),
    ),
    ...legend(),
    '</svg>',
    '',
  ].join('\n');
}

type Complete = MakespanOfHosts & { readonly p50: number; readonly p95: number };

function gridLine(y: number, ms: number): readonly string[] {
  return [
    `  <line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${round(y)}" y2="${round(y)}"/>`,
    label(LEFT - 8, y + 4, 'end', durationInWords(ms)),
  ];
}

function curve(
  name: 'p50' | 'p95',
  points: readonly (readonly [x: number, y: number, about: string])[],
): readonly string[] {
  if (points.length === 0) return [];
  const path = points.map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join(' ');
  return [
    `  <path class="${name}" d="${path}"/>`,
    ...points.map(
      ([x, y, about]) =>
        `  <circle class="${name}" cx="${round(x)}" cy="${round(y)}" r="4"><title>${name}, ${about}</title></circle>`,
    ),
  ];
}

function legend(): readonly string[] {
  const entries = [
    ['p50', 'half of the runs take at most this long'],
    ['p95', '95 % take at most this long'],
  ] as const;
  return entries.flatMap(([name, text], at) => {
    const x = LEFT + at * 280;
    return [`  <circle class="${name}" cx="${x + 5}" cy="44" r="4"/>`, label(x + 16, 48, 'start', text)];
  });
}

function label(x: number, y: number, anchor: 'start' | 'middle' | 'end', text: string): string {
  return `  <text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escaped(text)}</text>`;
}

/** At most a dozen numbers of hosts. */
function hostTicks(last: number): readonly number[] {
  const every = Math.ceil(last / 12);
  return Array.from({ length: last }, (_, at) => at + 1).filter((hosts) => (hosts - 1) % every === 0);
}

/** So far apart that the names of grid lines are round, and the highest value is below the last of them. */
function niceStep(ms: number): number {
  const wanted = ms / GRID_LINES;
  const known = ROUND_STEPS.find((step) => step >= wanted);
  if (known !== undefined) return known;
  const day = ROUND_STEPS.at(-1) ?? 1;
  return Math.ceil(wanted / day) * day;
}

/** At the most. */
const GRID_LINES = 4;

/** 1, 2, 5, 10 … 500 ms, then what people count in seconds, minutes, hours and days. */
const ROUND_STEPS: readonly number[] = [
  ...[1, 10, 100].flatMap((unit) => [unit, 2 * unit, 5 * unit]),
  ...[1000, 60_000].flatMap((unit) => [1, 2, 5, 10, 15, 30].map((count) => count * unit)),
  ...[1, 2, 3, 6, 12, 24].map((hours) => hours * 3_600_000),
];

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
