import { readFileSync } from 'node:fs';

/** The version in the package's own package.json: two folders up from the sources, three from what is built. */
export function version(): string {
  for (const place of ['../../package.json', '../../../package.json']) {
    try {
      const { name, version: found } = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8'));
      if (name === 'troupe') return String(found);
    } catch {
      // Not there: it is in the other place.
    }
  }
  return 'unknown';
}
