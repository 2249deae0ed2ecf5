import { LANE_STATUS, type Lanes, SEGMENT_KIND } from '../../../../src/inspection/documents.ts';
import { type Tone, toneOf } from '../../theme/tone.ts';
import type { Palette } from './palette.ts';
import type { Rows } from './rows.ts';
import { drawShape } from './shapes.ts';
import { tickLabel, tickStep } from './ticks.ts';
import type { TimeScale } from './time-scale.ts';
import type { ViewWindow } from './view-window.ts';

/** All that one frame of the timeline shows. Lengths are CSS pixels, instants ms of the log's time. */
export interface Scene {
  readonly lanes: Lanes;
  /** The newest known: what the past does not know yet is drawn as a shadow. Null: nothing beyond `lanes`. */
  readonly shadow: Lanes | null;
  /** Of `shadow` where there is one, so that rows keep their places at every position. */
  readonly rows: Rows;
  /** Row in `lanes` of a row in `shadow`; null: the same. -1: not there yet. */
  readonly rowOf: Int32Array | null;
  readonly scale: TimeScale;
  readonly view: ViewWindow;
  readonly frame: Frame;
  readonly scrollTop: number;
  /** Where what goes on ends: now, or the time of the position. */
  readonly now: number;
  /** Time of the position; null: live. */
  readonly playhead: number | null;
  /** Entries of `rows`; -1: none. */
  readonly selected: number;
  readonly hovered: number;
  /** Shown time from and to which a drag reaches. */
  readonly dragged: ViewWindow | null;
  readonly palette: Palette;
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly axisHeight: number;
  readonly rowHeight: number;
  /** Width of the column of titles; 0: titles stand above their bars. */
  readonly titleWidth: number;
  /** What is left free at the right end. */
  readonly marginRight: number;
}

/** Place of a shown time on the canvas. */
export function placeOf(shown: number, { frame, view }: Pick<Scene, 'frame' | 'view'>): number {
  const left = frame.titleWidth + EDGE;
  return left + ((shown - view.from) / (view.to - view.from)) * (frame.width - frame.marginRight - left);
}

/** Shown time at a place on the canvas. */
export function shownAt(place: number, { frame, view }: Pick<Scene, 'frame' | 'view'>): number {
  const left = frame.titleWidth + EDGE;
  return view.from + ((place - left) / (frame.width - frame.marginRight - left)) * (view.to - view.from);
}

/** Between titles and the first moment. */
const EDGE = 8;

const [WAITING, CLAIMED, RUNNING, BACKOFF, PERSON, FAILED, COMPENSATING] = SEGMENT_KIND.map(
  (_, index) => index,
);

/** Draws the rows that are in sight, and nothing else. */
export function drawTimeline(context: CanvasRenderingContext2D, scene: Scene): void {
  const { frame, palette, rows, scrollTop } = scene;
  context.clearRect(0, 0, frame.width, frame.height);
  context.fillStyle = palette.surface;
  context.fillRect(0, 0, frame.width, frame.height);
  context.textBaseline = 'middle';
  const step = drawGrid(context, scene);
  context.save();
  context.beginPath();
  context.rect(0, frame.axisHeight, frame.width, frame.height - frame.axisHeight);
  context.clip();
  const first = Math.max(0, Math.floor(scrollTop / frame.rowHeight));
  const end = Math.min(
    rows.entries.length,
    Math.ceil((scrollTop + frame.height - frame.axisHeight) / frame.rowHeight),
  );
  for (let entry = first; entry < end; entry++) {
    const top = frame.axisHeight + entry * frame.rowHeight - scrollTop;
    const row = rows.entries[entry] as number;
    if (row < 0) drawHeader(context, scene, entry, -1 - row, top);
    else drawRow(context, scene, entry, row, top);
  }
  drawFolds(context, scene);
  context.restore();
  drawAxis(context, scene, step);
  drawPlayhead(context, scene);
  drawDrag(context, scene);
}

