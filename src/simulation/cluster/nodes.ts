import type { FunctionAgent } from '../../agent/define.ts';
import { AgentHost } from '../../agent/host.ts';
import type { LifecycleEvent } from '../../engine/lifecycle.ts';
import { Orchestrator } from '../../orchestrator/orchestrator.ts';
import type { WorkingFiles } from '../../ports/working-files.ts';
import type { AggregateRegistry } from '../../task/aggregate.ts';
import { HostDesk, type HostDeskOptions } from './host-desk.ts';
import { artifactsSeenBy, orchestratorSpace, type Surroundings } from './orchestrator-space.ts';
import type { SimulatedProcess } from './process.ts';
import { RogueDesk } from './rogue-desk.ts';

/** Half of what it is elsewhere, so that leases run out while faults still strike. */
const CLAIM_LEASE_MS = 5_000;

export interface NodeSurroundings extends Surroundings {
  readonly agentsOf: (process: SimulatedProcess) => readonly FunctionAgent[];
  readonly aggregates: AggregateRegistry | undefined;
  /** What people approve. */
  readonly files: WorkingFiles;
  readonly onEvent: (event: LifecycleEvent) => void;
  readonly onGranted: HostDeskOptions['onGranted'];
  readonly onConfirmed: HostDeskOptions['onConfirmed'];
}

/** A machine on which one process is started, again when it crashed. */
export interface SimulatedNode {
  readonly name: string;
  process: SimulatedProcess | undefined;
  /** The orchestrator of the present process, once it has joined. */
  orchestrator: Orchestrator | undefined;
  incarnations: number;
  start(process: SimulatedProcess): void;
}

export function orchestratorNode(name: string, surroundings: NodeSurroundings): SimulatedNode {
  const { trace, onEvent, aggregates, files } = surroundings;
  const node: SimulatedNode = {
    name,
    process: undefined,
    orchestrator: undefined,
    incarnations: 0,
    start: (process) => {
      const space = orchestratorSpace({
        ...surroundings,
        process,
        onNotify: (_execution, _name, data) => onEvent(data as unknown as LifecycleEvent),
      });
      const self = { process: process.id, pid: 1, hostname: 'simulated', startedAt: process.clock.now() };
      const { clock, random } = process;
      Orchestrator.start({
        space,
        self,
        clock,
        random,
        aggregates,
        files,
        leaseMs: CLAIM_LEASE_MS,
        onPartitions: (held) => trace.note(`${process.id} drives ${held.join(' ') || 'nothing'}`),
      }).then(
        (orchestrator) => {
          if (!process.isDead) node.orchestrator = orchestrator;
        },
        // What a supervisor does: a process that could not begin is started again.
        (error: unknown) => {
          trace.note(`${process.id} could not begin: ${String(error)}`);
          process.crash();
        },
      );
    },
  };
  return node;
}

export function hostNode(name: string, surroundings: NodeSurroundings): SimulatedNode {
  const { server, onGranted, onConfirmed, agentsOf } = surroundings;
  const { offers } = server;
  return {
    name,
    process: undefined,
    orchestrator: undefined,
    incarnations: 0,
    start: (process) => {
      const options: HostDeskOptions = { ...surroundings, process, host: process.id, onGranted, onConfirmed };
      const host = new AgentHost({
        host: process.id,
        agents: agentsOf(process),
        queue: {
          offer: nobody,
          withdraw: nobody,
          consume: (consumer) => {
            const stop = offers.join(process, consumer);
            return {
              stop,
              roomy: () => offers.roomy(consumer.role),
              get isEmpty() {
                return offers.isEmpty(consumer.role);
              },
            };
          },
        },
        desk: new RogueDesk(new HostDesk(options), options),
        artifacts: artifactsSeenBy(process, surroundings),
        clock: process.clock,
        random: process.random,
        environment: {},
      });
      host.start();
    },
  };
}

function nobody(): never {
  throw new Error('A host offers nothing.');
}
