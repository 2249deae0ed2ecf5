import { useMemo } from 'react';
import { useShownTheme } from '../../theme/theme-choice.ts';
import type { Tone } from '../../theme/tone.ts';
import { usePalette } from '../../theme/use-palette.ts';

/** Colours and fonts of the canvas, as the theme says. */
export interface Palette {
  readonly surface: string;
  readonly header: string;
  readonly selected: string;
  readonly hovered: string;
  readonly line: string;
  readonly text: string;
  readonly muted: string;
  readonly accent: string;
  /** Of shapes and thin lines. */
  readonly tone: { readonly [tone in Tone]: string };
  /** Of bars. */
  readonly fill: { readonly [tone in Tone]: string };
  readonly font: string;
}

const NAMES = [
  '--surface',
  '--surface-sunk',
  '--surface-selected',
  '--surface-hover',
  '--line',
  '--text',
  '--text-muted',
  '--accent',
  '--tone-waiting',
  '--tone-running',
  '--tone-succeeded',
  '--tone-retrying',
  '--tone-failed',
  '--tone-person',
  '--tone-undoing',
  '--tone-waiting-fill',
  '--tone-running-fill',
  '--tone-succeeded-fill',
  '--tone-retrying-fill',
  '--tone-failed-fill',
  '--tone-person-fill',
  '--tone-undoing-fill',
] as const;

const TONES: readonly Tone[] = ['waiting', 'running', 'succeeded', 'retrying', 'failed', 'person', 'undoing'];

export function useCanvasPalette(): Palette {
  const colours = usePalette(NAMES);
  const shown = useShownTheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the font comes with the theme
  return useMemo(() => {
    const byTone = (end: '' | '-fill') =>
      Object.fromEntries(TONES.map((tone) => [tone, colours[`--tone-${tone}${end}`]])) as {
        [tone in Tone]: string;
      };
    return {
      surface: colours['--surface'],
      header: colours['--surface-sunk'],
      selected: colours['--surface-selected'],
      hovered: colours['--surface-hover'],
      line: colours['--line'],
      text: colours['--text'],
      muted: colours['--text-muted'],
      accent: colours['--accent'],
      tone: byTone(''),
      fill: byTone('-fill'),
      font: getComputedStyle(document.body).fontFamily,
    };
  }, [colours, shown]);
}
