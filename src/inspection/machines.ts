import type { AnyStateMachine } from 'xstate';
import { agentMachine } from '../../machines/agent.ts';
import { approvalMachine } from '../../machines/approval.ts';
import { consensusMachine } from '../../machines/consensus.ts';
import { evaluationMachine } from '../../machines/evaluation.ts';
import { executionMachine } from '../../machines/execution.ts';
import { phaseMachine } from '../../machines/phase.ts';
import { rollbackMachine } from '../../machines/rollback.ts';
import { waitMachine } from '../../machines/wait.ts';

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
