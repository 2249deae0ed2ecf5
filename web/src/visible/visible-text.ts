/**
 * Text as it can be seen. Characters that move a terminal's cursor or turn the direction of what follows would let an agent show a
 * question, or a file's name, other than it is (`txt.exe` as `exe.txt`, after U+202E): they are shown as what they are. Tabs and ends of lines stay.
 */
export function visibleText(text: string): string {
  return HIDDEN.test(text) ? text.replaceAll(ALL_HIDDEN, shown) : text;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const HIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;
const ALL_HIDDEN = new RegExp(HIDDEN, 'g');

/** ESC as ␛, U+202E as \u202e. */
function shown(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return `\\u${code.toString(16).padStart(4, '0')}`;
}
