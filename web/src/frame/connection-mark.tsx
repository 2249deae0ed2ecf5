import { useConnection } from '../api/feed.ts';
import type { StreamState } from '../api/server-events.ts';
import styles from './connection-mark.module.css';

/** Whether what is shown is what is: live, being connected again, or a server that has stopped. */
export function ConnectionMark() {
  const state = useConnection();
  return (
    <span className={styles.mark} data-state={state} role="status" title={TITLES[state]}>
      <span className={styles.dot} aria-hidden="true" />
      <span className={styles.word}>{WORDS[state]}</span>
    </span>
  );
}

const WORDS: { readonly [state in StreamState]: string } = {
  connecting: 'connecting',
  live: 'live',
  reconnecting: 'reconnecting',
  stopped: 'server stopped',
};

const TITLES: { readonly [state in StreamState]: string } = {
  connecting: 'The page is being connected to the server.',
  live: 'The page hears of every change.',
  reconnecting: 'The connection was lost; what is shown may be old. It is tried again by itself.',
  stopped: 'No server answers; what is shown is old. Start it with `troupe up`; the page goes on by itself.',
};
