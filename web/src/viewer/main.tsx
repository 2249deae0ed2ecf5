import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { ViewSource } from '../../../src/inspection/documents.ts';
import type { LogRecord } from '../../../src/ports/event-log.ts';
import { NOTHING_BUT_READING } from '../execution/execution-context.ts';
import { ExecutionScreen } from '../execution/execution-screen.tsx';
import { ThemeToggle } from '../frame/theme-toggle.tsx';
import { openExecution, type Reader } from '../reader/client.ts';
import '../theme/theme.css';
import '../theme/base.css';
import styles from './viewer.module.css';

/** An exported execution: the page's own view of it, with the records in the file and nobody to ask for more. */
function Viewer({ execution, reader }: { readonly execution: string; readonly reader: Reader }) {
  return (
    <div className={styles.viewer}>
      <header className={styles.head}>
        <strong>Troupe</strong>
        <span className="muted">{execution}, exported: nothing here changes any more</span>
        <ThemeToggle />
      </header>
      <main className={styles.body}>
        <ExecutionScreen reader={reader} can={NOTHING_BUT_READING} />
      </main>
    </div>
  );
}

interface Exported {
  readonly source: ViewSource;
  readonly records: readonly LogRecord[];
}

const data = document.getElementById('troupe-data')?.textContent ?? '';
const root = document.getElementById('root');
if (root === null) throw new Error('The file has no #root');
if (data === '') root.textContent = 'There is no execution in this file.';
else {
  const { source, records } = JSON.parse(data) as Exported;
  const reader = openExecution({ kind: 'data', source, records }, { origin: 'file:', token: undefined });
  createRoot(root).render(
    <StrictMode>
      <Viewer execution={source.execution} reader={reader} />
    </StrictMode>,
  );
}
