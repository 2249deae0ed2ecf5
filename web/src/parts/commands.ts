import { useEffect, useRef, useSyncExternalStore } from 'react';

/** Something that the palette offers where a person is now. */
export interface Command {
  readonly id: string;
  readonly title: string;
  readonly section: string;
  readonly run: () => void;
  /** A shortcut that does the same. */
  readonly keys?: string | undefined;
  /** Why it cannot be done now. */
  readonly reason?: string | undefined;
}

const registered: { current: readonly Command[] }[] = [];
const listeners = new Set<() => void>();
let all: readonly Command[] = [];

/** The palette lists them while the component is there. */
export function useCommands(commands: readonly Command[]): void {
  const entry = useRef(commands);
  entry.current = commands;
  const signature = commands.map(({ id, title, reason }) => `${id} ${title} ${reason ?? ''}`).join('\n');
  // biome-ignore lint/correctness/useExhaustiveDependencies: told again when what is listed changes
  useEffect(() => {
    registered.unshift(entry);
    changed();
    return () => {
      registered.splice(registered.indexOf(entry), 1);
      changed();
    };
  }, [signature]);
}

/** As they are now: `run` is the newest. */
export function useAllCommands(): readonly Command[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => all,
  );
}

export function runCommand(id: string): void {
  const command = registered.flatMap(({ current }) => current).find((each) => each.id === id);
  if (command?.reason === undefined) command?.run();
}

function changed(): void {
  all = registered.flatMap(({ current }) => current);
  for (const listener of listeners) listener();
}
