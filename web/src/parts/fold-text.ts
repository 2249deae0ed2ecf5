const FOLD_AFTER_LINES = 12;
const FOLD_AFTER_CHARACTERS = 2_000;

/** `hidden` says how much more there is; empty when all is shown. */
export function fold(text: string): { readonly shown: string; readonly hidden: string } {
  const lines = text.split('\n');
  const start = lines.slice(0, FOLD_AFTER_LINES).join('\n');
  if (start.length > FOLD_AFTER_CHARACTERS) {
    const more = text.length - FOLD_AFTER_CHARACTERS;
    return {
      shown: `${text.slice(0, FOLD_AFTER_CHARACTERS)}…`,
      hidden: `${more.toLocaleString('en')} more characters`,
    };
  }
  const more = lines.length - FOLD_AFTER_LINES;
  return more <= 1
    ? { shown: text, hidden: '' }
    : { shown: start, hidden: `${more.toLocaleString('en')} more lines` };
}
