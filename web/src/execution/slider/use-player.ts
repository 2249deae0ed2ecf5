import { useEffect, useRef, useState } from 'react';
import type { Strip } from '../../../../src/inspection/documents.ts';

/** How many times as fast as it went. */
export const SPEEDS = [1, 4, 16, 64] as const;
/** Nothing happens for no longer than this. */
const LONGEST_PAUSE_MS = 900;
const FRAME_MS = 40;

interface Player {
  readonly isPlaying: boolean;
  readonly speed: number;
  readonly setSpeed: (speed: number) => void;
  readonly toggle: () => void;
  readonly stop: () => void;
}

/** Goes from record to record as they came, faster, with long pauses cut short; from the start when it is at the end. */
export function usePlayer(
  index: number,
  strip: Strip | undefined,
  go: (index: number | null) => void,
): Player {
  const [isPlaying, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<number>(4);
  const now = useRef({ index, strip, go, speed });
  now.current = { index, strip, go, speed };

  useEffect(() => {
    if (!isPlaying) return;
    let timer: ReturnType<typeof setTimeout>;
    const step = () => {
      const { index: at, strip: known, go: goTo, speed: times } = now.current;
      const count = known?.times.length ?? 0;
      if (known === undefined || at >= count) {
        setPlaying(false);
        goTo(null);
        return;
      }
      // All that came within a frame comes at once.
      let next = at + 1;
      const until = (known.times[next - 1] as number) + FRAME_MS * times;
      while (next < count && (known.times[next] as number) <= until) next++;
      goTo(next >= count ? null : next);
      if (next >= count) {
        setPlaying(false);
        return;
      }
      timer = setTimeout(step, pauseAfter(known, next, times));
    };
    const { index: at, strip: known, go: goTo } = now.current;
    const isAtEnd = at >= (known?.times.length ?? 0);
    if (isAtEnd) goTo(1);
    timer = setTimeout(step, FRAME_MS);
    return () => clearTimeout(timer);
  }, [isPlaying]);

  return {
    isPlaying,
    speed,
    setSpeed,
    toggle: () => setPlaying((before) => !before),
    stop: () => setPlaying(false),
  };
}

function pauseAfter({ times }: Strip, index: number, speed: number): number {
  const pause = ((times[index] as number) - (times[index - 1] as number)) / speed;
  return Math.min(LONGEST_PAUSE_MS, Math.max(FRAME_MS, pause));
}