function drawGrid(context: CanvasRenderingContext2D, scene: Scene): number {
  const { frame, palette } = scene;
  const room = frame.width - frame.titleWidth - frame.marginRight - EDGE;
  const step = tickStep(scene.view.to - scene.view.from, room / (frame.titleWidth === 0 ? 72 : 96));
  context.fillStyle = palette.line;
  for (const place of ticksOf(scene, step).map(({ place }) => place)) {
    context.fillRect(Math.round(place), frame.axisHeight, 1, frame.height - frame.axisHeight);
  }
  return step;
}

function ticksOf(scene: Scene, step: number): { readonly place: number; readonly elapsed: number }[] {
  const { scale, view } = scene;
  const ticks: { place: number; elapsed: number }[] = [];
  const begin = scale.toTime(view.from) - scale.from;
  let elapsed = Math.ceil(begin / step) * step;
  let last = Number.NEGATIVE_INFINITY;
  for (let count = 0; count < 400; count++, elapsed += step) {
    const shown = scale.toShown(scale.from + elapsed);
    if (shown > view.to) break;
    const fold = scale.folds.find(({ shownFrom, shownTo }) => shown > shownFrom && shown < shownTo);
    if (fold !== undefined) {
      elapsed = Math.floor((fold.to - scale.from) / step) * step;
      continue;
    }
    const place = placeOf(shown, scene);
    if (place - last < 56) continue;
    ticks.push({ place, elapsed });
    last = place;
  }
  return ticks;
}

function drawAxis(context: CanvasRenderingContext2D, scene: Scene, step: number): void {
  const { frame, palette } = scene;
  context.fillStyle = palette.surface;
  context.fillRect(0, 0, frame.width, frame.axisHeight);
  context.fillStyle = palette.line;
  context.fillRect(0, frame.axisHeight - 1, frame.width, 1);
  context.font = `11px ${palette.font}`;
  context.fillStyle = palette.muted;
  for (const { place, elapsed } of ticksOf(scene, step)) {
    const text = tickLabel(elapsed, step);
    const left = place + 4;
    if (left + context.measureText(text).width > frame.width) continue;
    context.fillText(text, left, frame.axisHeight / 2);
    context.fillRect(Math.round(place), frame.axisHeight - 5, 1, 5);
  }
  if (frame.titleWidth === 0) return;
  context.fillStyle = palette.surface;
  context.fillRect(0, 0, frame.titleWidth, frame.axisHeight - 1);
  context.fillStyle = palette.line;
  context.fillRect(frame.titleWidth, 0, 1, frame.height);
}

function drawFolds(context: CanvasRenderingContext2D, scene: Scene): void {
  const { frame, palette, scale } = scene;
  for (const { shownFrom, shownTo } of scale.folds) {
    const left = placeOf(shownFrom, scene);
    const width = placeOf(shownTo, scene) - left;
    if (left + width < frame.titleWidth || left > frame.width) continue;
    const start = Math.max(left, frame.titleWidth + 1);
    context.fillStyle = palette.surface;
    context.globalAlpha = 0.8;
    context.fillRect(start, frame.axisHeight, left + width - start, frame.height);
    context.globalAlpha = 1;
    context.strokeStyle = palette.muted;
    context.lineWidth = 1;
    for (const place of [left, left + width]) {
      if (place <= frame.titleWidth) continue;
      context.beginPath();
      for (let top = frame.axisHeight, side = 0; top < frame.height; top += 6, side ^= 1) {
        context.lineTo(Math.round(place) + (side === 0 ? -1.5 : 1.5), top);
      }
      context.stroke();
    }
  }
}

