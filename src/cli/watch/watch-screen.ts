import { toTroupeError } from '../../errors.ts';
import type { Control } from '../../library/controls.ts';
import type { CliContext } from '../context.ts';
import { send } from '../drive/control.ts';
import { howToGoOn } from '../drive/how-to.ts';
import type { StateOptions } from '../options.ts';
import type { State } from '../state/state.ts';
import { FullScreen, LEAVE_FULL_SCREEN } from '../terminal/full-screen.ts';
import type { Key, Keyboard } from '../terminal/keyboard.ts';
import { oneLine } from '../terminal/text-width.ts';
import { composeLine, type Segment } from '../views/segments.ts';
import { nameOf } from '../who.ts';
import {
  type Actor,
  askAbort,
  askDecision,
  askPause,
  askRetry,
  askRollback,
  askVote,
  askWhich,
} from './actions.ts';
import { type Asking, answered, askingLines } from './asking.ts';
import { BoardReader } from './board.ts';
import { executionPanes, headSegments, openPolls, stepPane } from './execution-panes.ts';
import { footerSegments, helpPane } from './help.ts';
import { homePanes } from './home-panes.ts';
import { heightOf, layoutLines, widthsOf } from './layout.ts';
import { type Cursor, moved, type Pane, START, settled } from './pane.ts';
import { Tail } from './tail.ts';

export interface WatchScreenOptions {
  readonly context: CliContext;
  readonly keyboard: Keyboard;
  readonly state: State;
  /** As the command was told, for the commands that it names. */
  readonly options: StateOptions;
}

/** Ten drawings a second at most; fewer where drawing itself takes long. */
const DRAW_INTERVAL_MS = 100;
const DRAW_SHARE = 8;
/** Durations grow by themselves. */
const BEAT_MS = 250;
const CALM_BEAT_MS = 1_000;
/** How long a message stays. */
const SAID_MS = 6_000;

/** The live view of a place or of one execution, over the whole terminal. It drives nothing: leaving it changes nothing. */
export class WatchScreen implements AsyncDisposable {
  readonly #options: WatchScreenOptions;
  readonly #screen: FullScreen;
  readonly #over = Promise.withResolvers<void>();
  readonly #cursors = new Map<string, Cursor>();
  readonly #filters: { [pane: string]: string } = {};
  readonly #stops: (() => void)[] = [];
  #board: BoardReader | undefined;
  #tail: Tail | undefined;
  #isOpening = false;
  /** Index of a record; null: live. */
  #index: number | null = null;
  #focus = 0;
  /** Run of the step that is shown alone. */
  #step: string | undefined;
  #asking: Asking | undefined;
  /** Pane whose filter is being written. */
  #filtering: string | undefined;
  #isHelping = false;
  #said: { readonly text: string; readonly isBad: boolean; readonly until: number } | undefined;
  #tick = 0;
  #cancelDraw: (() => void) | undefined;
  #drawAt = 0;
  #drewAt = Number.NEGATIVE_INFINITY;
  #tookMs = 0;
  #stopKeys: (() => void) | undefined;
  #isClosed = false;
  #isSuspended = false;
  #isInterrupted = false;

  constructor(options: WatchScreenOptions) {
    this.#options = options;
    this.#screen = new FullScreen(options.context.stdout);
  }

  /** It was left by Ctrl-C or a signal. */
  get isInterrupted(): boolean {
    return this.#isInterrupted;
  }

  /** The execution that is shown, as it is in the end; undefined while the list is shown. */
  get tail(): Tail | undefined {
    return this.#tail;
  }

