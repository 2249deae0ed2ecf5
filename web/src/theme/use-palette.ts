import { useMemo } from 'react';
import { useShownTheme } from './theme-choice.ts';

/** Resolves custom properties of the theme to colours that a canvas takes, again whenever the theme changes. */
export function usePalette<Name extends string>(names: readonly Name[]): { readonly [name in Name]: string } {
  const shown = useShownTheme();
  const key = names.join(' ');
  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours are those of the theme that is shown
  return useMemo(() => resolveColors(key.split(' ') as Name[]), [key, shown]);
}

function resolveColors<Name extends string>(names: readonly Name[]): { readonly [name in Name]: string } {
  const probe = document.createElement('span');
  document.body.append(probe);
  const colors: { [name: string]: string } = {};
  for (const name of names) {
    probe.style.color = `var(${name})`;
    colors[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return colors as { readonly [name in Name]: string };
}
