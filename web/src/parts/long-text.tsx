import { useState } from 'react';
import { fold } from './fold-text.ts';
import styles from './long-text.module.css';

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
