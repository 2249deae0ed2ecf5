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
  { path: '/approvals/:execution?/:step?', page: lazy(() => import('./approvals/page.tsx')) },
  { path: '/agents', page: lazy(() => import('./agents/page.tsx')) },
  { path: '/stats', page: lazy(() => import('./metrics/page.tsx')) },
  { path: '/tasks', page: lazy(() => import('./tasks/page.tsx')) },
  { path: '/tasks/:name', page: lazy(() => import('./tasks/task-page.tsx')) },
  { path: '/simulate', page: lazy(() => import('./simulate/page.tsx')) },
  { path: '/simulate/:id', page: lazy(() => import('./simulate/simulation-page.tsx')) },
  { path: '/simulate/:id/runs/:seed', page: lazy(() => import('./simulate/run-page.tsx')) },
  { path: '/compare', page: lazy(() => import('./compare/page.tsx')) },
];

/** What the frame links to, in its order. */
export const PLACES: readonly { readonly href: string; readonly title: string; readonly key: string }[] = [
  { href: '/', title: 'Executions', key: 'e' },
  { href: '/approvals', title: 'Approvals', key: 'a' },
  { href: '/agents', title: 'Agents', key: 'h' },
  { href: '/stats', title: 'Metrics', key: 'm' },
  { href: '/tasks', title: 'Tasks', key: 't' },
  { href: '/simulate', title: 'Simulate', key: 's' },
];
