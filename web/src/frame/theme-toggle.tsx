import { useShownTheme, useThemeChoice } from '../theme/theme-choice.ts';
import styles from './theme-toggle.module.css';

/** To the other theme; back to the system's own where that is the other one. */
export function ThemeToggle() {
  const [, choose] = useThemeChoice();
  const shown = useShownTheme();
  const other = shown === 'dark' ? 'light' : 'dark';
  return (
    <button
      type="button"
      className={styles.toggle}
      aria-label={`Use the ${other} theme`}
      title={`Use the ${other} theme`}
      onClick={() => choose(other === systemTheme() ? 'system' : other)}
    >
      <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" strokeWidth="1.4" />
        <path d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="currentColor" />
      </svg>
    </button>
  );
}

function systemTheme(): 'light' | 'dark' {
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}
