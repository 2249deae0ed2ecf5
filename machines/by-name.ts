import type { AnyStateMachine } from 'xstate';
import { agentMachine } from './agent.ts';
import { approvalMachine } from './approval.ts';
import { consensusMachine } from './consensus.ts';
import { evaluationMachine } from './evaluation.ts';
import { executionMachine } from './execution.ts';
import { phaseMachine } from './phase.ts';
import { rollbackMachine } from './rollback.ts';
import { waitMachine } from './wait.ts';

/** The machines that executions are made of, by the name that a tree of actors knows them by; the root is `execution`. */
export const MACHINES: { readonly [name: string]: AnyStateMachine } = {
  execution: executionMachine,
  phase: phaseMachine,
  agent: agentMachine,
  evaluation: evaluationMachine,
  wait: waitMachine,
  approval: approvalMachine,
  consensus: consensusMachine,
  rollback: rollbackMachine,
};
