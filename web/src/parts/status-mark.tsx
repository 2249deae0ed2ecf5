import { type Tone, toneOf, wordsOf } from '../theme/tone.ts';
import styles from './status-mark.module.css';

/** A status as shape, hue and word, together: never by colour alone. */
export function StatusMark({
  status,
  word = wordsOf(status),
  tone = toneOf(status),
  hasWord = true,
}: {
  readonly status: string;
  /** Default: the status in words. */
  readonly word?: string | undefined;
  /** Default: the meaning of the status. */
  readonly tone?: Tone | undefined;
  /** Without it the word is only read out. */
  readonly hasWord?: boolean | undefined;
}) {
  return (
    <span className={styles.mark} data-tone={tone} title={hasWord ? undefined : word}>
      <StatusShape tone={tone} />
      <span className={hasWord ? styles.word : 'visually-hidden'}>{word}</span>
    </span>
  );
}

/** The shape alone, 14 px wide; what stands beside it has to say the word. */
export function StatusShape({
  tone,
  size = 14,
}: {
  readonly tone: Tone;
  readonly size?: number | undefined;
}) {
  return (
    <svg
      className={styles.shape}
      data-tone={tone}
      width={size}
      height={size}
      viewBox="0 0 14 14"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {SHAPES[tone]}
    </svg>
  );
}

const SHAPES: { readonly [tone in Tone]: React.ReactNode } = {
  waiting: <circle cx="7" cy="7" r="4.6" />,
  running: (
    <>
      <circle className={styles.pulse} cx="7" cy="7" r="4" fill="currentColor" stroke="none" />
      <circle cx="7" cy="7" r="4" fill="currentColor" stroke="none" />
    </>
  ),
  succeeded: <path d="M2.6 7.6 5.6 10.6 11.4 3.8" />,
  retrying: <path d="M4.8 3.4v7.2M9.2 3.4v7.2" strokeWidth="2.2" />,
  failed: <path d="m3.4 3.4 7.2 7.2M10.6 3.4l-7.2 7.2" />,
  person: (
    <path
      d="M4.3 7.4V3.7a.85.85 0 0 1 1.7 0V2.6a.85.85 0 0 1 1.7 0v.7a.85.85 0 0 1 1.7 0v1.1a.85.85 0 0 1 1.7 0v4.1c0 2.4-1.5 4-3.7 4-1.8 0-2.8-.7-3.6-2.2L1.9 8a.9.9 0 0 1 1.5-.9l.9 1.1M6 6.2V3.7M7.7 6V3.2M9.4 6.2V4.4"
      strokeWidth="1.1"
    />
  ),
  undoing: <path d="M4.6 2.4 2.2 4.8l2.4 2.4M2.4 4.8h5.4a3.4 3.4 0 0 1 0 6.8H4.4" />,
};
