import type { AttemptPresence, HostPresence } from '../../../src/ports/agent-directory.ts';
import { formatAgo, formatSeconds } from '../parts/times.ts';
import type { Tone } from '../theme/tone.ts';

/** The three signs of life, told apart: the host is heard, the agent's process is alive, the agent says something. */
export interface Beat {
  readonly text: string;
  readonly tone: Tone;
  readonly isAlarming: boolean;
}

/** Processes are looked at once a second; a busy machine may take longer. */
const PROCESS_SILENT_MS = 5_000;

export function hostBeat(
  { seenAt, isSilent }: Pick<HostPresence, 'seenAt'> & { readonly isSilent: boolean },
  now: number,
): Beat {
  return isSilent
    ? { text: `not heard for ${formatSeconds(now - seenAt)}`, tone: 'failed', isAlarming: true }
    : { text: `heard ${ago(seenAt, now)}`, tone: 'succeeded', isAlarming: false };
}

/** Judged by the host's own clock: a host that is silent says nothing about its processes. */
export function processBeat(
  { processSeenAt }: Pick<AttemptPresence, 'processSeenAt'>,
  { seenAt, isSilent }: Pick<HostPresence, 'seenAt'> & { readonly isSilent: boolean },
  now: number,
): Beat {
  if (isSilent) return { text: `last seen ${ago(processSeenAt, now)}`, tone: 'retrying', isAlarming: true };
  return seenAt - processSeenAt <= PROCESS_SILENT_MS
    ? { text: 'alive', tone: 'succeeded', isAlarming: false }
    : { text: `silent for ${formatSeconds(now - processSeenAt)}`, tone: 'failed', isAlarming: true };
}

/** An agent may think for long: a late word alarms nobody. */
export function progressBeat(
  { progressAt, startedAt }: Pick<AttemptPresence, 'progressAt' | 'startedAt'>,
  now: number,
): Beat {
  if (progressAt === startedAt) return { text: 'no progress yet', tone: 'waiting', isAlarming: false };
  return { text: `last progress ${ago(progressAt, now)}`, tone: 'running', isAlarming: false };
}

function ago(at: number, now: number): string {
  return formatAgo(Math.min(at, now), now);
}
