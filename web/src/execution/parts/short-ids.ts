import { useCallback, useSyncExternalStore } from 'react';
import type { HostPresence } from '../../../../src/ports/agent-directory.ts';
import { useExecution } from '../execution-context.ts';

/** Ids of hosts and executions: long, in small letters, and with a digit. */
const IDS = /\b(?=[a-z]*\d)[0-9a-z]{20,}(-\d+)?\b/g;

/** Ids in a text cut to what tells them apart, and a host that is known by what a person calls it; the whole belongs on hover. */
function shortIds(text: string, hosts: readonly HostPresence[] | null = null): string {
  return text.replace(IDS, (id) => {
    const host = hosts?.find((each) => each.host === id);
    return host === undefined ? `${id.slice(0, 8)}…` : `${host.hostname}, process ${host.pid}`;
  });
}

/** {@link shortIds} with the hosts that there are now. */
export function useShortIds(): (text: string) => string {
  const { reader } = useExecution();
  const hosts = useSyncExternalStore(reader.subscribe, () => reader.surroundings?.hosts ?? null);
  return useCallback((text: string) => shortIds(text, hosts), [hosts]);
}
