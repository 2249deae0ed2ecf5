import { useState } from 'react';
import styles from './short-id.module.css';

/** The start of an id in mono; a click copies the whole. `length` in characters, default 8. */
export function ShortId({
  id,
  length = 8,
  noun = 'id',
}: {
  readonly id: string;
  readonly length?: number | undefined;
  readonly noun?: string | undefined;
}) {
  const [isCopied, setCopied] = useState(false);
  const short = id.length > length + 1 ? `${id.slice(0, length)}…` : id;
  return (
    <button
      type="button"
      className={styles.id}
      title={`${id}\nClick to copy`}
      onClick={async (event) => {
        event.stopPropagation();
        event.preventDefault();
        if (!(await copyText(id))) return;
        setCopied(true);
        setTimeout(() => setCopied(false), 1_200);
      }}
    >
      <span className="visually-hidden">{`Copy ${noun} `}</span>
      <span className={isCopied ? styles.hidden : undefined}>{short}</span>
      {isCopied ? (
        <span className={styles.copied} role="status">
          copied
        </span>
      ) : null}
    </button>
  );
}

/** False when the browser forbids it. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
