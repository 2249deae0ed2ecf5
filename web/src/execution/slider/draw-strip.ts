import { STRIP_KIND, type Strip } from '../../../../src/inspection/documents.ts';
import type { Palette } from '../timeline/palette.ts';

/** By number of STRIP_KIND: how much of the height a single record takes. */
const HEIGHTS = [0.28, 0.42, 0.56, 1, 0.86, 0.86, 0.28];
/** From the bottom up. */
const STACK = (['failed', 'undoing', 'person', 'succeeded', 'work', 'other', 'refused'] as const).map(
  (kind) => STRIP_KIND.indexOf(kind),
);
const STANDS_OUT: ReadonlySet<number> = new Set(STACK.slice(0, 3));

/** What happened, from the first record to the last: per column of pixels the shares of what happened. */
export function drawStrip(
  context: CanvasRenderingContext2D,
  strip: Strip,
  {
    width,
    height,
    index,
    palette,
  }: { readonly width: number; readonly height: number; readonly index: number; readonly palette: Palette },
): void {
  context.clearRect(0, 0, width, height);
  const count = strip.kinds.length;
  if (count === 0) return;
  const colours = STRIP_KIND.map((kind) => colourOf(kind, palette));
  const pitch = width / count;
  // Columns of at least 3 px; of a short log as wide as a record.
  const columns = Math.min(count, Math.floor(width / 3));
  const step = width / columns;
  const counts = new Uint32Array(STRIP_KIND.length);
  for (let column = 0; column < columns; column++) {
    const first = Math.floor((column * count) / columns);
    const end = Math.max(first + 1, Math.floor(((column + 1) * count) / columns));
    counts.fill(0);
    for (let record = first; record < end; record++) {
      const kind = strip.kinds[record] as number;
      counts[kind] = (counts[kind] as number) + 1;
    }
    const gap = step > 6 ? 2 : step > 4 ? 1.5 : 1;
    const wide = Math.max(1, Math.min(14, step - gap));
    const left = ((first + end) / 2) * pitch - wide / 2;
    context.globalAlpha = first < index ? 1 : 0.32;
    if (end - first === 1) {
      const kind = strip.kinds[first] as number;
      const tall = Math.max(3, (HEIGHTS[kind] as number) * (height - 6));
      context.fillStyle = colours[kind] as string;
      context.fillRect(left, (height - tall) / 2, wide, tall);
      continue;
    }
    // Many records in a column: their shares, what stands out at the bottom and never too thin to see.
    let bottom = height - 3;
    for (const kind of STACK) {
      const own = counts[kind] as number;
      if (own === 0 || bottom <= 3) continue;
      const share = (own / (end - first)) * (height - 6);
      const tall = Math.min(bottom - 3, STANDS_OUT.has(kind) ? Math.max(3, share) : share);
      context.fillStyle = colours[kind] as string;
      context.fillRect(left, bottom - tall, wide, tall);
      bottom -= tall;
    }
  }
  context.globalAlpha = 1;
}

function colourOf(kind: (typeof STRIP_KIND)[number], { fill, muted }: Palette): string {
  switch (kind) {
    case 'work':
      return fill.running;
    case 'other':
      return fill.waiting;
    case 'refused':
      return muted;
    default:
      return fill[kind];
  }
}
