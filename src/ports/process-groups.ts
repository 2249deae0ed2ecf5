/**
 * The operating-system process groups of attempts at work, so that whoever adopts an execution after a crash can end what
 * is left of them before the work is offered again (DESIGN section 5).
 */
export interface ProcessGroup {
  readonly execution: string;
  readonly step: string;
  readonly attempt: number;
  readonly pgid: number;
  /** The kernel's start time of the group's leader, to recognise a reused pid; empty where unknown. */
  readonly startTime: string;
  readonly bootId: string;
}

export interface ProcessGroups {
  /** Synchronous: called in the same turn in which the process was started. */
  add(group: ProcessGroup): void;
  remove(group: Pick<ProcessGroup, 'execution' | 'step' | 'attempt'>): void;
  /** Ends, with SIGKILL, whatever of the execution's attempts outlived its owner; returns the pids that were killed. */
  killLeftovers(execution: string): Promise<readonly number[]>;
  /**
   * The same for attempts that certain processes on this machine began, whatever the execution: `dead` ones, for a host of agents that
   * comes back where others are at work, or this one. Returns the pids that were killed.
   */
  killAttemptsOf(processes: 'dead' | 'own'): Promise<readonly number[]>;
}
