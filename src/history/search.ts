/**
 * Letters from A to Z in lower case, the others as they are: what SQLite's `lower` makes of a text, so that every store finds the same.
 * https://www.sqlite.org/lang_corefunc.html#lower
 */
export function inOneCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
