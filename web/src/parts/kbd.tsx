import styles from './kbd.module.css';

/** Keys as they are written in shortcuts: `mod+k`, `g e`. */
export function Keys({ keys }: { readonly keys: string }) {
  return (
    <span className={styles.keys}>
      {keys
        .split(' ')
        .flatMap((stroke) => stroke.split(/\+(?=.)/))
        .map((key) => (
          <kbd key={key} className={styles.key}>
            {NAMES[key] ?? key}
          </kbd>
        ))}
    </span>
  );
}

const IS_MAC = /Mac|iP(hone|ad)/.test(navigator.platform);
const NAMES: { readonly [key: string]: string } = {
  mod: IS_MAC ? '⌘' : 'Ctrl',
  shift: '⇧',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Enter: '↵',
  Escape: 'Esc',
  Space: 'space',
};
