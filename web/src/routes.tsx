import { type ComponentType, lazy } from 'react';

/**
 * The places of the page. Every page is a chunk of its own, so that a place costs nothing until somebody goes there. A page takes the
 * parameters of its path as props. `/metrics`, `/health`, `/ready` and `/openapi.json` are the server's own.
 */
export interface PlaceProps {
  readonly params: { readonly [name: string]: string | undefined };
}

export const ROUTES: readonly { readonly path: string; readonly page: ComponentType<PlaceProps> }[] = [
  { path: '/', page: lazy(() => import('./home/page.tsx')) },
  { path: '/executions/:id', page: lazy(() => import('./execution/page.tsx')) },
];

/** What the frame links to, in its order. */
export const PLACES: readonly { readonly href: string; readonly title: string; readonly key: string }[] = [
  { href: '/', title: 'Executions', key: 'e' },
];