  /**
   * Shows the execution, or without one the list, until the person leaves or the process is asked to stop. Throws EXECUTION_UNKNOWN before
   * anything is drawn.
   */
  async run(execution: string | undefined): Promise<void> {
    const { context } = this.#options;
    if (execution === undefined) await this.#openBoard();
    else this.#tail = await this.#openTail(execution);
    const { stdout } = context;
    this.#stops.push(
      context.writeAtExit?.(LEAVE_FULL_SCREEN) ?? (() => undefined),
      context.onInterrupt(() => this.#interrupt()),
      context.onSuspend?.(() => void this.#suspend()) ?? (() => undefined),
      stdout.onResize(() => {
        this.#screen.forget();
        this.#drawSoon();
      }),
    );
    this.#enter();
    await this.#over.promise;
  }

  /** Gives the terminal back. May be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#leave();
    for (const stop of this.#stops.splice(0)) stop();
    await Promise.all([this.#board?.close(), this.#tail?.close()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #enter(): void {
    const { keyboard } = this.#options;
    this.#screen.enter();
    this.#stopKeys = keyboard.listen((key) => {
      try {
        this.#press(key);
      } catch (error) {
        this.#complain(error);
      }
      this.#drawSoon();
    });
    this.#draw();
  }

  #interrupt(): void {
    this.#isInterrupted = true;
    this.#over.resolve();
  }

  #leave(): void {
    this.#cancelDraw?.();
    this.#cancelDraw = undefined;
    this.#stopKeys?.();
    this.#screen.leave();
  }

  async #suspend(): Promise<void> {
    const { context } = this.#options;
    if (context.suspend === undefined || this.#isSuspended || this.#isClosed) return;
    this.#isSuspended = true;
    this.#leave();
    await context.suspend();
    this.#isSuspended = false;
    if (!this.#isClosed) this.#enter();
  }

  async #openBoard(): Promise<void> {
    const { state, context } = this.#options;
    this.#board ??= await BoardReader.open({ state, clock: context.clock, onChange: () => this.#drawSoon() });
  }

  #openTail(execution: string): Promise<Tail> {
    const { state, context } = this.#options;
    return Tail.open(execution, { state, clock: context.clock, onChange: () => this.#drawSoon() });
  }

  // --- drawing ---

  #drawSoon(): void {
    const { clock } = this.#options.context;
    this.#drawWithin(
      this.#drewAt + Math.max(DRAW_INTERVAL_MS, this.#tookMs * DRAW_SHARE) - clock.monotonic(),
    );
  }

  #drawWithin(ms: number): void {
    if (this.#isClosed || this.#isSuspended) return;
    const { clock } = this.#options.context;
    const at = clock.monotonic() + Math.max(0, ms);
    if (this.#cancelDraw !== undefined && this.#drawAt <= at) return;
    this.#cancelDraw?.();
    this.#drawAt = at;
    this.#cancelDraw = clock.schedule(Math.max(0, ms), () => this.#draw());
  }

  #draw(): void {
    this.#cancelDraw?.();
    this.#cancelDraw = undefined;
    if (this.#isClosed || this.#isSuspended) return;
    const { clock, stdout } = this.#options.context;
    const began = clock.monotonic();
    this.#tick += 1;
    try {
      this.#screen.draw(this.#lines(stdout.columns, stdout.rows));
    } catch (error) {
      // What is wrong with one moment is told, and the next is drawn.
      this.#screen.draw([
        composeLine([[oneLine(toTroupeError(error).message), 'red']], stdout.columns, stdout.style),
      ]);
    }
    this.#drewAt = clock.monotonic();
    this.#tookMs = this.#drewAt - began;
    this.#drawWithin(Math.max(this.#isMoving ? BEAT_MS : CALM_BEAT_MS, this.#tookMs * DRAW_SHARE));
  }

  get #isMoving(): boolean {
    return this.#tail !== undefined && this.#index === null && !this.#tail.fold(null).hasEnded;
  }

  #lines(columns: number, rows: number): readonly string[] {
    const { style } = this.#options.context.stdout;
    const line = (segments: readonly Segment[]): string => composeLine(segments, columns, style);
    const head = this.#head()
      .slice(0, rows < 8 ? 1 : 2)
      .map(line);
    const foot = this.#foot(columns, rows).map(line);
    const room = Math.max(0, rows - head.length - foot.length);
    const panes = this.#panes(columns, room);
    const options = {
      ...this.#layout(panes.length, columns, room),
      style,
      cursors: (name: string) => this.#cursor(name),
    };
    const body = [...layoutLines(panes, options)].slice(0, room);
    return [...head, ...body, ...foot].slice(0, rows);
  }

  #head(): readonly (readonly Segment[])[] {
    const tail = this.#tail;
    if (tail === undefined) {
      const { approvals, entries } = this.#board?.board ?? { approvals: [], entries: [] };
      const running = entries.filter(({ attention }) => attention === 'running').length;
      const asking = entries.filter(({ attention }) => attention === 'person').length;
      return [
        [
          ['Troupe', 'bold'],
          [`  ${running} running`, running > 0 ? 'cyan' : 'dim'],
          [`  ${asking} need a person`, asking > 0 ? 'magenta' : 'dim'],
          [`  ${approvals.length} approvals`, 'dim'],
        ],
        [[oneLine(this.#board?.problem ?? ''), 'red']],
      ];
    }
    return headSegments(tail.moment(this.#index), tail.now(this.#index));
  }

  #foot(columns: number, rows: number): readonly (readonly Segment[])[] {
    if (this.#asking !== undefined) {
      const lines = askingLines(this.#asking, columns);
      const most = Math.max(1, rows - 2);
      return lines.length <= most ? lines : [...lines.slice(0, most - 1), ...lines.slice(-1)];
    }
    if (this.#filtering !== undefined) {
      return [
        [
          ['/', 'bold'],
          [this.#filters[this.#filtering] ?? ''],
          ['█', 'cyan'],
          ['   enter keeps it, esc takes it away', 'dim'],
        ],
      ];
    }
    const said = this.#said;
    if (said !== undefined && said.until > this.#options.context.clock.monotonic()) {
      return [[[oneLine(said.text), said.isBad ? 'red' : 'green']]];
    }
    return [footerSegments(this.#place, this.#tail?.moment(this.#index).possible ?? [], columns)];
  }

  get #place(): 'home' | 'execution' | 'step' | 'help' {
    if (this.#isHelping) return 'help';
    if (this.#tail === undefined) return 'home';
    return this.#step === undefined ? 'execution' : 'step';
  }

  #panes(columns: number, rows: number): readonly Pane[] {
    const { context } = this.#options;
    if (this.#isHelping) return [helpPane()];
    const tail = this.#tail;
    if (tail === undefined) {
      const board = this.#board?.board ?? { entries: [], total: 0, approvals: [], hosts: [] };
      const widths = widthsOf(3, this.#layout(3, columns, rows));
      return homePanes(board, { filter: this.#filters.Executions ?? '', now: context.clock.now(), widths });
    }
    const now = tail.now(this.#index);
    if (this.#step !== undefined) {
      const detail = tail.step(this.#step, this.#index);
      if (detail !== undefined) return [stepPane(detail, columns, now)];
      this.#step = undefined;
    }
    const moment = tail.moment(this.#index);
    const scene = { tail, index: this.#index, moment, now, tick: this.#tick, filters: this.#filters };
    return executionPanes(scene, widthsOf(5, this.#layout(5, columns, rows)));
  }

  #layout(count: number, columns: number, rows: number) {
    const focus = Math.min(this.#focus, count - 1);
    const isExecution = count > 3;
    const last = count - 1;
    return { columns, rows, focus, companion: isExecution ? last : 1, under: isExecution ? [last] : [] };
  }

  /** As drawn the last time, but for the lines of a question. */
  #present(): { readonly panes: readonly Pane[]; readonly height: number; readonly focus: number } {
    const { columns, rows } = this.#options.context.stdout;
    const room = Math.max(1, rows - 3);
    const panes = this.#panes(columns, room);
    const options = this.#layout(panes.length, columns, room);
    return { panes, focus: options.focus, height: heightOf(panes.length, options.focus, options) };
  }

