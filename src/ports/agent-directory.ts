/** Who offers which agents. Presence is a hint for people and diagnostics, never for safety. */

export interface RolePresence {
  readonly role: string;
  readonly concurrency: number;
  /** Attempts at work now. */
  readonly busy: number;
}

export interface HostPresence {
  readonly host: string;
  readonly process: string;
  readonly pid: number;
  readonly hostname: string;
  readonly roles: readonly RolePresence[];
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
