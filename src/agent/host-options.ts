import type { AgentDirectory } from '../ports/agent-directory.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';
import type { ClaimDesk } from '../ports/claim-desk.ts';
import type { Clock } from '../ports/clock.ts';
import type { ProcessGroups } from '../ports/process-groups.ts';
import type { Random } from '../ports/random.ts';
import type { WorkQueue } from '../ports/work-queue.ts';
import type { AgentProgress } from './attempt.ts';
import type { FunctionAgent } from './define.ts';
import type { AgentDefinition } from './definition.ts';
import type { AgentLogger } from './logger.ts';
import type { AttemptTracing } from './tracing.ts';

/** From asking an attempt to end to making it end. */
export const CANCEL_GRACE_MS = 2000;

/** The most that is read of one answer of a program. */
export const OUTPUT_LIMIT_BYTES = 64 * 1024 * 1024;

export interface AgentHostOptions {
  /** Id of this host, `[A-Za-z0-9_-]{1,64}`. */
  readonly host: string;
  /** Those that no program performs (`human`, no runner) are left out. */
  readonly agents: readonly (FunctionAgent | AgentDefinition)[];
  readonly queue: WorkQueue;
  readonly desk: ClaimDesk;
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
  readonly random: Random;
  /** Where the process groups of commands are written down, for whoever has to clean up after this process. */
  readonly processGroups?: ProcessGroups | undefined;
  /** Where the host says what it offers. */
  readonly directory?: AgentDirectory | undefined;
  /** Default: silent. */
  readonly logger?: AgentLogger | undefined;
  /** Id of the process in the directory. Default: `host`. */
  readonly processId?: string | undefined;
  /** Tells this installation's processes from others' in their environment. Default: `host`. */
  readonly dataId?: string | undefined;
  /** Where the variables that agents ask for come from. Default: `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** From asking an attempt to end to making it end. Default 2,000. */
  readonly cancelGraceMs?: number | undefined;
  /** The most that is read of one answer of a program. Default 64 MiB. */
  readonly outputLimitBytes?: number | undefined;
  /** Makes traces of the attempts. Absent: nobody does. */
  readonly tracing?: AttemptTracing | undefined;
  /** Called with what agents say while they work. */
  readonly onProgress?: ((progress: AgentProgress) => void) | undefined;
}

export interface StopOptions {
  /** Let the work at hand end first. Default false: it is stopped and given back. */
  readonly drain?: boolean | undefined;
  /** How long to drain before the rest is stopped. Default: as long as it takes. */
  readonly graceMs?: number | undefined;
}
