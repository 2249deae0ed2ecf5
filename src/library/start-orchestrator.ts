import { hostname } from 'node:os';
import { systemClock } from '../adapters/system/clock.ts';
import { isGoneHere, machineId } from '../adapters/system/processes.ts';
import { systemRandom } from '../adapters/system/random.ts';
import { workingFilesIn } from '../adapters/system/working-files.ts';
import type { StepStrategy } from '../engine/evaluate.ts';
import type { LifecycleEvent } from '../engine/lifecycle.ts';
import type { EngineLogger } from '../engine/surroundings.ts';
import type { Orchestrator } from '../orchestrator/orchestrator.ts';
import type { AggregateRegistry } from '../task/aggregate.ts';
import { loadTelemetry } from '../telemetry/load.ts';
import type { NatsAccess } from './nats-access.ts';

export interface StartOrchestratorOptions extends NatsAccess {
  /** How many partitions a namespace gets that does not exist yet. Default 8. */
  readonly partitions?: number | undefined;
  /** How long an agent's claim holds without a heartbeat, in ms. Default 10,000. */
  readonly leaseMs?: number | undefined;
  /** After so long without a sign of life another orchestrator takes over, in ms. Default 2,000. */
  readonly ownerLeaseMs?: number | undefined;
  readonly strategies?: ReadonlyMap<string, StepStrategy> | undefined;
  readonly aggregates?: AggregateRegistry | undefined;
  readonly logger?: EngineLogger | undefined;
  /** Hears what happens to the executions that this process drives. */
  readonly onEvent?: ((event: LifecycleEvent) => void) | undefined;
  readonly onPartitions?: ((held: readonly number[]) => void) | undefined;
}

/** An orchestrator at work. Disposing of it stops it. */
export interface RunningOrchestrator extends AsyncDisposable {
  /** The partitions that it drives now. */
  readonly held: readonly number[];
  /** Executions in memory, and those that wait for a record. */
  readonly owned: { readonly resident: number; readonly parked: number };
  /** What an operator should know about the server. */
  readonly warnings: readonly string[];
  /** Lets go of everything in order, so that others take it at once, then closes the connection. */
  stop(): Promise<void>;
}

/**
 * Connects to a namespace, makes it where it does not exist, and drives a share of its executions until stopped: what `troupe up`
 * does, for a program of your own.
 *
 * Throws NATS_UNREACHABLE, NATS_REFUSED, NATS_UNSUITABLE, NAMESPACE_INVALID, STORAGE_FULL.
 */
export async function startOrchestrator(options: StartOrchestratorOptions): Promise<RunningOrchestrator> {
  const { nats, namespace, credentials, ca, cert, key, partitions, logger, ...driving } = options;
  const [{ openNatsSpace }, { Orchestrator: Driver }] = await Promise.all([
    import('../adapters/nats/space.ts'),
    import('../orchestrator/orchestrator.ts'),
  ]);
  const id = systemRandom.id();
  const clock = systemClock;
  const random = systemRandom;
  const name = `troupe orchestrator ${id}`;
  const access = { url: nats, namespace, credentials, ca, cert, key, partitions };
  const space = await openNatsSpace({ ...access, role: 'orchestrator', name, clock, random, logger });
  const self = {
    process: id,
    pid: process.pid,
    hostname: hostname(),
    machine: machineId(),
    startedAt: clock.now(),
  };
  let orchestrator: Orchestrator;
  try {
    const files = workingFilesIn(process.cwd());
    orchestrator = await Driver.start({
      files,
      ...driving,
      tracing: (await loadTelemetry())?.executions,
      space,
      self,
      clock,
      random,
      logger,
      isGone: isGoneHere,
    });
  } catch (error) {
    await space.close();
    throw error;
  }
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= orchestrator.stop().then(() => space.close());
    return stopping;
  };
  return {
    get held() {
      return orchestrator.held;
    },
    get owned() {
      return orchestrator.owned;
    },
    warnings: space.warnings,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
