import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AnyStateMachine } from 'xstate';
import { agentMachine } from '../machines/agent.ts';
import { approvalMachine } from '../machines/approval.ts';
import { consensusMachine } from '../machines/consensus.ts';
import { evaluationMachine } from '../machines/evaluation.ts';
import { executionMachine } from '../machines/execution.ts';
import { phaseMachine } from '../machines/phase.ts';
import { rollbackMachine } from '../machines/rollback.ts';
import { waitMachine } from '../machines/wait.ts';

/** Writes docs/state-machines.md from the machines themselves: `node scripts/state-diagrams.ts`. A test holds it up to date. */
export const TARGET = fileURLToPath(new URL('../docs/state-machines.md', import.meta.url));

const MACHINES: readonly (readonly [AnyStateMachine, string])[] = [
  [executionMachine, 'The root of every execution; spawns a phase when its dependencies are met.'],
  [phaseMachine, 'One phase; spawns an actor per step through a window of slots.'],
  [agentMachine, 'One agent step: offered, claimed, ended by its report.'],
  [evaluationMachine, 'A step that the owner works out: validation, aggregate, or a registered kind.'],
  [waitMachine, 'A step that waits for a signal.'],
  [approvalMachine, 'A question to people, bound to what it is about; a step, or a part of another.'],
  [consensusMachine, 'A vote. Agents vote in steps of their own, see [consensus](consensus.md).'],
  [rollbackMachine, 'A rollback: drains, runs the compensations one after another, compares the artifacts.'],
];

export function stateDiagrams(): string {
  const parts = MACHINES.map(
    ([machine, about]) => `## ${machine.id}\n\n${about}\n\n\`\`\`mermaid\n${diagramOf(machine)}\n\`\`\`\n`,
  );
  return `# The statecharts\n\nMade from \`machines/\` by \`node scripts/state-diagrams.ts\`; do not edit.\n\n${parts.join('\n')}`;
}

/** Transitions without an event are marked \`always\`; guards stand in brackets. Events that stay in a state are left out. */
function diagramOf(machine: AnyStateMachine): string {
  const lines = ['stateDiagram-v2', `  [*] --> ${machine.root.initial.target[0]?.key}`];
  for (const state of Object.values(machine.root.states)) {
    const arrows = new Set<string>();
    for (const transition of [...state.transitions.values()].flat().concat(state.always ?? [])) {
      for (const target of transition.target ?? []) {
        const event = transition.eventType === '' ? 'always' : transition.eventType;
        const guard = typeof transition.guard === 'string' ? ` [${transition.guard}]` : '';
        arrows.add(`  ${state.key} --> ${target.key}: ${event}${guard}`);
      }
    }
    lines.push(...arrows);
    if (state.tags.includes('ended')) lines.push(`  ${state.key} --> [*]`);
  }
  return lines.join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(TARGET, stateDiagrams());
