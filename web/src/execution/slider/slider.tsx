import { type PointerEvent, useEffect, useRef, useState } from 'react';
import type { Moment } from '../../../../src/inspection/documents.ts';
import { Button } from '../../parts/button.tsx';
import { copyText } from '../../parts/short-id.tsx';
import { useShortcuts } from '../../parts/shortcuts.ts';
import { formatTime } from '../../parts/times.ts';
import { tell } from '../../parts/toast.tsx';
import { useExecution, useMoment } from '../execution-context.ts';
import { useShortIds } from '../parts/short-ids.ts';
import { usePlace } from '../place.ts';
import { useCanvasPalette } from '../timeline/palette.ts';
import { drawStrip } from './draw-strip.ts';
import styles from './slider.module.css';
import { SPEEDS, usePlayer } from './use-player.ts';
import { useStrip } from './use-strip.ts';

/** The position that every panel shows. */
export function Slider() {
  const { reader } = useExecution();
  const moment = useMoment();
  const strip = useStrip();
  const { place, go } = usePlace();
  const count = moment?.count ?? 0;
  const index = Math.min(place.at ?? count, count);
  const player = usePlayer(index, strip, (next) => go({ at: next }));

  const seek = (next: number) => {
    player.stop();
    const inside = Math.min(count, Math.max(1, next));
    go({ at: inside >= count ? null : inside });
  };
  const seekInSelection = async (direction: 1 | -1) => {
    if (place.step === null) return;
    const indexes = await reader.ask({ ask: 'positions', id: place.step });
    const next =
      direction === 1 ? indexes.find((each) => each > index) : indexes.findLast((each) => each < index);
    if (next !== undefined) seek(next);
  };

  useShortcuts([
    { keys: 'ArrowLeft', title: 'Record before', section: 'Position', run: () => seek(index - 1) },
    { keys: 'ArrowRight', title: 'Next record', section: 'Position', run: () => seek(index + 1) },
    { keys: 'shift+ArrowLeft', title: 'Ten records back', section: 'Position', run: () => seek(index - 10) },
    { keys: 'shift+ArrowRight', title: 'Ten records on', section: 'Position', run: () => seek(index + 10) },
    {
      keys: '[',
      title: 'Record of the selection before',
      section: 'Position',
      run: () => void seekInSelection(-1),
    },
    {
      keys: ']',
      title: 'Next record of the selection',
      section: 'Position',
      run: () => void seekInSelection(1),
    },
    { keys: 'Home', title: 'First record', section: 'Position', run: () => seek(1) },
    { keys: 'l', title: 'Live', section: 'Position', run: () => seek(count) },
    { keys: 'Space', title: 'Play or stop', section: 'Position', run: player.toggle },
  ]);

  return (
    <section className={styles.slider} aria-label="Position">
      <div className={styles.keys}>
        <Button
          look="bare"
          aria-label="Record before"
          title="Record before (←)"
          onClick={() => seek(index - 1)}
        >
          <Arrow d="M10 3 5 8l5 5" />
        </Button>
        <Button
          look="bare"
          aria-label={player.isPlaying ? 'Stop' : 'Play'}
          title={player.isPlaying ? 'Stop (space)' : 'Play (space)'}
          onClick={player.toggle}
        >
          <Arrow d={player.isPlaying ? 'M5.5 3.5v9M10.5 3.5v9' : 'M5 3.5v9l7-4.5z'} />
        </Button>
        <Button look="bare" aria-label="Next record" title="Next record (→)" onClick={() => seek(index + 1)}>
          <Arrow d="m6 3 5 5-5 5" />
        </Button>
        <select
          className={styles.speed}
          aria-label="Speed"
          value={player.speed}
          onChange={(event) => player.setSpeed(Number(event.target.value))}
        >
          {SPEEDS.map((speed) => (
            <option key={speed} value={speed}>
              {speed}×
            </option>
          ))}
        </select>
      </div>
      <Track count={count} index={index} moment={moment} onSeek={seek} />
      <div className={styles.told}>
        <p className={styles.where}>
          <span>
            record <b>{index}</b> of {count}
          </span>
          {place.at === null ? (
            <span className={styles.live} data-is-going={moment?.endedAt === null || undefined}>
              {moment?.endedAt === null ? 'LIVE' : 'END'}
            </span>
          ) : (
            <Button
              look="bare"
              className={styles.toLive}
              title="Back to the end (l)"
              onClick={() => seek(count)}
            >
              Go live
            </Button>
          )}
          <button
            type="button"
            className={styles.copy}
            title="Copy a link to this record"
            onClick={async () => {
              const address = new URL(location.href);
              address.searchParams.set('at', String(index));
              if (await copyText(address.href)) tell(`Link to record ${index} copied`);
            }}
          >
            link
          </button>
        </p>
        <p className={styles.record} title={moment === undefined ? undefined : recordText(moment)}>
          {moment === undefined ? '' : <RecordText moment={moment} />}
        </p>
      </div>
    </section>
  );
}

function RecordText({ moment: { record } }: { readonly moment: Moment }) {
  const shortIds = useShortIds();
  return (
    <>
      <time>{formatTime(record.at)}</time> <code>{record.type}</code> {record.step ?? ''}{' '}
      <span className="muted">{shortIds(record.text)}</span>
    </>
  );
}

function recordText({ record }: Moment): string {
  return [record.type, record.step, record.text, record.refusal].filter(Boolean).join(' · ');
}

function Track({
  count,
  index,
  moment,
  onSeek,
}: {
  readonly count: number;
  readonly index: number;
  readonly moment: Moment | undefined;
  readonly onSeek: (index: number) => void;
}) {
  const strip = useStrip();
  const palette = useCanvasPalette();
  const canvas = useRef<HTMLCanvasElement>(null);
  const track = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const isDragged = useRef(false);
  const height = 32;

  useEffect(() => {
    if (track.current === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(track.current);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (canvas.current === null || context == null || strip === undefined || width === 0) return;
    canvas.current.width = Math.round(width * devicePixelRatio);
    canvas.current.height = Math.round(height * devicePixelRatio);
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    drawStrip(context, strip, { width, height, index, palette });
  }, [strip, width, index, palette]);

  const seekTo = (event: PointerEvent) => {
    const bounds = track.current?.getBoundingClientRect();
    if (bounds === undefined || count === 0) return;
    const part = Math.min(1, Math.max(0, (event.clientX - bounds.left) / bounds.width));
    onSeek(Math.max(1, Math.ceil(part * count)));
  };

  return (
    <div
      ref={track}
      className={styles.track}
      role="slider"
      tabIndex={0}
      aria-label="Record"
      aria-valuemin={1}
      aria-valuemax={Math.max(1, count)}
      aria-valuenow={Math.max(1, index)}
      aria-valuetext={moment === undefined ? undefined : `record ${index} of ${count}: ${recordText(moment)}`}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        isDragged.current = true;
        seekTo(event);
      }}
      onPointerMove={(event) => {
        if (isDragged.current) seekTo(event);
      }}
      onPointerUp={() => {
        isDragged.current = false;
      }}
      onPointerCancel={() => {
        isDragged.current = false;
      }}
      onKeyDown={(event) => {
        if (event.key !== 'End') return;
        event.preventDefault();
        onSeek(count);
      }}
    >
      <canvas ref={canvas} className={styles.strip} />
      <span
        className={styles.thumb}
        style={{ transform: `translateX(${count === 0 ? 0 : ((index - 0.5) / count) * width}px)` }}
      />
    </div>
  );
}

function Arrow({ d }: { readonly d: string }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={d} />
    </svg>
  );
}
