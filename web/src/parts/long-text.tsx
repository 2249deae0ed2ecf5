import { useState } from 'react';
import styles from './long-text.module.css';

const FOLD_AFTER_LINES = 12;
const FOLD_AFTER_CHARACTERS = 2_000;

/** Text as it is, never markup; folded after 12 lines. `isCode`: in mono, with its spaces. */
export function LongText({
  text,
  isCode = false,
}: {
  readonly text: string;
  readonly isCode?: boolean | undefined;
}) {
  const [isOpen, setOpen] = useState(false);
  const { shown, hidden } = isOpen ? { shown: text, hidden: '' } : fold(text);
  const canFold = isOpen && fold(text).hidden !== '';
  return (
    <div className={styles.box}>
      <div className={isCode ? styles.code : styles.text}>{shown}</div>
      {hidden === '' && !canFold ? null : (
        <button type="button" className={styles.more} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Show less' : `Show all (${hidden})`}
        </button>
      )}
    </div>
  );
}

/** `hidden` says how much more there is; empty when all is shown. */
export function fold(text: string): { readonly shown: string; readonly hidden: string } {
  const lines = text.split('\n');
  const start = lines.slice(0, FOLD_AFTER_LINES).join('\n');
  if (start.length > FOLD_AFTER_CHARACTERS) {
    const more = text.length - FOLD_AFTER_CHARACTERS;
    return {
      shown: `${text.slice(0, FOLD_AFTER_CHARACTERS)}…`,
      hidden: `${more.toLocaleString('en')} more characters`,
    };
  }
  const more = lines.length - FOLD_AFTER_LINES;
  return more <= 1
    ? { shown: text, hidden: '' }
    : { shown: start, hidden: `${more.toLocaleString('en')} more lines` };
}
