import type { Lanes } from '../../../../src/inspection/documents.ts';
import { drawTimeline, type Frame, placeOf, type Scene, shownAt } from './draw.ts';
import { idleGaps } from './gaps.ts';
import type { Palette } from './palette.ts';
import type { Rows } from './rows.ts';
import { roomFor } from './ticks.ts';
import { createTimeScale, type TimeScale } from './time-scale.ts';
import { moved, ranged, type ViewWindow, zoomed } from './view-window.ts';

/** What is drawn, as the page knows it. */
export interface Shown {
  readonly lanes: Lanes;
  readonly shadow: Lanes | null;
  readonly rows: Rows;
  readonly rowOf: Int32Array | null;
  /** Time goes on: what is open ends at the present. */
  readonly isGrowing: boolean;
  /** Time of the position. */
  readonly at: number;
  readonly isLive: boolean;
  /** Time of the last record that is known of; what lies behind it is empty. */
  readonly end: number;
  readonly isFolded: boolean;
  readonly selected: number;
  readonly palette: Palette;
}

/** What the pointer rests on: an entry of the rows, and the instant below it; -1 and null where there is none. */
export interface Pointed {
  readonly entry: number;
  readonly at: number | null;
  readonly x: number;
  readonly y: number;
}

export interface TimelineListener {
  onPick(entry: number): void;
  onSeek(at: number): void;
  onPoint(pointed: Pointed | null): void;
  /** It stopped scrolling: these entries are in sight. */
  onSight(first: number, end: number): void;
  /** Whether all of time is shown. */
  onZoom(isAll: boolean): void;
}

const AXIS = 28;
const NARROW = 560;
/** A drag is one from here on; px. */
const DRAG_FROM = 5;

/**
 * Draws the timeline on a canvas that lies below a scroller, and tells what a person does there.
 *
 * 1. A frame costs what is in sight, however many rows there are.
 * 2. While time goes on, its axis stands still and steps on rarely: bars grow, and nothing else moves.
 * 3. Nothing is drawn while nothing changes.
 */
export class TimelineCanvas {
  /** Milliseconds that the newest frames took, for measuring: the newest last, at most 600. */
  readonly frameTimes: number[] = [];
  readonly #canvas: HTMLCanvasElement;
  readonly #scroller: HTMLElement;
  readonly #listener: TimelineListener;
  readonly #observer: ResizeObserver;
  readonly #abort = new AbortController();
  #shown: Shown | undefined;
  #scale: TimeScale = createTimeScale(0, 1);
  #scaleKey = '';
  #view: ViewWindow | null = null;
  #axisEnd = 0;
  #width = 0;
  #height = 0;
  #hovered = -1;
  #dragged: ViewWindow | null = null;
  #drag: { readonly x: number; readonly isAxis: boolean; isMoving: boolean } | undefined;
  #pending = 0;
  #tick: ReturnType<typeof setTimeout> | undefined;
  #sight: ReturnType<typeof setTimeout> | undefined;