function drawHeader(
  context: CanvasRenderingContext2D,
  scene: Scene,
  entry: number,
  index: number,
  top: number,
): void {
  const { frame, palette, rows } = scene;
  const phase = rows.phases[index];
  if (phase === undefined) return;
  context.fillStyle =
    entry === scene.selected ? palette.selected : entry === scene.hovered ? palette.hovered : palette.header;
  context.fillRect(0, top, frame.width, frame.rowHeight);
  context.fillStyle = palette.line;
  context.fillRect(0, top + frame.rowHeight - 1, frame.width, 1);
  const middle = top + frame.rowHeight / 2;
  context.fillStyle = palette.muted;
  context.beginPath();
  if (phase.isClosed) {
    context.moveTo(12, middle - 4);
    context.lineTo(17, middle);
    context.lineTo(12, middle + 4);
  } else {
    context.moveTo(10, middle - 2.5);
    context.lineTo(18, middle - 2.5);
    context.lineTo(14, middle + 2.5);
  }
  context.fill();
  context.font = `600 12px ${palette.font}`;
  context.fillStyle = palette.text;
  const room = (frame.titleWidth === 0 ? frame.width * 0.7 : frame.titleWidth) - 34;
  const title = fitted(context, phase.name, room - 36);
  context.fillText(title, 26, middle);
  const left = 26 + context.measureText(title).width + 8;
  context.font = `11px ${palette.font}`;
  context.fillStyle = palette.muted;
  context.fillText(String(phase.end - phase.first), left, middle);
  if (phase.isClosed) drawSpan(context, scene, phase.first, phase.end, middle);
}

/** The whole stretch of a closed phase. */
function drawSpan(
  context: CanvasRenderingContext2D,
  scene: Scene,
  first: number,
  end: number,
  middle: number,
): void {
  const { lanes, rowOf } = scene;
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (let row = first; row < end; row++) {
    const own = rowOf === null ? row : (rowOf[row] as number);
    if (own < 0) continue;
    const start = lanes.firstSegment[own] as number;
    const after = lanes.firstSegment[own + 1] as number;
    if (start === after) continue;
    from = Math.min(from, lanes.segmentFrom[start] as number);
    const last = lanes.segmentTo[after - 1] as number;
    to = Math.max(to, Number.isNaN(last) ? scene.now : last);
  }
  if (from > to) return;
  const left = barPlace(from, scene);
  context.fillStyle = scene.palette.muted;
  context.globalAlpha = 0.55;
  context.fillRect(left, middle - 3, Math.max(2, barPlace(to, scene) - left), 6);
  context.globalAlpha = 1;
}

function drawRow(
  context: CanvasRenderingContext2D,
  scene: Scene,
  entry: number,
  row: number,
  top: number,
): void {
  const { frame, lanes, palette, rowOf, shadow } = scene;
  const { rowHeight, titleWidth, width } = frame;
  const own = rowOf === null ? row : (rowOf[row] as number);
  const isStacked = titleWidth === 0;
  if (entry === scene.selected || entry === scene.hovered) {
    context.fillStyle = entry === scene.selected ? palette.selected : palette.hovered;
    context.fillRect(0, top, width, rowHeight);
    if (entry === scene.selected) {
      context.fillStyle = palette.accent;
      context.fillRect(0, top, 3, rowHeight);
    }
  }
  const middle = isStacked ? top + rowHeight - 11 : top + rowHeight / 2;
  if (shadow !== null) {
    context.globalAlpha = 0.16;
    drawBars(context, scene, shadow, row, middle, shadow.to);
    context.globalAlpha = 1;
  }
  if (own >= 0) drawBars(context, scene, lanes, own, middle, scene.now);
  const status = own < 0 ? 'pending' : (LANE_STATUS[lanes.rowStatus[own] as number] ?? 'pending');
  const titleMiddle = isStacked ? top + 12 : middle;
  if (!isStacked) {
    // Bars that began before the window end at the titles.
    context.fillStyle =
      entry === scene.selected
        ? palette.selected
        : entry === scene.hovered
          ? palette.hovered
          : palette.surface;
    context.fillRect(
      entry === scene.selected ? 3 : 0,
      top,
      titleWidth - (entry === scene.selected ? 3 : 0),
      rowHeight,
    );
    context.fillStyle = palette.line;
    context.fillRect(titleWidth, top, 1, rowHeight);
  }
  drawShape(context, toneOf(status), 18, titleMiddle, palette.tone[toneOf(status)]);
  const source = shadow ?? lanes;
  const title = source.names[source.rowTitle[row] as number] ?? source.ids[row] ?? '';
  context.font = `12.5px ${palette.font}`;
  context.fillStyle = status === 'pending' || status === 'cancelled' ? palette.muted : palette.text;
  context.fillText(fitted(context, title, (isStacked ? width - 6 : titleWidth) - 38), 30, titleMiddle);
}