  #cursor(name: string): Cursor {
    return this.#cursors.get(name) ?? START;
  }

  // --- keys ---

  #press(key: Key): void {
    if (this.#asking !== undefined) this.#asking = answered(this.#asking, key);
    else if (this.#filtering !== undefined) this.#filter(this.#filtering, key);
    else if (key.isCtrl && SCREEN_KEYS.has(key.name)) this.#pressOfScreen(key.name);
    else if (key.name === '?') this.#isHelping = !this.#isHelping;
    else if (this.#isHelping) this.#pressInHelp(key);
    else if (!this.#move(key)) this.#pressInPanes(key);
  }

  #pressOfScreen(name: string): void {
    if (name === 'c') this.#interrupt();
    else if (name === 'z') void this.#suspend();
    else this.#screen.forget();
  }

  #pressInHelp(key: Key): void {
    if (key.name === 'escape' || key.name === 'q' || key.name === 'enter') this.#isHelping = false;
    else this.#move(key);
  }

  #pressInPanes(key: Key): void {
    this.#said = undefined;
    const pane = this.#focused();
    switch (key.name) {
      case 'q':
      case 'escape':
        this.#back(key.name === 'q');
        break;
      case 'tab': {
        const count = this.#present().panes.length;
        this.#focus = (this.#focus + (key.isShift ? count - 1 : 1)) % count;
        break;
      }
      case 'enter':
        this.#open();
        break;
      case '/':
        if (pane !== undefined && FILTERED.has(pane.name)) this.#filtering = pane.name;
        break;
      default:
        if (this.#tail !== undefined) this.#steer(this.#tail, key);
        else if (key.name === 'a' || key.name === 'n') this.#decideFromList(key.name);
    }
  }

  /** Whether the key moved the cursor. */
  #move(key: Key): boolean {
    const { panes, focus, height } = this.#present();
    const pane = panes[focus];
    if (pane === undefined) return false;
    const by = distanceOf(key, height, pane.count);
    if (by === undefined) return false;
    this.#cursors.set(pane.name, moved(pane, this.#cursor(pane.name), by, height));
    return true;
  }

  #focused(): Pane | undefined {
    const { panes, focus } = this.#present();
    return panes[focus];
  }

  #chosen(): string | undefined {
    const pane = this.#focused();
    if (pane === undefined || pane.count === 0) return undefined;
    const { id, index } = settled(pane, this.#cursor(pane.name), 1);
    return id ?? pane.row(index).id ?? undefined;
  }

  /** One step out: of the step, of the past, of the execution, of it all. */
  #back(isLeaving: boolean): void {
    if (this.#step !== undefined) {
      this.#step = undefined;
    } else if (!isLeaving && this.#index !== null) {
      this.#index = null;
    } else if (this.#tail !== undefined && this.#board !== undefined) {
      void this.#tail.close();
      this.#tail = undefined;
      this.#index = null;
      this.#focus = 0;
      this.#forgetPlace();
    } else if (isLeaving || this.#tail === undefined) {
      this.#over.resolve();
    }
  }

  #open(): void {
    const id = this.#chosen();
    const pane = this.#focused()?.name;
    if (id === undefined || pane === undefined) return;
    if (this.#tail === undefined) {
      if (pane === 'Executions') this.#show(id, 0);
      else if (pane === 'Approvals') this.#show(id.slice(0, id.indexOf('/')), APPROVALS);
      return;
    }
    if (pane === 'Log') this.#index = Number(id) >= this.#tail.count ? null : Number(id);
    else if (pane === 'Approvals') this.#step = stepOf(id);
    else if (id.startsWith('step:')) this.#step = stepOf(id);
    if (this.#step !== undefined) this.#cursors.delete(`Step ${this.#step}`);
  }

  #show(execution: string, focus: number): void {
    if (this.#isOpening) return;
    this.#isOpening = true;
    this.#openTail(execution).then(
      (tail) => {
        this.#isOpening = false;
        if (this.#isClosed) return void tail.close();
        this.#tail = tail;
        this.#focus = focus;
        this.#forgetPlace();
        this.#drawSoon();
      },
      (error: unknown) => {
        this.#isOpening = false;
        this.#complain(error);
      },
    );
  }

  /** Cursors and filters of an execution are not those of another. */
  #forgetPlace(): void {
    for (const name of ['Steps', 'Why', 'Log']) {
      this.#cursors.delete(name);
      delete this.#filters[name];
    }
  }

  #filter(pane: string, key: Key): void {
    const text = this.#filters[pane] ?? '';
    if (key.name === 'enter') this.#filtering = undefined;
    else if (key.name === 'escape') {
      this.#filtering = undefined;
      delete this.#filters[pane];
    } else if (key.name === 'backspace') this.#filters[pane] = [...text].slice(0, -1).join('');
    else this.#filters[pane] = text + key.text;
    this.#cursors.delete(pane);
  }

  /** What is asked of an execution, and going through its past. */
  #steer(tail: Tail, key: Key): void {
    const { name } = key;
    const { stdout } = this.#options.context;
    if (this.#travel(tail, name, key.isShift)) return;
    const fold = tail.fold(null);
    const moment = tail.moment(null);
    const { execution } = tail;
    const asked = CONTROL_OF[name];
    if (asked === undefined) return;
    if (!moment.possible.includes(asked)) {
      const why =
        asked === 'approve' || asked === 'vote'
          ? `Nobody is asked to ${asked} now.`
          : `It is ${moment.status}: there is nothing to ${asked}.`;
      this.#tell(why, true);
      return;
    }
    const actor = this.#actor();
    switch (name) {
      case 'p':
        this.#asking = askPause(execution, actor);
        break;
      case 'r':
        actor.send(execution, { kind: 'resume' });
        break;
      case 'x':
        this.#asking = askAbort(execution, actor);
        break;
      case 't':
        this.#asking = askRetry(execution, actor);
        break;
      case 'b':
        this.#asking = askRollback(fold, actor, Math.max(3, stdout.rows - 6));
        break;
      case 'v':
        this.#asking = askVote(fold, openPolls(fold), actor);
        break;
      default: {
        const chosen = this.#focused()?.name === 'Approvals' ? this.#chosen() : undefined;
        const meant = moment.approvals.filter(
          ({ step }) => chosen === undefined || `${execution}/${step}` === chosen,
        );
        const kind = name === 'a' ? 'approve' : 'reject';
        this.#asking = askWhich(meant.length === 0 ? moment.approvals : meant, (approval) =>
          askDecision(approval, kind, actor),
        );
      }
    }
  }

  /** Whether the key goes to another moment. */
  #travel(tail: Tail, name: string, isFast: boolean): boolean {
    const at = this.#index ?? tail.count;
    const to = (index: number): true => {
      this.#index = index >= tail.count ? null : Math.max(1, index);
      return true;
    };
    switch (name) {
      case '[':
      case 'left':
        return to(at - (isFast ? 10 : 1));
      case ']':
      case 'right':
        return to(at + (isFast ? 10 : 1));
      case '{':
        return to(at - 10);
      case '}':
        return to(at + 10);
      case '0':
        return to(1);
      case 'l':
        this.#index = null;
        return true;
      default:
        return false;
    }
  }

  #decideFromList(name: 'a' | 'n'): void {
    const id = this.#chosen();
    const { approvals } = this.#board?.board ?? { approvals: [] };
    const inPane = this.#focused()?.name === 'Approvals';
    const meant = approvals.filter(({ execution, step }) =>
      inPane ? `${execution}/${step}` === id : execution === id,
    );
    if (meant.length === 0) {
      this.#tell('Nobody is asked anything there.', true);
      return;
    }
    const kind = name === 'a' ? 'approve' : 'reject';
    this.#asking = askWhich(meant, (approval) => askDecision(approval, kind, this.#actor()));
  }

  // --- acting ---

  #actor(): Actor {
    return {
      by: nameOf(this.#options.context, undefined),
      send: (execution, control) => void this.#send(execution, control),
      tell: (text) => this.#tell(text, true),
    };
  }

  async #send(execution: string, control: Control): Promise<void> {
    const { context, state, options } = this.#options;
    try {
      const { applied, owner, fold } = await send(context, state.of(execution), execution, control);
      if (!applied.accepted) this.#tell(`It was refused: ${applied.reason}.`, true);
      else if (owner === undefined && !fold.hasEnded) {
        this.#tell(
          `Recorded. No living process drives it: ${howToGoOn(context, options)(execution)} goes on with it.`,
          false,
        );
      } else this.#tell(SENT[control.kind] ?? 'Recorded.', false);
    } catch (error) {
      this.#complain(error);
    }
  }

  #tell(text: string, isBad: boolean): void {
    this.#said = { text, isBad, until: this.#options.context.clock.monotonic() + SAID_MS };
    this.#drawSoon();
  }

  #complain(error: unknown): void {
    const { message, hint } = toTroupeError(error);
    this.#tell(hint === undefined ? message : `${message} ${hint}`, true);
  }
}

