import { STRIP_KIND, type Strip } from '../../../../src/inspection/documents.ts';
import type { Palette } from '../timeline/palette.ts';

/** What stands out most, later over earlier; and how much of the height it takes. */
const HEIGHTS = [0.28, 0.42, 0.56, 1, 0.86, 0.86, 0.28];
const RANK = [0, 1, 2, 6, 4, 5, 3];

/** What happened, from the first record to the last: per column of pixels the record that stands out most. */
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
  for (let column = 0; column < columns; column++) {
    const first = Math.floor((column * count) / columns);
    const end = Math.max(first + 1, Math.floor(((column + 1) * count) / columns));
    let shown = strip.kinds[first] as number;
    for (let record = first + 1; record < end; record++) {
      const kind = strip.kinds[record] as number;
      if ((RANK[kind] as number) > (RANK[shown] as number)) shown = kind;
    }
    const tall = Math.max(3, (HEIGHTS[shown] as number) * (height - 6));
    context.globalAlpha = first < index ? 1 : 0.32;
    context.fillStyle = colours[shown] as string;
    const gap = step > 6 ? 2 : step > 4 ? 1.5 : 1;
    const wide = Math.max(1, Math.min(14, step - gap));
    const middle = ((first + end) / 2) * pitch;
    context.fillRect(middle - wide / 2, (height - tall) / 2, wide, tall);
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
