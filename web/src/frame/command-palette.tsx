import { useQuery } from '@tanstack/react-query';
import { Command } from 'cmdk';
import { useDeferredValue, useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { executionsQuery } from '../api/queries.ts';
import { runCommand, useAllCommands } from '../parts/commands.ts';
import { Keys } from '../parts/kbd.tsx';
import { StatusMark } from '../parts/status-mark.tsx';
import styles from './command-palette.module.css';

/** What can be done here, and every execution: type a few letters. */
export function CommandPalette({ onClose }: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  const [, navigate] = useLocation();
  const commands = useAllCommands();
  const search = useDeferredValue(text.trim());
  const { data: found } = useQuery({
    ...executionsQuery({ search, order: 'newest' }, 0, 8),
    enabled: search.length >= 2,
    placeholderData: (before) => before,
  });
  useEffect(() => {
    const element = dialog.current;
    if (element !== null && !element.open) element.showModal();
    // The browser would give the focus to what is around the field.
    element?.querySelector('input')?.focus();
    return () => element?.close();
  }, []);
  const after = (action: () => void) => () => {
    onClose();
    action();
  };
  const sections = Map.groupBy(commands, ({ section }) => section);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside it closes it, as Escape does
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-label="Commands"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <Command label="Commands" loop className={styles.command}>
        <Command.Input
          className={styles.input}
          placeholder="Do something, or find an execution"
          value={text}
          onValueChange={setText}
        />
        <Command.List className={styles.list}>
          <Command.Empty className={styles.empty}>Nothing of that name here.</Command.Empty>
          {[...sections].map(([section, inside]) => (
            <Command.Group key={section} heading={section} className={styles.group}>
              {inside.map(({ id, title, keys, reason }) => (
                <Command.Item
                  key={id}
                  value={id}
                  keywords={[title, section]}
                  disabled={reason !== undefined}
                  className={styles.item}
                  onSelect={after(() => runCommand(id))}
                >
                  <span>{title}</span>
                  {reason === undefined ? null : <span className={styles.reason}>{reason}</span>}
                  {keys === undefined ? null : <Keys keys={keys} />}
                </Command.Item>
              ))}
            </Command.Group>
          ))}
          {search.length < 2 || found === undefined || found.executions.length === 0 ? null : (
            <Command.Group heading="Executions" className={styles.group}>
              {found.executions.map(({ id, task, status }) => (
                <Command.Item
                  key={id}
                  value={`execution ${id}`}
                  keywords={[search, task]}
                  className={styles.item}
                  onSelect={after(() => navigate(`/executions/${encodeURIComponent(id)}`))}
                >
                  <span className={styles.name}>{task}</span>
                  <span className={styles.id}>{id}</span>
                  <StatusMark status={status} />
                </Command.Item>
              ))}
            </Command.Group>
          )}
        </Command.List>
      </Command>
    </dialog>
  );
}