/** With ctrl. */
const SCREEN_KEYS: ReadonlySet<string> = new Set(['c', 'z', 'l']);
const FILTERED: ReadonlySet<string> = new Set(['Executions', 'Steps', 'Log']);

/** Place of the approvals among an execution's panes. */
const APPROVALS = 2;

const CONTROL_OF: { readonly [key: string]: string } = {
  ...{ p: 'pause', r: 'resume', x: 'abort', t: 'retry', b: 'rollback', a: 'approve', n: 'reject', v: 'vote' },
};

const SENT: { readonly [kind: string]: string } = {
  pause: 'Asked to pause.',
  resume: 'Asked to go on.',
  abort: 'Asked to abort.',
  retry: 'Trying again what failed.',
  rollback: 'Rolling back.',
  approve: 'Approved.',
  reject: 'Rejected.',
  vote: 'Voted.',
};

/** Of `step:RUN`, or of `EXECUTION/RUN` as approvals are called; the run of an agent that asks is that of its step. */
function stepOf(id: string): string {
  const run = id.startsWith('step:') ? id.slice('step:'.length) : id.slice(id.indexOf('/') + 1);
  return run.replace(/\.approval$/, '');
}

function distanceOf({ name, isCtrl }: Key, page: number, count: number): number | undefined {
  switch (name) {
    case 'j':
    case 'down':
      return 1;
    case 'k':
    case 'up':
      return -1;
    case 'pagedown':
    case ' ':
      return page;
    case 'pageup':
      return -page;
    case 'd':
      return isCtrl ? Math.ceil(page / 2) : undefined;
    case 'u':
      return isCtrl ? -Math.ceil(page / 2) : undefined;
    case 'g':
    case 'home':
      return -count;
    case 'G':
    case 'end':
      return count;
    default:
      return undefined;
  }
}
