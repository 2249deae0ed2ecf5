import type { HostPresence } from '../../ports/agent-directory.ts';
import type { WhyOptions } from '../why.ts';
import { durationInWords } from '../words.ts';

/** Hosts tell of themselves every five seconds. */
const HOST_SILENT_MS = 15_000;

export interface Beat {
  /** Empty when there is nothing to say. */
  readonly text: string;
  readonly isSilent: boolean;
}

/** How lately a host was heard of. Nothing is said where the directory is not known. */
export function beatOf(host: string, { surroundings, now }: WhyOptions): Beat {
  const { hosts = null } = surroundings ?? {};
  if (hosts === null) return { text: '', isSilent: false };
  const presence = hosts.find((each) => each.host === host);
  if (presence === undefined) return { text: `${shortHost(host)} is not heard of.`, isSilent: true };
  const silence = now - presence.seenAt;
  if (silence <= HOST_SILENT_MS) return { text: '', isSilent: false };
  return {
    text: `${hostName(host, { surroundings })} last beat ${durationInWords(silence)} ago.`,
    isSilent: true,
  };
}

/** Hosts that offer the role, the silent left out; null: not known. */
export function hostsOf(role: string, { surroundings, now }: WhyOptions): readonly HostPresence[] | null {
  const hosts = surroundings?.hosts ?? null;
  if (hosts === null) return null;
  return hosts.filter(
    ({ seenAt, roles }) => now - seenAt <= HOST_SILENT_MS && roles.some((offered) => offered.role === role),
  );
}

/** Whether all seats of the role are taken. */
export function isBusy(role: string, hosts: readonly HostPresence[]): boolean {
  return hosts.every(({ roles }) => roles.every((one) => one.role !== role || one.busy >= one.concurrency));
}

/** What a person calls a host: its machine, with the process where several run there; the beginning of its id where it is not known. */
export function hostName(host: string, { surroundings }: Pick<WhyOptions, 'surroundings'>): string {
  const hosts = surroundings?.hosts ?? [];
  const presence = hosts.find((each) => each.host === host);
  if (presence === undefined) return shortHost(host);
  const { hostname, pid } = presence;
  const isAlone = hosts.every((each) => each.host === host || each.hostname !== hostname);
  return isAlone ? hostname : `${hostname}, process ${pid}`;
}

/** `host vm, heard 3 s ago`; only its name where the directory is not known. */
export function heardOf(host: string, options: WhyOptions): string {
  const { surroundings, now } = options;
  const name = `host ${hostName(host, options)}`;
  const hosts = surroundings?.hosts ?? null;
  if (hosts === null) return name;
  const presence = hosts.find((each) => each.host === host);
  if (presence === undefined) return `${name}, not heard of`;
  const silence = Math.max(0, now - presence.seenAt);
  if (silence < 1_000) return `${name}, heard just now`;
  const last = silence > HOST_SILENT_MS ? 'last ' : '';
  return `${name}, ${last}heard ${durationInWords(Math.round(silence / 1_000) * 1_000).replace('.0', '')} ago`;
}

function shortHost(host: string): string {
  return host.length > 12 ? `${host.slice(0, 8)}…` : host;
}
