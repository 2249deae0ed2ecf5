import { Dialog } from '../parts/dialog.tsx';
import { Keys } from '../parts/kbd.tsx';
import { useAllShortcuts } from '../parts/shortcuts.ts';
import styles from './shortcut-help.module.css';

/** All keys that do something where the person is now. */
export function ShortcutHelp({ onClose }: { readonly onClose: () => void }) {
  const sections = Map.groupBy(useAllShortcuts(), ({ section }) => section);
  return (
    <Dialog title="Keys" onClose={onClose} size="large">
      <div className={styles.sections}>
        {[...sections].map(([section, shortcuts]) => (
          <section key={section} className={styles.section}>
            <h3>{section}</h3>
            <dl className={styles.list}>
              {shortcuts.map(({ keys, title }) => (
                <div key={keys} className={styles.row}>
                  <dt>{title}</dt>
                  <dd>
                    <Keys keys={keys} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
