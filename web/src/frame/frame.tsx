import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { PLACES } from '../routes.tsx';

export function Frame({ children }: { readonly children: ReactNode }) {
  const [location] = useLocation();
  return (
    <>
      <header>
        <nav aria-label="Main">
          {PLACES.map(({ href, title }) => (
            <Link key={href} href={href} aria-current={location === href ? 'page' : undefined}>
              {title}
            </Link>
          ))}
        </nav>
      </header>
      <main id="main">{children}</main>
    </>
  );
}
