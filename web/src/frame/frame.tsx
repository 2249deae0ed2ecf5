import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useFeed } from '../api/feed.ts';
import { approvalCountQuery, metaQuery } from '../api/queries.ts';
import { useTokenAsked } from '../api/token.ts';
import { useCommands } from '../parts/commands.ts';
import { Keys } from '../parts/kbd.tsx';
import { useKeyboard, useShortcuts } from '../parts/shortcuts.ts';
import { Toasts } from '../parts/toast.tsx';
import { PLACES } from '../routes.tsx';
import { useThemeChoice } from '../theme/theme-choice.ts';
import { ConnectionMark } from './connection-mark.tsx';
import styles from './frame.module.css';
import { ShortcutHelp } from './shortcut-help.tsx';
import { ThemeToggle } from './theme-toggle.tsx';
import { TokenDialog } from './token-dialog.tsx';

const CommandPalette = lazy(async () => ({
  default: (await import('./command-palette.tsx')).CommandPalette,
}));

/** What stands around every page: where one can go, whether the page hears the server, and what keys do everywhere. */
export function Frame({ children }: { readonly children: ReactNode }) {
  useFeed();
  useKeyboard();
  const [, navigate] = useLocation();
  const [open, setOpen] = useState<'palette' | 'help' | undefined>();
  const isTokenAsked = useTokenAsked();
  const { data: meta } = useQuery(metaQuery);
  const [theme, chooseTheme] = useThemeChoice();

  useShortcuts([
    {
      keys: 'mod+k',
      title: 'Commands',
      section: 'Everywhere',
      isGlobal: true,
      run: () => setOpen('palette'),
    },
    { keys: '?', title: 'Keys', section: 'Everywhere', run: () => setOpen('help') },
    ...PLACES.map(({ href, title, key }) => ({
      keys: `g ${key}`,
      title: `Go to ${title}`,
      section: 'Go to',
      run: () => navigate(href),
    })),
  ]);
  useCommands([
    ...PLACES.map(({ href, title, key }) => ({
      id: `go ${href}`,
      title: `Go to ${title}`,
      section: 'Go to',
      keys: `g ${key}`,
      run: () => navigate(href),
    })),
    ...(['system', 'light', 'dark'] as const)
      .filter((choice) => choice !== theme)
      .map((choice) => ({
        id: `theme ${choice}`,
        title: choice === 'system' ? 'Theme of the system' : `Theme: ${choice}`,
        section: 'Page',
        run: () => chooseTheme(choice),
      })),
    { id: 'keys', title: 'Keys', section: 'Page', keys: '?', run: () => setOpen('help') },
  ]);

  return (
    <div className={styles.frame}>
      <a className={styles.skip} href="#main">
        Skip to the content
      </a>
      <header className={styles.header}>
        <Link href="/" className={styles.brand} aria-label="Troupe, executions">
          <Mark />
          <span>Troupe</span>
        </Link>
        <Navigation />
        <div className={styles.end}>
          <ConnectionMark />
          {meta === undefined ? null : (
            <span
              className={styles.namespace}
              title={`Namespace ${meta.namespace}, ${meta.place}, Troupe ${meta.version}`}
            >
              {meta.namespace}
            </span>
          )}
          <button type="button" className={styles.search} onClick={() => setOpen('palette')}>
            <svg
              width="14"
              height="14"
              viewBox="0 0 14 14"
              fill="none"
              stroke="currentColor"
              strokeWidth="1.4"
              aria-hidden="true"
            >
              <circle cx="6" cy="6" r="4" />
              <path d="m9 9 3.2 3.2" strokeLinecap="round" />
            </svg>
            <span className="visually-hidden">Commands and search </span>
            <Keys keys="mod+k" />
          </button>
          <ThemeToggle />
        </div>
      </header>
      <main id="main" className={styles.main} tabIndex={-1}>
        {children}
      </main>
      <Toasts />
      <Suspense fallback={null}>
        {open === 'palette' ? <CommandPalette onClose={() => setOpen(undefined)} /> : null}
      </Suspense>
      {open === 'help' ? <ShortcutHelp onClose={() => setOpen(undefined)} /> : null}
      {isTokenAsked ? <TokenDialog /> : null}
    </div>
  );
}

function Navigation() {
  const [location] = useLocation();
  const { data: waiting = 0 } = useQuery(approvalCountQuery);
  return (
    <nav className={styles.nav} aria-label="Main">
      {PLACES.map(({ href, title }) => (
        <Link
          key={href}
          href={href}
          className={styles.place}
          aria-current={isAt(location, href) ? 'page' : undefined}
        >
          {title}
          {href === '/approvals' && waiting > 0 ? (
            <span className={styles.badge}>
              {waiting}
              <span className="visually-hidden"> waiting</span>
            </span>
          ) : null}
        </Link>
      ))}
    </nav>
  );
}

function isAt(location: string, href: string): boolean {
  if (href === '/') return location === '/' || location.startsWith('/executions');
  return location === href || location.startsWith(`${href}/`);
}

function Mark() {
  return (
    <svg width="20" height="20" viewBox="0 0 32 32" aria-hidden="true" className={styles.mark}>
      <g fill="none" stroke="currentColor" strokeWidth="3" strokeLinecap="round">
        <path d="M5 8h22" />
        <path d="M5 16h9" />
        <path d="M5 24h14" />
      </g>
      <circle cx="20.5" cy="16" r="3" fill="var(--tone-running)" />
      <circle cx="25.5" cy="24" r="3" fill="var(--tone-succeeded)" />
    </svg>
  );
}