function barPlace(at: number, scene: Scene): number {
  const place = placeOf(scene.scale.toShown(at), scene);
  return Math.min(scene.frame.width + 10, Math.max(scene.frame.titleWidth - 10, place));
}

function drawBars(
  context: CanvasRenderingContext2D,
  scene: Scene,
  lanes: Lanes,
  row: number,
  middle: number,
  now: number,
): void {
  const { palette, frame } = scene;
  const first = lanes.firstSegment[row] as number;
  const end = lanes.firstSegment[row + 1] as number;
  const status = LANE_STATUS[lanes.rowStatus[row] as number] ?? 'pending';
  const { fill, tone } = palette;
  let worked = 0;
  let right = 0;
  let isOpen = false;
  for (let index = first; index < end; index++) {
    const from = lanes.segmentFrom[index] as number;
    const given = lanes.segmentTo[index] as number;
    const kind = lanes.segmentKind[index] as number;
    isOpen = Number.isNaN(given);
    const to = isOpen ? Math.max(from, now) : given;
    if (kind === RUNNING) worked += to - from;
    const left = barPlace(from, scene);
    const width = barPlace(to, scene) - left;
    right = left + width;
    if (right < frame.titleWidth || left > frame.width) continue;
    switch (kind) {
      case WAITING:
        context.fillStyle = fill.waiting;
        context.fillRect(left, middle - 0.75, Math.max(1, width), 1.5);
        break;
      case CLAIMED:
        context.fillStyle = hatched(context, fill.running);
        bar(context, left, middle, Math.max(2, width), 10);
        break;
      case BACKOFF:
        context.strokeStyle = tone.retrying;
        context.lineWidth = 2;
        context.setLineDash([2, 3]);
        context.beginPath();
        context.moveTo(left + 1, middle);
        context.lineTo(left + Math.max(2, width - 1), middle);
        context.stroke();
        context.setLineDash([]);
        break;
      case PERSON:
        context.fillStyle = fill.person;
        bar(context, left, middle, Math.max(3, width), 8);
        break;
      case FAILED:
        context.fillStyle = fill.failed;
        bar(context, left, middle, Math.max(3, width), 12);
        break;
      case COMPENSATING:
        context.fillStyle = fill.undoing;
        bar(context, left, middle, Math.max(3, width), 12);
        break;
      default: {
        context.fillStyle = fill[workTone(lanes, index, end, status, isOpen)];
        bar(context, left, middle, Math.max(3, width), 12);
      }
    }
    if (kind !== WAITING && index > first && startsAttempt(lanes, index, first)) {
      context.fillStyle = palette.surface;
      context.fillRect(left - 0.5, middle - 8, 1.5, 16);
      context.fillStyle = palette.text;
      context.fillRect(left - 0.5, middle - 8, 1, 3);
    }
  }
  if (first === end || context.globalAlpha < 1) return;
  const total =
    worked > 0
      ? worked
      : (isOpen ? now : (lanes.segmentTo[end - 1] as number)) - (lanes.segmentFrom[first] as number);
  const text = tickLabel(Math.round(total), total < 10_000 ? 100 : 1000);
  context.font = `11px ${palette.font}`;
  const place = Math.max(right, frame.titleWidth) + 6;
  if (worked > 0 && right > frame.titleWidth && place + context.measureText(text).width < frame.width) {
    context.fillStyle = palette.muted;
    context.fillText(text, place, middle);
  }
}