  constructor(canvas: HTMLCanvasElement, scroller: HTMLElement, listener: TimelineListener) {
    this.#canvas = canvas;
    this.#scroller = scroller;
    this.#listener = listener;
    this.#observer = new ResizeObserver(() => this.#resize());
    this.#observer.observe(scroller);
    const { signal } = this.#abort;
    scroller.addEventListener('scroll', this.#onScroll, { signal, passive: true });
    scroller.addEventListener('wheel', this.#onWheel, { signal, passive: false });
    scroller.addEventListener('pointerdown', this.#onDown, { signal });
    scroller.addEventListener('pointermove', this.#onMove, { signal });
    scroller.addEventListener('pointerup', this.#onUp, { signal });
    scroller.addEventListener('pointercancel', this.#onLeave, { signal });
    scroller.addEventListener('pointerleave', this.#onLeave, { signal });
    this.#resize();
  }

  stop(): void {
    this.#abort.abort();
    this.#observer.disconnect();
    cancelAnimationFrame(this.#pending);
    clearTimeout(this.#tick);
    clearTimeout(this.#sight);
  }

  show(shown: Shown): void {
    const before = this.#shown;
    this.#shown = shown;
    this.#rescale(shown);
    if (before?.isFolded !== shown.isFolded) this.#setView(null);
    if (before?.rows !== shown.rows) this.#tellSight();
    this.#request();
  }

  /** @param factor below 1: closer; around the middle, or the playhead where it is in sight */
  zoom(factor: number): void {
    const view = this.#window();
    const playhead = this.#scale.toShown(this.#now());
    const isInSight = playhead > view.from && playhead < view.to;
    this.#setView(zoomed(view, isInSight ? playhead : (view.from + view.to) / 2, factor, this.#scale.length));
  }

  zoomOut(): void {
    this.#setView(null);
  }

  /** @param part of what is in sight; below 0: back */
  move(part: number): void {
    const view = this.#window();
    if (this.#view !== null) this.#setView(moved(view, (view.to - view.from) * part, this.#scale.length));
  }

  /** Scrolls no further than needed. */
  reveal(entry: number): void {
    const { rowHeight } = this.frame();
    const top = entry * rowHeight;
    const room = this.#height - AXIS - rowHeight;
    if (top < this.#scroller.scrollTop) this.#scroller.scrollTop = Math.max(0, top - rowHeight);
    else if (top > this.#scroller.scrollTop + room) this.#scroller.scrollTop = top - room + rowHeight;
  }

  frame(): Frame {
    const isNarrow = this.#width < NARROW;
    return {
      width: this.#width,
      height: this.#height,
      axisHeight: AXIS,
      rowHeight: isNarrow ? 40 : 26,
      titleWidth: isNarrow ? 0 : Math.round(Math.min(280, Math.max(180, this.#width * 0.26))),
      marginRight: isNarrow ? 12 : 20,
    };
  }

  #rescale({ lanes, shadow, isGrowing, isFolded, end }: Shown): void {
    const { from } = lanes;
    const to = Math.max(lanes.to, shadow?.to ?? 0, end, isGrowing ? Date.now() : 0);
    // What grew before keeps its axis when it has ended.
    const wanted = isGrowing ? from + roomFor((to - from) * 1.02) : from + (to - from) * 1.01;
    if (wanted > this.#axisEnd || this.#scale.from !== from) this.#axisEnd = wanted;
    const key = `${from} ${this.#axisEnd} ${isFolded} ${isFolded ? to : ''}`;
    if (key === this.#scaleKey) return;
    const wasAll = this.#view === null;
    const gaps = isFolded ? idleGaps(shadow ?? lanes, to) : [];
    this.#scale = createTimeScale(from, Math.max(this.#axisEnd, from + 1), gaps);
    this.#scaleKey = key;
    if (wasAll) this.#view = null;
  }

  #window(): ViewWindow {
    return this.#view ?? { from: 0, to: this.#scale.length };
  }

  #setView(view: ViewWindow | null): void {
    if ((view === null) !== (this.#view === null)) this.#listener.onZoom(view === null);
    this.#view = view;
    this.#request();
  }

  #now(): number {
    const shown = this.#shown;
    if (shown === undefined) return 0;
    return shown.isGrowing
      ? Math.max(shown.at, Date.now())
      : shown.isLive
        ? Math.max(shown.at, shown.lanes.to)
        : shown.at;
  }

  #request(): void {
    if (this.#pending === 0) this.#pending = requestAnimationFrame(this.#draw);
  }

  readonly #draw = (): void => {
    this.#pending = 0;
    const shown = this.#shown;
    const context = this.#canvas.getContext('2d', { alpha: false });
    if (shown === undefined || context === null || this.#width === 0) return;
    const started = performance.now();
    if (shown.isGrowing && Date.now() > this.#axisEnd) this.#rescale(shown);
    const ratio = devicePixelRatio;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const view = this.#window();
    drawTimeline(context, this.#scene(shown, view));
    this.frameTimes.push(performance.now() - started);
    if (this.frameTimes.length > 600) this.frameTimes.shift();
    if (!shown.isGrowing) return;
    // The next frame when a bar has grown by half a pixel.
    clearTimeout(this.#tick);
    const pause = (view.to - view.from) / Math.max(1, this.#width) / 2;
    this.#tick = setTimeout(() => this.#request(), Math.min(1000, Math.max(40, pause)));
  };

  #scene(shown: Shown, view: ViewWindow): Scene {
    const { lanes, shadow, rows, rowOf, palette, selected, isLive } = shown;
    return {
      lanes,
      shadow,
      rows,
      rowOf,
      palette,
      selected,
      view,
      scale: this.#scale,
      frame: this.frame(),
      scrollTop: this.#scroller.scrollTop,
      now: this.#now(),
      playhead: isLive ? null : shown.at,
      hovered: this.#hovered,
      dragged: this.#dragged,
    };
  }

  #resize(): void {
    const { clientWidth, clientHeight } = this.#scroller;
    if (clientWidth === 0 || clientHeight === 0) return;
    this.#width = clientWidth;
    this.#height = clientHeight;
    this.#canvas.width = Math.round(clientWidth * devicePixelRatio);
    this.#canvas.height = Math.round(clientHeight * devicePixelRatio);
    this.#canvas.style.width = `${clientWidth}px`;
    this.#canvas.style.height = `${clientHeight}px`;
    // A canvas that changed its size is empty: drawn before the browser paints.
    cancelAnimationFrame(this.#pending);
    this.#draw();
    this.#tellSight();
  }

  readonly #onScroll = (): void => {
    this.#request();
    clearTimeout(this.#sight);
    this.#sight = setTimeout(() => this.#tellSight(), 120);
  };

  #tellSight(): void {
    const { rowHeight } = this.frame();
    const first = Math.floor(this.#scroller.scrollTop / rowHeight);
    const count = Math.ceil(this.#height / rowHeight) + 1;
    this.#listener.onSight(first, Math.min(this.#shown?.rows.entries.length ?? 0, first + count));
  }

  readonly #onWheel = (event: WheelEvent): void => {
    const isSideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!event.ctrlKey && !event.metaKey && !(isSideways && this.#view !== null)) return;
    event.preventDefault();
    const view = this.#window();
    const scene = { frame: this.frame(), view };
    if (event.ctrlKey || event.metaKey) {
      const around = shownAt(this.#x(event), scene);
      this.#setView(zoomed(view, around, 1.0016 ** event.deltaY, this.#scale.length));
      return;
    }
    const by = event.deltaX === 0 ? event.deltaY : event.deltaX;
    const room = this.#width - scene.frame.titleWidth;
    this.#setView(moved(view, (by / room) * (view.to - view.from), this.#scale.length));
  };

  readonly #onDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const isAxis = this.#y(event) < AXIS;
    this.#drag = { x: this.#x(event), isAxis, isMoving: isAxis };
    if (!isAxis) return;
    this.#scroller.setPointerCapture(event.pointerId);
    this.#seek(event);
  };

  readonly #onMove = (event: PointerEvent): void => {
    const x = this.#x(event);
    const drag = this.#drag;
    if (drag?.isAxis) {
      this.#seek(event);
      return;
    }
    if (drag !== undefined && event.pointerType !== 'touch' && drag.x > this.frame().titleWidth) {
      if (!drag.isMoving && Math.abs(x - drag.x) > DRAG_FROM) {
        drag.isMoving = true;
        this.#scroller.setPointerCapture(event.pointerId);
      }
      if (drag.isMoving) {
        const scene = { frame: this.frame(), view: this.#window() };
        this.#dragged = { from: shownAt(drag.x, scene), to: shownAt(x, scene) };
        this.#listener.onPoint(null);
        this.#request();
        return;
      }
    }
    if (event.pointerType !== 'touch') this.#point(event);
  };

  readonly #onUp = (event: PointerEvent): void => {
    const drag = this.#drag;
    const dragged = this.#dragged;
    this.#drag = undefined;
    this.#dragged = null;
    if (drag === undefined || drag.isAxis) return;
    if (drag.isMoving && dragged !== null) {
      this.#setView(ranged(dragged.from, dragged.to, this.#scale.length));
      this.#request();
      return;
    }
    if (Math.abs(this.#x(event) - drag.x) > 12) return;
    const entry = this.#entry(event);
    if (entry >= 0) this.#listener.onPick(entry);
  };

  readonly #onLeave = (): void => {
    if (this.#drag?.isMoving) return;
    this.#drag = undefined;
    this.#hovered = -1;
    this.#listener.onPoint(null);
    this.#request();
  };

  #point(event: PointerEvent): void {
    const entry = this.#entry(event);
    if (entry !== this.#hovered) {
      this.#hovered = entry;
      this.#request();
    }
    const x = this.#x(event);
    const { titleWidth } = this.frame();
    const at =
      x <= titleWidth ? null : this.#scale.toTime(shownAt(x, { frame: this.frame(), view: this.#window() }));
    this.#scroller.style.cursor = this.#y(event) < AXIS && x > titleWidth ? 'ew-resize' : 'default';
    this.#listener.onPoint(entry < 0 ? null : { entry, at, x, y: this.#y(event) });
  }

  #seek(event: PointerEvent): void {
    const shown = shownAt(this.#x(event), { frame: this.frame(), view: this.#window() });
    this.#listener.onSeek(this.#scale.toTime(Math.max(0, shown)));
  }

  /** Place of an instant, px from the left. */
  placeOf(at: number): number {
    return placeOf(this.#scale.toShown(at), { frame: this.frame(), view: this.#window() });
  }

  #entry(event: PointerEvent): number {
    const y = this.#y(event);
    if (y < AXIS) return -1;
    const entry = Math.floor((y - AXIS + this.#scroller.scrollTop) / this.frame().rowHeight);
    return entry < (this.#shown?.rows.entries.length ?? 0) ? entry : -1;
  }

  #x(event: MouseEvent): number {
    return event.clientX - this.#scroller.getBoundingClientRect().left;
  }

  #y(event: MouseEvent): number {
    return event.clientY - this.#scroller.getBoundingClientRect().top;
  }
}
