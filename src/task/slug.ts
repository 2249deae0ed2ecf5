/** Lower-case words joined by `-`, at most 40 characters; `otherwise` for a text without Latin letters or digits. */
export function slugOf(text: string, otherwise: string): string {
  const words = text
    .slice(0, 400)
    .replaceAll(/\{\{|\}\}|\{%|%\}/g, ' ')
    .normalize('NFKD')
    .replaceAll(/\p{Mark}/gu, '')
    .toLowerCase()
    .match(/[a-z0-9]+/g);
  let slug = '';
  for (const word of words ?? []) {
    if (slug !== '' && slug.length + 1 + word.length > 40) break;
    slug += slug === '' ? word.slice(0, 40) : `-${word}`;
  }
  return slug === '' ? otherwise : slug;
}
