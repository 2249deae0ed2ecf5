/** What a keyboard event says. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** A key event as a shortcut writes it; undefined for a modifier alone and for keys that the browser owns. */
export function strokeOf(event: KeyPress): string | undefined {
  const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
  if (altKey || ['Control', 'Meta', 'Shift', 'Alt', 'Dead'].includes(key)) return undefined;
  const named = key === ' ' ? 'Space' : key;
  const isShifted = shiftKey && (named.length > 1 || /[a-z]/i.test(named));
  const name = named.length === 1 ? named.toLowerCase() : named;
  return [ctrlKey || metaKey ? 'mod' : '', isShifted ? 'shift' : '', name].filter(Boolean).join('+');
}
