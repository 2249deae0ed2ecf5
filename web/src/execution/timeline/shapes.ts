import type { Tone } from '../../theme/tone.ts';

interface Shape {
  readonly path: Path2D;
  readonly isFilled: boolean;
  readonly line: number;
}

/** As in parts/status-mark.tsx, in a square of 14. */
const SHAPES: { readonly [tone in Tone]: readonly [path: string, line: number] } = {
  waiting: ['M2.4 7a4.6 4.6 0 1 0 9.2 0a4.6 4.6 0 1 0-9.2 0', 1.6],
  running: ['M3 7a4 4 0 1 0 8 0a4 4 0 1 0-8 0', 0],
  succeeded: ['M2.6 7.6 5.6 10.6 11.4 3.8', 1.6],
  retrying: ['M4.8 3.4v7.2M9.2 3.4v7.2', 2.2],
  failed: ['m3.4 3.4 7.2 7.2M10.6 3.4l-7.2 7.2', 1.6],
  person: [
    'M4.3 7.4V3.7a.85.85 0 0 1 1.7 0V2.6a.85.85 0 0 1 1.7 0v.7a.85.85 0 0 1 1.7 0v1.1a.85.85 0 0 1 1.7 0v4.1c0 2.4-1.5 4-3.7 4-1.8 0-2.8-.7-3.6-2.2L1.9 8a.9.9 0 0 1 1.5-.9l.9 1.1M6 6.2V3.7M7.7 6V3.2M9.4 6.2V4.4',
    1.1,
  ],
  undoing: ['M4.6 2.4 2.2 4.8l2.4 2.4M2.4 4.8h5.4a3.4 3.4 0 0 1 0 6.8H4.4', 1.6],
};

const shapes = new Map<Tone, Shape>();

/** The shape of a meaning on a canvas, its middle at x and y. */
export function drawShape(
  context: CanvasRenderingContext2D,
  tone: Tone,
  x: number,
  y: number,
  colour: string,
): void {
  const { path, isFilled, line } = shapeOf(tone);
  context.save();
  context.translate(x - 7, y - 7);
  if (isFilled) {
    context.fillStyle = colour;
    context.fill(path);
  } else {
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.lineCap = 'round';
    context.lineJoin = 'round';
    context.stroke(path);
  }
  context.restore();
}

function shapeOf(tone: Tone): Shape {
  const known = shapes.get(tone);
  if (known !== undefined) return known;
  const [path, line] = SHAPES[tone];
  const shape = { path: new Path2D(path), isFilled: line === 0, line };
  shapes.set(tone, shape);
  return shape;
}
