import { useSearch } from 'wouter';
import { navigate } from 'wouter/use-browser-location';

/**
 * A value that stands in the query of the address, so that a link reproduces the page. Setting it replaces the entry of the history:
 * going back leaves the page, not the last letter typed. Empty values leave the address.
 */
export function useQueryState(): readonly [
  read: (name: string) => string | undefined,
  write: (changes: { readonly [name: string]: string | undefined }) => void,
] {
  const params = new URLSearchParams(useSearch());
  const write = (changes: { readonly [name: string]: string | undefined }) => {
    const next = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined || value === '') next.delete(name);
      else next.set(name, value);
    }
    const text = next.toString().replaceAll('%2C', ',');
    navigate(`${location.pathname}${text === '' ? '' : `?${text}`}`, { replace: true });
  };
  return [(name) => params.get(name) ?? undefined, write];
}
