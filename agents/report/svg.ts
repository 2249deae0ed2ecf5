/** The little of SVG that the report's charts need: text out, nothing kept. */

export const COLOURS = {
  ink: '#1f2933',
  faint: '#9aa5b1',
  grid: '#e4e7eb',
  price: '#1f2933',
  short: '#d97706',
  long: '#2563eb',
  good: '#0f766e',
  bad: '#b91c1c',
  before: '#cbd2d9',
} as const;

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A whole picture on white, readable on a dark page too. */
export function picture(frame: Frame, title: string, ...content: readonly string[]): string {
  const { width, height } = frame;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui,sans-serif" font-size="11" role="img">`,
    `<title>${escapeText(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    label(frame.left, 16, title, { size: 13, bold: true }),
    ...content,
    '</svg>',
  ].join('');
}

export interface LabelStyle {
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly colour?: string;
  readonly size?: number;
  readonly bold?: boolean;
}

export function label(
  x: number,
  y: number,
  text: string,
  { anchor = 'start', colour = COLOURS.ink, size, bold }: LabelStyle = {},
): string {
  const style = `${size === undefined ? '' : ` font-size="${size}"`}${bold ? ' font-weight="600"' : ''}`;
  return `<text x="${short(x)}" y="${short(y)}" text-anchor="${anchor}" fill="${colour}"${style}>${escapeText(text)}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, colour: string = COLOURS.grid): string {
  return `<line x1="${short(x1)}" y1="${short(y1)}" x2="${short(x2)}" y2="${short(y2)}" stroke="${colour}"/>`;
}

export function bar(x: number, y: number, width: number, height: number, colour: string): string {
  return `<rect x="${short(Math.min(x, x + width))}" y="${short(y)}" width="${short(Math.abs(width))}" height="${short(height)}" fill="${colour}"/>`;
}

type Point = readonly [x: number, y: number];

export function path(points: readonly Point[], colour: string, width = 1.5): string {
  return `<path d="${trace(points)}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linejoin="round"/>`;
}

/** The space between a line and a level. */
export function area(points: readonly Point[], level: number, colour: string): string {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return '';
  return `<path d="${trace(points)}L${short(last[0])} ${short(level)}L${short(first[0])} ${short(level)}Z" fill="${colour}" fill-opacity="0.25" stroke="${colour}"/>`;
}

/** From data to pixels, straight. */
export function scale(
  from: readonly [number, number],
  to: readonly [number, number],
): (value: number) => number {
  const span = from[1] - from[0] || 1;
  return (value) => to[0] + ((value - from[0]) / span) * (to[1] - to[0]);
}

/** Round values that divide the range into about so many steps. */
export function ticks(low: number, high: number, about = 5): number[] {
  const rough = (high - low) / about || 1;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = magnitude * ([1, 2, 5, 10].find((factor) => factor * magnitude >= rough) ?? 10);
  const values: number[] = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step / 1e6; value += step)
    values.push(value);
  return values;
}

function trace(points: readonly Point[]): string {
  return points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${short(x)} ${short(y)}`).join('');
}

function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
