import type { ExecutionReport } from '../../engine/report.ts';
import { isoTime } from '../../iso-time.ts';
import type { AttemptPresence, HostPresence } from '../../ports/agent-directory.ts';
import { durationInWords } from '../words.ts';
import { agoInWords } from './report-time.ts';

/** The three beats of an attempt at work, as its host told them last. Instants are ms since 1970 on the host's clock. */
export interface StepLiveness {
  /** Who holds the claim. */
  readonly host: string;
  /** Absent when the directory does not know the host. */
  readonly hostSeenAt?: number | undefined;
  /** Absent until the host has told of the attempt. */
  readonly attempt?: AttemptPresence | undefined;
}

/** By step, of those that a host holds. */
export type Liveness = ReadonlyMap<string, StepLiveness>;

export function livenessOf(report: ExecutionReport, hosts: readonly HostPresence[]): Liveness {
  const byId = new Map(hosts.map((presence) => [presence.host, presence]));
  return new Map(
    report.phases
      .flatMap(({ steps }) => steps)
      .flatMap(({ id, attempts, claimedBy }): [string, StepLiveness][] => {
        if (claimedBy === undefined) return [];
        const host = byId.get(claimedBy);
        const attempt = host?.attempts?.find(
          (one) => one.execution === report.execution && one.step === id && one.attempt === attempts,
        );
        return [[id, { host: claimedBy, hostSeenAt: host?.seenAt, attempt }]];
      }),
  );
}

/** As `show --json` has it: instants in ISO 8601, null for what is not known. */
export function livenessDocument({ host, hostSeenAt, attempt }: StepLiveness): object {
  const isoOrNull = (at: number | undefined): string | null => (at === undefined ? null : isoTime(at));
  return {
    host,
    hostSeenAt: isoOrNull(hostSeenAt),
    processSeenAt: isoOrNull(attempt?.processSeenAt),
    progressAt: isoOrNull(attempt?.progressAt),
  };
}

export interface Told {
  readonly text: string;
  /** Whether a person should look: a host or a process is silent. */
  readonly isAlarming: boolean;
}

/** `at work for 2 min 10 s · host h1 heard 8 s ago · process alive · last progress 40 s ago` */
export function beatsInWords({ host, hostSeenAt, attempt }: StepLiveness, now: number): Told {
  if (hostSeenAt === undefined) return { text: `host ${host} is not heard of`, isAlarming: true };
  const isSilent = isHostSilent(hostSeenAt, now);
  const silence = durationInWords(now - hostSeenAt);
  const heard = isSilent ? `not heard for ${silence}` : `heard ${agoInWords(now - hostSeenAt)}`;
  const ofHost = `host ${host} ${heard}`;
  if (attempt === undefined) return { text: ofHost, isAlarming: isSilent };
  const { text, isAlarming } = attemptInWords(attempt, hostSeenAt, now);
  const sinceWhen = `at work for ${durationInWords(Math.max(0, now - attempt.startedAt))}`;
  return { text: `${sinceWhen} · ${ofHost} · ${text}`, isAlarming: isSilent || isAlarming };
}

/** `process alive · last progress 40 s ago` */
export function attemptInWords(attempt: AttemptPresence, hostSeenAt: number, now: number): Told {
  const { startedAt, processSeenAt, progressAt } = attempt;
  const isAlive = hostSeenAt - processSeenAt <= PROCESS_SILENT_MS;
  const process = isHostSilent(hostSeenAt, now)
    ? `process last seen ${agoInWords(now - processSeenAt)}`
    : isAlive
      ? 'process alive'
      : `process silent for ${durationInWords(now - processSeenAt)}`;
  const progress =
    progressAt === startedAt ? 'no progress yet' : `last progress ${agoInWords(now - progressAt)}`;
  return { text: `${process} · ${progress}`, isAlarming: !isAlive };
}

/** Hosts tell of themselves every five seconds. */
export function isHostSilent(seenAt: number, now: number): boolean {
  return now - seenAt > HOST_SILENT_MS;
}

const HOST_SILENT_MS = 15_000;

/** Processes are looked at once a second; a busy machine may take longer. */
const PROCESS_SILENT_MS = 5_000;