/** What the work of an attempt came to: it goes on, it was in vain, or what the step ended as. */
function workTone(lanes: Lanes, index: number, end: number, status: string, isOpen: boolean): Tone {
  if (isOpen) return 'running';
  const attempt = lanes.segmentAttempt[index] as number;
  for (let later = index + 1; later < end; later++) {
    const kind = lanes.segmentKind[later] as number;
    if (kind === COMPENSATING) break;
    if (kind === BACKOFF || (lanes.segmentAttempt[later] as number) > attempt) return 'retrying';
    if (kind === FAILED) return 'failed';
  }
  return status === 'undoing' || status === 'undone' ? 'succeeded' : toneOf(status);
}

function startsAttempt(lanes: Lanes, index: number, first: number): boolean {
  const attempt = lanes.segmentAttempt[index] as number;
  if (attempt < 2) return false;
  for (let before = index - 1; before >= first; before--) {
    if (lanes.segmentKind[before] === WAITING || lanes.segmentKind[before] === BACKOFF) continue;
    return lanes.segmentAttempt[before] !== attempt;
  }
  return false;
}

function bar(
  context: CanvasRenderingContext2D,
  left: number,
  middle: number,
  width: number,
  height: number,
): void {
  if (width < 5) {
    context.fillRect(left, middle - height / 2, width, height);
    return;
  }
  context.beginPath();
  context.roundRect(left, middle - height / 2, width, height, 2.5);
  context.fill();
}

const patterns = new Map<string, CanvasPattern>();

function hatched(context: CanvasRenderingContext2D, colour: string): CanvasPattern | string {
  const known = patterns.get(colour);
  if (known !== undefined) return known;
  const tile = document.createElement('canvas');
  tile.width = tile.height = 6;
  const pen = tile.getContext('2d');
  if (pen === null) return colour;
  pen.globalAlpha = 0.25;
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 6, 6);
  pen.globalAlpha = 1;
  pen.strokeStyle = colour;
  pen.lineWidth = 1.4;
  pen.beginPath();
  for (const shift of [-6, 0, 6]) {
    pen.moveTo(shift - 1, 7);
    pen.lineTo(shift + 7, -1);
  }
  pen.stroke();
  const pattern = context.createPattern(tile, 'repeat');
  if (pattern === null) return colour;
  patterns.set(colour, pattern);
  return pattern;
}

function drawPlayhead(context: CanvasRenderingContext2D, scene: Scene): void {
  const { frame, palette, playhead, scale } = scene;
  const place = placeOf(scale.toShown(playhead ?? scene.now), scene);
  if (place < frame.titleWidth || place > frame.width) return;
  context.fillStyle = playhead === null ? palette.tone.running : palette.accent;
  context.globalAlpha = playhead === null ? 0.5 : 1;
  context.fillRect(Math.round(place), frame.axisHeight - 6, playhead === null ? 1 : 1.5, frame.height);
  context.globalAlpha = 1;
  context.beginPath();
  context.moveTo(place - 4.5, frame.axisHeight - 9);
  context.lineTo(place + 5.5, frame.axisHeight - 9);
  context.lineTo(place + 0.5, frame.axisHeight - 2);
  context.fill();
}

function drawDrag(context: CanvasRenderingContext2D, scene: Scene): void {
  if (scene.dragged === null) return;
  const one = placeOf(scene.dragged.from, scene);
  const other = placeOf(scene.dragged.to, scene);
  context.fillStyle = scene.palette.accent;
  context.globalAlpha = 0.14;
  context.fillRect(Math.min(one, other), scene.frame.axisHeight, Math.abs(one - other), scene.frame.height);
  context.globalAlpha = 1;
}

const fits = new Map<string, string>();

/** The text, cut to fit. */
function fitted(context: CanvasRenderingContext2D, text: string, room: number): string {
  const key = `${context.font}|${Math.round(room)}|${text}`;
  const known = fits.get(key);
  if (known !== undefined) return known;
  let result = text;
  if (context.measureText(text).width > room) {
    let low = 0;
    let high = text.length;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (context.measureText(`${text.slice(0, middle)}…`).width <= room) low = middle;
      else high = middle - 1;
    }
    result = `${text.slice(0, low)}…`;
  }
  if (fits.size > 20_000) fits.clear();
  fits.set(key, result);
  return result;
}
