/** Who offers which agents. Presence is a hint for people and diagnostics, never for safety. */

export interface RolePresence {
  readonly role: string;
  readonly concurrency: number;
  /** Attempts at work now. */
  readonly busy: number;
}

/** An attempt at work. All times are ms since 1970 on the host's clock. */
export interface AttemptPresence {
  readonly execution: string;
  readonly step: string;
  readonly attempt: number;
  readonly role: string;
  readonly startedAt: number;
  /** When the host last saw the agent's process (or worker) alive. */
  readonly processSeenAt: number;
  /** When the agent last said anything: progress or output. Its start, until it does. */
  readonly progressAt: number;
}

export interface HostPresence {
  readonly host: string;
  readonly process: string;
  readonly pid: number;
  readonly hostname: string;
  readonly roles: readonly RolePresence[];
  /** Absent from a host that does not tell. */
  readonly attempts?: readonly AttemptPresence[] | undefined;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly seenAt: number;
}

export interface AgentDirectory {
  /** Publishes or refreshes this host's presence. */
  publish(presence: HostPresence): Promise<void>;
  withdraw(host: string): Promise<void>;
  /** Hosts of living processes. */
  list(): Promise<readonly HostPresence[]>;
}
